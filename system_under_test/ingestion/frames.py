"""Messages between the converter and its child: eight bytes of length, then that many bytes. No pickle."""

import socket
import time

_HEADER = 8


class FrameError(Exception):
    """The other side ended, sent more than it may, or did not answer in time."""


def send_frame(stream: socket.socket, content: bytes) -> None:
    """Send one message. Raises OSError if the other side is gone, TimeoutError after the timeout of the socket."""
    stream.sendall(len(content).to_bytes(_HEADER, "big"))
    stream.sendall(content)


def receive_frame(stream: socket.socket, limit: int, seconds: float | None) -> bytes:
    """One message of at most `limit` bytes, whole within `seconds` (None: however long it takes).

    Raises TimeoutError when the time is over, FrameError if the other side ended or announces more than the limit.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    size = int.from_bytes(_exactly(stream, _HEADER, deadline), "big")
    if size > limit:
        raise FrameError(f"a message of {size} bytes was announced, {limit} are allowed")
    return _exactly(stream, size, deadline)


def _exactly(stream: socket.socket, size: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            stream.settimeout(left)
        try:
            part = stream.recv(min(size - len(parts), 1 << 20))
        except ConnectionError:
            part = b""
        if not part:
            raise FrameError("the other side ended")
        parts += part
    return bytes(parts)
