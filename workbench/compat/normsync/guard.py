"""What stands before every HTTP server of ours: whose pages may ask, and how much may be sent.

An ASGI layer; imports the standard library only. A web page that a person on this machine happens to read can make
their browser send requests to servers on loopback. Two headers tell: ``Origin`` (a page of another site asks) and
``Host`` (a foreign name that resolves to this machine: DNS rebinding). Both are checked before a body is read.
Refusals are RFC 9457 problem documents, each with a stable ``code``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 256 * 1024  # bytes of one request
BODY_SECONDS = 20.0  # in which a body must have arrived
_log = logging.getLogger(__name__)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """Lets requests through to ``app`` whose Host is allowed, whose Origin is the same, whose body is small enough."""

    def __init__(self, app: App, *, allowed: Callable[[str], bool], max_body: int = MAX_BODY) -> None:
        """``allowed``: whether a host name (lower case, without port and brackets) is one of this server."""
        self._app = app
        self._allowed = allowed
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._guarded(scope, receive, send)
        else:  # nothing here speaks WebSocket
            await send({"type": "websocket.close", "code": 1008})

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._foreign(scope) or self._announced_too_large(scope)
        if refused is not None:
            await refused(send)
            return
        try:
            body = await asyncio.wait_for(self._body(receive), BODY_SECONDS)
        except TimeoutError:
            await problem(send, 408, "body_timeout", f"the body did not arrive in {BODY_SECONDS:g} seconds")
            return
        if body is None:
            await self._too_large(send)
        else:
            await self._answered(scope, _replayed(body, receive), send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application's answer; one line in the log, and no more, where it fails."""
        started = complete = False

        async def sending(message: Message) -> None:
            nonlocal started, complete
            started = started or message["type"] == "http.response.start"
            complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            _log.error("a request failed: %s", type(error).__name__, exc_info=_log.isEnabledFor(logging.DEBUG))
            if started and not complete:
                raise  # the connection ends in the middle: nobody takes that for an answer
            if not started:
                await problem(send, 500, "failed", "the request failed; take it that nothing is allowed")

    def _foreign(self, scope: Scope) -> Callable[[Send], Awaitable[None]] | None:
        hosts, origins = _header(scope, b"host"), _header(scope, b"origin")
        if len(hosts) != 1 or not self._allowed(host_name(hosts[0])):
            shown = hosts[0] if len(hosts) == 1 else f"{len(hosts)} Host headers"
            return lambda send: problem(send, 421, "wrong_host", f"`{shown[:100]}` is not a name of this server")
        if origins and any(_authority(origin) != hosts[0].lower() for origin in origins):
            return lambda send: problem(
                send, 403, "foreign_origin", f"pages of `{origins[0][:100]}` may not ask this server"
            )
        return None

    def _announced_too_large(self, scope: Scope) -> Callable[[Send], Awaitable[None]] | None:
        for length in _header(scope, b"content-length"):
            if not (length.isascii() and length.isdigit()) or len(length) > 18 or int(length) > self._max_body:
                return self._too_large
        return None

    async def _too_large(self, send: Send) -> None:
        await problem(send, 413, "too_large", f"a request may have {self._max_body // 1024} KiB", close=True)

    async def _body(self, receive: Receive) -> bytes | None:
        """The whole body; ``None`` where it is too large."""
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":  # the caller hung up
                break
            part = message.get("body", b"")
            size += len(part)
            if size > self._max_body:
                return None
            parts.append(part)
            more = message.get("more_body", False)
        return b"".join(parts)


def host_name(header: str) -> str:
    """The name in a Host header: lower case, without port and brackets. Empty where it is none."""
    text = header.strip().lower()
    if text.startswith("["):
        name, closed, rest = text[1:].partition("]")
        return name if closed and (not rest or rest[1:].isdigit()) else ""
    name, colon, port = text.partition(":")
    return name.rstrip(".") if not colon or port.isdigit() else ""


def is_address(name: str) -> bool:
    """Whether ``name`` is an IP address: nobody can point one at another machine, as a name can be."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def names(hosts: Iterable[str]) -> Callable[[str], bool]:
    """Allows these names, and none else."""
    known = frozenset(host.lower().strip("[]").rstrip(".") for host in hosts)
    return lambda name: name in known


async def problem(
    send: Send,
    status: int,
    code: str,
    detail: str,
    *,
    headers: Iterable[tuple[bytes, bytes]] = (),
    close: bool = False,
    **more: Any,
) -> None:
    """Answer with an RFC 9457 problem document: ``{type, title, status, detail, code, …}``."""
    body = problem_body(status, code, detail, **more)
    kept = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode()), *headers]
    if close:  # what was sent is not read to its end
        kept.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": kept})
    await send({"type": "http.response.body", "body": body})


_TITLES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 409: "Conflict", 413: "Content Too Large", 421: "Misdirected Request",
    422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


def problem_body(status: int, code: str, detail: str, **more: Any) -> bytes:
    """The bytes of a problem document. ``more``: its further members."""
    document = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return json.dumps(document | more).encode()


def _header(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _authority(origin: str) -> str:
    """Host and port of an Origin; what no Host header can equal for ``null`` and other oddities."""
    scheme, found, authority = origin.lower().partition("://")
    return authority if found and scheme in ("http", "https") else "\n"


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives ``body`` once, then what comes after it: the news that the caller hung up."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
