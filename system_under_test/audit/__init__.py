"""One record per request, chained and durable before the answer leaves."""
