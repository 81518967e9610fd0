"""What a report looks up in a record: groups, leaks, worst cases, latencies. Nothing is decided here.

Texts are handed on as they were recorded; the surfaces pass them through a `Redaction`.
"""
