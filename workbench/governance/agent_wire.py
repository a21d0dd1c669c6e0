"""The messages between a signer and ssh-agent: what is asked, and what an answer may be.

Imports the key types. The protocol is the IETF's ssh-agent draft (draft-ietf-sshm-ssh-agent): a frame is four bytes of
length and a message, a message is one byte of type and its fields. Pure: ``service.agent`` owns the socket. An agent is
not believed: answers are bounded, read strictly, and of the key that was asked for; keys that cannot sign here (RSA,
certificates) are left out of the list.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from workbench.governance.errors import ArtifactError, KeyFileError
from workbench.governance.keys import PublicKey, public_key_of
from workbench.governance.ssh_wire import Reader, field
from workbench.governance.sshsig import signature_of

MAX_ANSWER = 256 * 1024
MAX_KEYS = 2048
MAX_COMMENT = 256
HEADER = 4
_FAILURE = 5
_REQUEST_IDENTITIES = 11
_IDENTITIES = 12
_SIGN_REQUEST = 13
_SIGN_RESPONSE = 14


@dataclass(frozen=True, slots=True)
class AgentKey:
    """A key that an agent offers. ``comment`` is the agent's word: data, one line, cut to 256 characters."""

    public: PublicKey
    comment: str


def identities_request() -> bytes:
    """The frame that asks which keys there are."""
    return field(bytes([_REQUEST_IDENTITIES]))


def sign_request(key: PublicKey, data: bytes) -> bytes:
    """The frame that asks ``key`` to sign ``data``, without flags."""
    return field(bytes([_SIGN_REQUEST]) + field(key.blob) + field(data) + bytes(4))


def answer_size(header: bytes) -> int:
    """How many bytes follow the four of ``header``. Raises :class:`KeyFileError` (``agent_answer``)."""
    size = int.from_bytes(header, "big")
    if len(header) != HEADER or not 0 < size <= MAX_ANSWER:
        raise _nonsense("its answer is empty or too large")
    return size


def identities(answer: bytes) -> tuple[AgentKey, ...]:
    """The keys in an answer (without its length) that can sign here, each once, in the agent's order.

    Raises :class:`KeyFileError`: ``agent_answer`` (damaged, another message), ``agent_refused`` (it failed).
    """
    reader = _message(answer, _IDENTITIES, "the agent does not list its keys")
    found: dict[str, AgentKey] = {}
    try:
        count = reader.number()
        if count > MAX_KEYS:
            raise ValueError(f"it lists more than {MAX_KEYS} keys")
        for _ in range(count):
            blob, comment = reader.field(), reader.field()
            with suppress(KeyFileError):
                public = public_key_of(blob)
                found.setdefault(public.fingerprint, AgentKey(public, _line(comment)))
        reader.end()
    except ValueError as error:
        raise _nonsense(str(error)) from error
    return tuple(found.values())


def signature(answer: bytes, key: PublicKey) -> bytes:
    """The signature in an answer (without its length), in SSH's wire form; it is of ``key``'s type, and not verified.

    Raises :class:`KeyFileError`: ``agent_answer``, ``agent_refused`` (it will not sign: locked, not confirmed, gone).
    """
    reader = _message(answer, _SIGN_RESPONSE, "the agent will not sign with this key")
    try:
        made = reader.field()
        reader.end()
        signature_of(made, key)
    except ValueError as error:
        raise _nonsense(str(error)) from error
    except ArtifactError as error:
        raise _nonsense(error.message) from error
    return made


def _message(answer: bytes, wanted: int, refusal: str) -> Reader:
    reader = Reader(answer)
    try:
        kind = reader.take(1)[0]
    except ValueError as error:
        raise _nonsense("its answer is empty") from error
    if kind == _FAILURE:
        raise KeyFileError("agent_refused", refusal, "`ssh-add -l` shows what it holds; unlock it, touch the device")
    if kind != wanted:
        raise _nonsense(f"it answers with message {kind}")
    return reader


def _line(comment: bytes) -> str:
    text = comment[: 4 * MAX_COMMENT].decode("utf-8", "replace")[:MAX_COMMENT]
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _nonsense(what: str) -> KeyFileError:
    return KeyFileError("agent_answer", f"the ssh-agent cannot be understood: {what}", "is SSH_AUTH_SOCK an ssh-agent?")
