"""A real OpenAI-compatible HTTP server on loopback that answers as it is told, hangs, floods, cuts off or lies."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """One request that arrived whole; the names of headers in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """Everything that was said to the model."""
        return "\n".join(str(message["content"]) for message in self.body["messages"])

    @property
    def last(self) -> str:
        return str(self.body["messages"][-1]["content"])


Behaviour = Callable[[BaseHTTPRequestHandler, Asked], None]


def says(text: str, *, piece: int = 40, pause: float = 0.0, finish: str = "stop", usage: bool = True) -> Behaviour:
    """An answer of the model, streamed in pieces of ``piece`` characters where streaming is asked for."""

    def act(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        counted = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}
        if not asked.body.get("stream"):
            message = {"role": "assistant", "content": text}
            whole = _event(asked, "chat.completion", {"message": message, "finish_reason": finish})
            _json(handler, 200, whole | ({"usage": counted} if usage else {}))
            return
        _begin_stream(handler)
        for start in range(0, max(len(text), 1), piece):
            delta = {"role": "assistant", "content": text[start : start + piece]}
            _send(handler, _event(asked, "chat.completion.chunk", {"delta": delta, "finish_reason": None}))
            if pause:
                time.sleep(pause)
        _send(handler, _event(asked, "chat.completion.chunk", {"delta": {}, "finish_reason": finish}))
        if usage:
            _send(handler, _event(asked, "chat.completion.chunk", None) | {"usage": counted})
        handler.wfile.write(b"data: [DONE]\n\n")

    return act


def says_json(value: Any, **how: Any) -> Behaviour:
    return says(json.dumps(value, ensure_ascii=False), **how)


def rewrites(*sentences: str, assumed: Sequence[str] = (), cannot: str = "", **how: Any) -> Behaviour:
    """A well-formed answer to the first question: the sentence in controlled English."""
    return says_json({"sentences": list(sentences), "assumed": list(assumed), "cannot": cannot}, **how)


def writes(cedar_plus: str, *, assumed: Sequence[str] = (), cannot: str = "", **how: Any) -> Behaviour:
    """A well-formed answer to the second question: Cedar+ itself."""
    return says_json({"cedar_plus": cedar_plus, "assumed": list(assumed), "cannot": cannot}, **how)


def cannot(why: str = "a judgement of content", **how: Any) -> Behaviour:
    """The model says that controlled English does not do."""
    return rewrites(cannot=why, **how)


def status(code: int, message: str = "no", headers: dict[str, str] | None = None) -> Behaviour:
    def act(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        _json(handler, code, {"error": {"message": message, "type": "x", "code": str(code)}}, headers)

    return act


def raw(body: bytes, kind: str = "text/event-stream") -> Behaviour:
    """200 and exactly these bytes."""

    def act(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)

    return act


def redirects(to: str) -> Behaviour:
    def act(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        handler.send_response(307)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return act


class ModelServer:
    """``next`` holds what to do with the requests to come, in order; ``usual`` is done when it is empty."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.server = server
        self.port = int(server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.got: list[Asked] = []
        self.next: deque[Behaviour] = deque()
        self.usual: Behaviour = status(500, "nothing more was scripted")
        self.released = Event()
        self.hung_up = Event()
        self.hung_up_at = 0.0
        self.sent = 0  # bytes of a flood
        self._lock = Lock()

    def script(self, *behaviours: Behaviour) -> None:
        self.next.extend(behaviours)

    def take(self, asked: Asked) -> Behaviour:
        with self._lock:
            self.got.append(asked)
            return self.next.popleft() if self.next else self.usual

    # ---- behaviours that last ----------------------------------------------------------------------------------------

    def hang(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        """Say nothing, and note when the other side hangs up."""
        handler.connection.settimeout(0.02)
        while not self.released.is_set():
            try:
                if handler.connection.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self._note_hang_up()

    def drip(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        """A word every 20 ms, without end: no single wait is long."""
        self._pour(handler, asked, "word ", 0.02)

    def flood(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        """An answer without end, as fast as it goes."""
        self._pour(handler, asked, "x" * 20_000, 0)

    def one_line(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        """A single event that never ends: nothing of it is ever a piece of an answer."""
        with suppress(OSError):
            _begin_stream(handler)
            handler.wfile.write(b"data: ")
            while not self.released.is_set():
                handler.wfile.write(b"x" * 100_000)
                self.sent += 100_000
        self._note_hang_up()

    def _pour(self, handler: BaseHTTPRequestHandler, asked: Asked, text: str, pause: float) -> None:
        with suppress(OSError):
            _begin_stream(handler)
            while not self.released.is_set():
                delta = {"role": "assistant", "content": text}
                _send(handler, _event(asked, "chat.completion.chunk", {"delta": delta, "finish_reason": None}))
                self.sent += len(text)
                time.sleep(pause)
        self._note_hang_up()

    def _note_hang_up(self) -> None:
        self.hung_up_at = time.monotonic()
        self.hung_up.set()


def _event(asked: Asked, kind: str, choice: dict[str, Any] | None) -> dict[str, Any]:
    choices = [] if choice is None else [{"index": 0, **choice}]
    return {"id": "x", "object": kind, "created": 1, "model": asked.body.get("model", ""), "choices": choices}


def _begin_stream(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Connection", "close")
    handler.end_headers()


def _send(handler: BaseHTTPRequestHandler, event: dict[str, Any]) -> None:
    handler.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
    handler.wfile.flush()


def _json(
    handler: BaseHTTPRequestHandler, code: int, value: dict[str, Any], headers: dict[str, str] | None = None
) -> None:
    body = json.dumps(value).encode()
    handler.send_response(code)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    for name, told in (headers or {}).items():
        handler.send_header(name, told)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def serving() -> Iterator[ModelServer]:
    """A server that runs for the length of the ``with`` block."""
    model: ModelServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            told = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.path, told, json.loads(self.rfile.read(length)))
            with suppress(OSError):
                model.take(asked)(self, asked)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model = ModelServer(server)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
