"""The child: reads one file after the other from its standard input, which is a socket, and answers with Markdown.

Started by `child.py` as `python -m system_under_test.ingestion.worker`; nobody else calls it.
"""

import json
import socket
import sys

from system_under_test.ingestion.cell import confine, watch
from system_under_test.ingestion.convert import convert
from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.frames import FrameError, receive_frame, send_frame
from system_under_test.ingestion.kinds import KINDS
from system_under_test.ingestion.limits import Limits, read_limits

READY = b"ready"
_GRACE = 5.0
"""Seconds by which the kernel's watch is longer than the parent's patience."""


def serve(stream: socket.socket) -> None:
    """Answer until the other side ends. The first message holds the limits, then kind and content alternate."""
    limits = read_limits(receive_frame(stream, 10_000, None))
    confine(limits.memory_bytes)
    send_frame(stream, READY)
    while True:
        try:
            kind = receive_frame(stream, 100, None).decode("ascii")
            content = receive_frame(stream, limits.source_bytes, None)
        except FrameError:
            return
        watch(limits.seconds + _GRACE)
        reply = _reply(kind, content, limits)
        watch(0)
        send_frame(stream, json.dumps(reply).encode("ascii"))


def _reply(kind: str, content: bytes, limits: Limits) -> dict[str, str | None]:
    known = next((name for name in KINDS if name == kind), None)
    if known is None:
        return {"fault": "died", "detail": "unknown kind"}
    try:
        converted = convert(known, content, limits)
    except FileFault as fault:
        return {"fault": fault.code, "detail": fault.detail}
    except MemoryError:
        return {"fault": "memory", "detail": ""}
    except RecursionError:
        return {"fault": "nesting", "detail": ""}
    except Exception as error:  # noqa: BLE001 - what a parser raises on a hostile file cannot be listed
        return {"fault": "broken", "detail": type(error).__name__}
    return {"text": converted.text, "title": converted.title}


if __name__ == "__main__":
    with socket.socket(fileno=sys.stdin.fileno()) as _stream:
        serve(_stream)
