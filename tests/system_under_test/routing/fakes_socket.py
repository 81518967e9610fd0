"""A provider below HTTP: it reads a request and then misbehaves in ways that no HTTP server can be told to."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from fakes_provider import KEY, MODEL

Way = Callable[["Rude", socket.socket], None]
DRIBBLES = 300


@dataclass
class Rude:
    """What it does to a request, and how often it was asked."""

    port: int
    way: Way
    requests: list[bytes] = field(default_factory=list)
    dribbled: int = 0
    """Pieces of the head that somebody still took."""
    gone: threading.Event = field(default_factory=threading.Event)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the hosted route."""
        return {
            "REFERENCE_HOSTED_MODEL": MODEL,
            "REFERENCE_HOSTED_API_BASE": f"http://127.0.0.1:{self.port}/v1",
            "REFERENCE_HOSTED_API_KEY": KEY,
        }


def resets(_: Rude, connection: socket.socket) -> None:
    """The connection is reset before a single byte of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def is_silent(rude: Rude, _: socket.socket) -> None:
    """Nothing for two seconds, or until the test is over; then the connection is closed."""
    rude.gone.wait(2.0)


def dribbles(rude: Rude, connection: socket.socket) -> None:
    """A head that comes line by line, 20 ms apart, for six seconds or until the caller has gone."""
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(DRIBBLES):
            connection.sendall(f"x-{number}: 1\r\n".encode())
            rude.dribbled += 1
            rude.gone.wait(0.02)


def _serve(listener: socket.socket, rude: Rude) -> None:
    with suppress(OSError):  # the listener was closed
        while True:
            connection, _ = listener.accept()
            with connection:
                rude.requests.append(connection.recv(65_536))
                rude.way(rude, connection)


@contextmanager
def listening(way: Way) -> Iterator[Rude]:
    """Such a provider on a free port, in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    rude = Rude(listener.getsockname()[1], way)
    thread = threading.Thread(target=_serve, args=(listener, rude))
    thread.start()
    try:
        yield rude
    finally:
        rude.gone.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
