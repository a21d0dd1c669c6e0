"""Keys that ssh-agent holds: listed, and asked to sign. The private half never comes here.

The agent is found through ``SSH_AUTH_SOCK`` (a Unix socket). Every conversation has a deadline; what the agent answers
is read by ``governance.agent_wire``, and a signature is verified before it is used.
"""

from __future__ import annotations

import os
import socket
import time

from workbench.governance import agent_wire, sshsig
from workbench.governance.agent_wire import AgentKey
from workbench.governance.errors import KeyFileError
from workbench.governance.keys import PublicKey
from workbench.service.errors import WorkbenchError, governed

LIST_SECONDS = 3.0
SIGN_SECONDS = 60.0  # a person confirms, or touches a device


class AgentSigner:
    """A key of the agent's, as :class:`~workbench.governance.keys.Signing`: each signature is asked for anew."""

    def __init__(self, public: PublicKey, seconds: float = SIGN_SECONDS) -> None:
        self._public = public
        self._seconds = seconds

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return self._public

    def sign(self, data: bytes) -> bytes:
        """64 bytes. Raises :class:`KeyFileError`: ``hardware_form`` for a device's key, and as :meth:`sign_ssh`."""
        if self._public.hardware:
            raise KeyFileError(
                "hardware_form",
                "a hardware key signs in the form SSHSIG only",
                "sign this with a plain key; votes by hardware keys are SSHSIG",
            )
        return sshsig.signature_of(self.sign_ssh(data), self._public)[0]

    def sign_ssh(self, data: bytes) -> bytes:
        """In SSH's wire form. Raises :class:`KeyFileError`: ``agent_refused``, ``agent_answer``, ``agent_signature``
        (what the agent gave does not hold); :class:`WorkbenchError` (``no_agent``)."""
        answer = _ask(agent_wire.sign_request(self._public, data), self._seconds)
        made = agent_wire.signature(answer, self._public)
        raw, flags, counter = sshsig.signature_of(made, self._public)
        hardware = self._public.hardware
        signed = sshsig.device_data(self._public.application, flags, counter, data) if hardware else data
        if not self._public.verify_raw(raw, signed):
            raise KeyFileError("agent_signature", "the ssh-agent gave a signature that does not hold")
        return made

    def __repr__(self) -> str:
        return f"AgentSigner({self._public.fingerprint})"


def has_agent() -> bool:
    """Whether an ssh-agent is named in the environment at all."""
    return bool(os.environ.get("SSH_AUTH_SOCK")) and hasattr(socket, "AF_UNIX")


def agent_keys(seconds: float = LIST_SECONDS) -> tuple[AgentKey, ...]:
    """The keys that the agent offers and that can sign here.

    Raises :class:`WorkbenchError`: ``no_agent`` (none is there, or it does not answer), ``agent_answer``,
    ``agent_refused``.
    """
    with governed("the ssh-agent gave no keys"):
        return agent_wire.identities(_ask(agent_wire.identities_request(), seconds))


def _ask(frame: bytes, seconds: float) -> bytes:
    """One question and its answer, within ``seconds`` altogether."""
    place = os.environ.get("SSH_AUTH_SOCK", "")
    if not has_agent():
        raise _missing("SSH_AUTH_SOCK names none")
    deadline = time.monotonic() + seconds
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(seconds)
            line.connect(place)
            line.sendall(frame)
            size = agent_wire.answer_size(_receive(line, agent_wire.HEADER, deadline))
            return _receive(line, size, deadline)
    except TimeoutError:
        raise _missing(f"it did not answer within {seconds:g} seconds") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        what = error.strerror if isinstance(error, OSError) and error.strerror else "it cannot be reached"
        raise _missing(what.lower()) from None


def _receive(line: socket.socket, size: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    while size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)
        part = line.recv(min(size, 65536))
        if not part:
            raise KeyFileError("agent_answer", "the ssh-agent hung up in the middle of its answer")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _missing(what: str) -> WorkbenchError:
    return WorkbenchError("no ssh-agent", what, "start one and `ssh-add` your key, or sign with a key file", "no_agent")
