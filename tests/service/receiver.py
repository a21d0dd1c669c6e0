"""A real HTTP receiver on loopback that behaves as it is told: answers, fails, hangs, floods, redirects, dies."""

from __future__ import annotations

import json
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, NamedTuple


class Got(NamedTuple):
    """One request that arrived whole."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]


Behaviour = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Behaviour:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


class Receiver:
    """``next`` holds what to do with the requests to come; ``usual`` is done when it is empty."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.server = server
        self.port = server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.got: list[Got] = []
        self.next: deque[Behaviour] = deque()
        self.usual: Behaviour = answer(204)
        self.released = Event()

    @property
    def keys(self) -> list[str]:
        return [got.key for got in self.got]

    # ---- behaviours --------------------------------------------------------------------------------------------------

    def hang(self, _: BaseHTTPRequestHandler) -> None:
        """Say nothing until the test is over."""
        self.released.wait(30)

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """A status line that never ends, a byte at a time: each single wait is short."""
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 ")
            while not self.released.wait(0.05):
                handler.wfile.write(b"x")

    def flood(self, handler: BaseHTTPRequestHandler) -> None:
        """200, and an answer without end."""
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.released.is_set():
                handler.wfile.write(b"y" * 65536)

    def headers_without_end(self, handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(5000):
                handler.wfile.write(f"X-{number}: y\r\n".encode())
            handler.wfile.write(b"\r\n")

    def die(self, handler: BaseHTTPRequestHandler) -> None:
        """Take the request in, and cut the line before any answer."""
        handler.connection.shutdown(socket.SHUT_RDWR)

    def garbage(self, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.0\r\n")


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver for the length of the ``with`` block; over HTTPS with ``tls``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(Got(self.path, dict(self.headers), body))
            act = receiver.next.popleft() if receiver.next else receiver.usual
            act(self)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """Whoever hangs up early is expected here."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(server)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        receiver.url = f"https://localhost:{receiver.port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
