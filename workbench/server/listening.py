"""The listening socket, and uvicorn on it: one process, no access log, an orderly end.

A request's headers hold tokens, so nothing of a request is logged. Port 0 takes a free one; ``ready`` is told where the
server listens once connections are accepted.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from threading import Event
from typing import Any

from workbench.compat.normsync.guard import LOOPBACK, Guard, is_address, names
from workbench.service.errors import WorkbenchError

BACKLOG = 256
END_SECONDS = 3  # that open connections are given when the server is stopped


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    import ipaddress

    if host.strip("[]").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def guarded(app: Any, host: str, also: tuple[str, ...] = ()) -> Guard:
    """``app`` behind the guard: it answers to the names of loopback, to ``host`` and to the names in ``also``.

    A server that others reach answers to every address too: an address cannot be pointed at another machine.
    """
    known = names({*LOOPBACK, host, *also})
    if is_loopback(host):
        return Guard(app, allowed=known)
    return Guard(app, allowed=lambda name: known(name) or is_address(name))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on ``host``.

    Raises :class:`WorkbenchError`: ``port_in_use``, ``port_refused`` (no right to it), ``bad_host``.
    """
    name = host.strip("[]")
    try:
        family, kind, number, _, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise WorkbenchError("no such address", f"`{host}`: {_said(error)}", "`--host 127.0.0.1`", "bad_host") from None
    listener = socket.socket(family, kind, number)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _not_bound(host, port, error) from None
    return listener


def url_of(listener: socket.socket) -> str:
    """``http://127.0.0.1:8420``."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def run(app: Any, listener: socket.socket, ready: Callable[[str], None], stopping: Event | None = None) -> None:
    """Serve until a signal stops it (SIGINT, SIGTERM); what is being answered is answered first.

    ``stopping`` is set then: streams without an end watch it.
    """
    server = server_of(app, stopping)
    ready(url_of(listener))
    server.run(sockets=[listener])


def server_of(app: Any, stopping: Event | None = None) -> Any:
    """The ``uvicorn.Server`` that :func:`run` runs; ``handle_exit`` ends it and sets ``stopping``."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            if stopping is not None:
                stopping.set()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        workers=1,
        proxy_headers=False,  # whoever asks could name any address
        server_header=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=END_SECONDS,
        limit_concurrency=512,
    )
    return Server(config)


def _not_bound(host: str, port: int, error: OSError) -> WorkbenchError:
    if error.errno == errno.EADDRINUSE:
        return WorkbenchError(
            "the port is in use",
            f"something listens on `{host}:{port}` already",
            "stop that, or take another: `--port 0` takes a free one",
            "port_in_use",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return WorkbenchError(
            "no right to the port", f"`{host}:{port}`: {_said(error)}", "take a port over 1023", "port_refused"
        )
    return WorkbenchError("no such address", f"`{host}:{port}`: {_said(error)}", "`--host 127.0.0.1`", "bad_host")


def _said(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
