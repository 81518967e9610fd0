"""The harness's own listener: addresses that stand in one bad token each, and a count of who called there.

A gateway that follows an address in a token lets a stranger choose its keys, and can be sent anywhere. So each address
belongs to one case; what is served there is what an attacker would serve.

What is seen: every request that names a path of the listener, by any method, counted before it is answered. A gateway
that fetches keys waits for them before it replies, so the count is there once its reply is. What is not seen: a
connection on which no readable request was made, such as one that wants TLS; a target on another machine, for the
listener is on the loopback interface alone; a target that is told to call nobody and so fails in another way. A call
that the target makes after its reply is counted when the same case is asked again, or never.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_POLL_S = 0.05
_PATIENCE_S = 5.0


class Listener:
    """Serves the same few files at an address for each name, on loopback, from a thread of its own."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """`files` by name, as they are sent."""
        self._files = files
        self._secret = secrets.token_hex(8)
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self._called))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_S,), daemon=True)

    def __enter__(self) -> Self:
        """Listen from now on."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def address(self, name: str) -> str:
        """Where the files of this name are served; ends in a slash. A name is made of letters, digits, `.` and `-`."""
        return f"http://127.0.0.1:{self._server.server_port}/{self._secret}/{name}/"

    def contacts(self, name: str) -> int:
        """How many requests were made below the address of this name so far."""
        with self._lock:
            return self._calls[name]

    def _called(self, path: str) -> bytes | None:
        """Counts a request; returns what is served at the path, or None."""
        secret, _, rest = path.removeprefix("/").partition("/")
        name, _, file = rest.partition("/")
        if secret != self._secret:
            return None
        with self._lock:
            self._calls[name] += 1
        return self._files.get(file)


class _Handler(BaseHTTPRequestHandler):
    """One connection. Whatever the method is, the request is counted as soon as its head was read."""

    timeout = _PATIENCE_S

    def __init__(self, called: Callable[[str], bytes | None], *connection: Any) -> None:
        self._called = called
        self._found: bytes | None = None
        super().__init__(*connection)

    def parse_request(self) -> bool:
        """Reads the head of a request, and counts it."""
        readable = super().parse_request()
        if readable:
            self._found = self._called(self.path)
        return readable

    def do_GET(self) -> None:
        """Sends the file."""
        if self._found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(len(self._found)))
        self.end_headers()
        self.wfile.write(self._found)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  the name that the standard library gives it
        """Says nothing: the path is in the count."""
