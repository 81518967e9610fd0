"""The ASGI application: identity, limits and the wire contract."""
