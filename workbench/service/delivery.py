"""Getting one notice to one place: an HTTP POST, or a command of the operator's. Knows nothing of the outbox.

Standard library only. Every attempt is over within :data:`TIMEOUT` seconds, whatever the other side does: names that do
not resolve, answers that drip or never end, programs that hang. Redirects are not followed, answers are not read
beyond :data:`MAX_ANSWER` bytes, no shell is involved, and nothing of a notice becomes an argument. Errors carry neither
an address nor an argument, because both may hold secrets.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from workbench import __version__
from workbench.service.errors import WorkbenchError

TIMEOUT = 5.0  # seconds for an attempt as a whole
MAX_ANSWER = 16 * 1024  # bytes of an answer's body that are read, and thrown away
MAX_URL = 2048
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SIGNATURE_HEADER = "X-Concord-Signature"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where to POST. With a ``secret``, a header carries HMAC-SHA256 of the body under it: ``sha256=<hex>``."""

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments; the notice is its standard input."""

    argv: tuple[str, ...] = field(repr=False)


Target: TypeAlias = Webhook | Command


class DeliveryError(Exception):
    """A notice did not arrive. ``code`` is stable; ``down``: nothing else would arrive there now either.

    Codes: ``unreachable``, ``timed_out``, ``bad_certificate``, ``no_tls``, ``no_http``, ``redirected``, ``bad_status``,
    ``no_command``, ``command_failed``, ``no_address``.
    """

    def __init__(self, code: str, message: str, *, down: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.down = down


def send(target: Target, body: bytes, key: str, timeout: float = TIMEOUT) -> None:
    """Deliver ``body``; ``key`` (ASCII) is the same whenever the same notice is sent. Raises :class:`DeliveryError`."""
    if isinstance(target, Webhook):
        _post(target, body, key, timeout)
    else:
        _run(target.argv, body, timeout)


# ---- webhooks --------------------------------------------------------------------------------------------------------


def checked_url(url: str) -> str:
    """``url`` if notices can be posted there. Raises :class:`WorkbenchError` (``bad_url``) without repeating it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad_url("it cannot be read", "write `https://host/path`") from None
    if not url.isascii() or not url.isprintable() or " " in url:
        raise _bad_url("it has a space, a control character or a letter that is not ASCII", "write those as `%…`")
    if len(url) > MAX_URL:
        raise _bad_url(f"it is longer than {MAX_URL} characters", "use a shorter one")
    if parts.scheme not in ("http", "https"):
        raise _bad_url("only `http` and `https` can be posted to", "write `https://host/path`")
    if parts.username is not None or parts.password is not None:
        raise _bad_url("it carries a user or a password", "leave them out; a secret for signing is asked for apart")
    if not parts.hostname or port == 0:
        raise _bad_url("it names no host", "write `https://host/path`")
    if parts.fragment or url.endswith("#"):
        raise _bad_url("the part after `#` is never sent", "leave it out")
    return url


def shown_url(url: str) -> str:
    """``url`` as it may be shown: scheme, host and port. Path and query may be secrets, as with chat services."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{host}{port}{'/…' if len(parts.path) > 1 or parts.query else ''}"


def signature(secret: str, body: bytes) -> str:
    """What :data:`SIGNATURE_HEADER` carries: a receiver computes the same over the bytes it got, and compares."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _post(webhook: Webhook, body: bytes, key: str, timeout: float) -> None:
    """POST in a thread of its own, so that the time is bounded even where a system call is not (looking up a name)."""
    attempt = _Attempt(webhook, body, key, timeout)
    thread = Thread(target=attempt.run, name="notice", daemon=True)
    thread.start()
    if not attempt.answered.wait(timeout):
        attempt.give_up()
        raise DeliveryError("timed_out", f"no answer within {timeout:g} seconds", down=True)
    if attempt.error is not None:
        raise attempt.error
    if 300 <= attempt.status < 400:
        raise DeliveryError("redirected", f"the answer was a redirect ({attempt.status}), which is not followed")
    if not 200 <= attempt.status < 300:
        raise DeliveryError("bad_status", f"the answer was {attempt.status}")


class _Attempt:
    """One POST. ``answered`` is set once its status, or why there is none, is known."""

    def __init__(self, webhook: Webhook, body: bytes, key: str, timeout: float) -> None:
        parts = urlsplit(webhook.url)
        self._connection = _connection(parts, timeout)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._body = body
        self._headers = {
            "Content-Type": CONTENT_TYPE,
            "Idempotency-Key": key,
            "User-Agent": f"constitution-workbench/{__version__}",
            "Connection": "close",
        }
        if webhook.secret:
            self._headers[SIGNATURE_HEADER] = signature(webhook.secret, body)
        self.answered = Event()
        self.status = 0
        self.error: DeliveryError | None = None

    def run(self) -> None:
        try:
            self._connection.request("POST", self._path, self._body, self._headers)
            response = self._connection.getresponse()
            self.status = response.status
            self.answered.set()
            with suppress(OSError, http.client.HTTPException):
                response.read(MAX_ANSWER)  # so that a polite receiver is not cut off in the middle of its sentence
        except Exception as error:
            self.error = _why(error)
        finally:
            self.answered.set()
            with suppress(OSError):
                self._connection.close()

    def give_up(self) -> None:
        """Cut the line, so that the thread ends too."""
        sock = self._connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _connection(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, parts.port, timeout=timeout)


def _why(error: Exception) -> DeliveryError:
    """The failure in words of our own: an exception's text may hold an address."""
    match error:
        case ssl.SSLCertVerificationError():
            return DeliveryError("bad_certificate", "the certificate of the host is not trusted", down=True)
        case ssl.SSLError():
            return DeliveryError("no_tls", "no secure connection could be made", down=True)
        case TimeoutError():
            return DeliveryError("timed_out", "no answer in time", down=True)
        case ConnectionRefusedError():
            return DeliveryError("unreachable", "the connection was refused", down=True)
        case socket.gaierror():
            return DeliveryError("unreachable", "the host's name is not known", down=True)
        case http.client.RemoteDisconnected() | ConnectionError():
            return DeliveryError("unreachable", "the connection was cut before an answer came", down=True)
        case http.client.HTTPException():
            return DeliveryError("no_http", "the answer is not HTTP")
        case OSError():
            return DeliveryError("unreachable", "the host cannot be reached", down=True)
    return DeliveryError("unreachable", f"the request failed ({type(error).__name__})", down=True)


def _bad_url(detail: str, hint: str) -> WorkbenchError:
    return WorkbenchError("the address cannot be used", detail, hint, "bad_url")


# ---- commands --------------------------------------------------------------------------------------------------------


def checked_command(argv: Sequence[str]) -> tuple[str, ...]:
    """``argv`` with the program's full path, so that it means the same wherever it is run from.

    Raises :class:`WorkbenchError`: ``bad_command`` (none, or one with a zero character), ``no_command``.
    """
    if not argv or not argv[0].strip() or any("\0" in part for part in argv):
        raise WorkbenchError(
            "the command cannot be used", "it names no program", "write `-- PROGRAM ARGUMENTS…`", "bad_command"
        )
    found = shutil.which(argv[0])
    if found is None:
        raise WorkbenchError(
            "no such program", f"`{argv[0]}` is not there, or cannot be run", "name a program by its path", "no_command"
        )
    return (str(Path(found).absolute()), *argv[1:])


def shown_command(argv: Sequence[str]) -> str:
    """The program's name; arguments may be secrets, so only how many there are."""
    more = len(argv) - 1
    return Path(argv[0]).name + (f" ({more} argument{'s' if more != 1 else ''})" if more else "")


def _run(argv: Sequence[str], body: bytes, timeout: float) -> None:
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        raise DeliveryError("no_command", "the program is not there any more, or cannot be run", down=True) from None
    try:
        process.communicate(body, timeout)
    except subprocess.TimeoutExpired:
        _end(process.pid, process.kill)
        process.wait()
        raise DeliveryError(
            "timed_out", f"the command took over {timeout:g} seconds and was ended", down=True
        ) from None
    if process.returncode != 0:
        raise DeliveryError("command_failed", f"the command ended with {process.returncode}")


def _end(pid: int, kill: Callable[[], None]) -> None:
    """End a program and what it started, where the system can."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:
            kill()
