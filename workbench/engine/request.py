"""The question: may this principal do this action to this resource, in this context? Pure; imports the engine only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from workbench.engine.conversion import InputError, known_uid, parse_uid, uid_from_json, writable
from workbench.engine.values import EntityUid

UidForm: TypeAlias = str | EntityUid | Mapping[str, Any]
_NOTHING: Mapping[str, Any] = {}


class RequestError(ValueError):
    """A request that names something which cannot be a principal, an action, a resource or a context."""

    def __init__(self, message: str) -> None:
        super().__init__(writable(message))


def as_uid(form: UidForm, role: str = "entity") -> EntityUid:
    """An entity uid from ``'Type::"id"'``, ``{"type", "id"}`` or an ``EntityUid``. Raises ``RequestError``."""
    try:
        if type(form) is str:
            return parse_uid(form)
        if isinstance(form, EntityUid):
            return uid_from_json({"type": form.type, "id": form.id})
        return uid_from_json(form)
    except InputError as error:
        raise RequestError(f"{role}: {error.message}") from None


class Request:
    """Immutable, but for ``context``, which is the caller's own object.

    It is in Cedar's JSON form, is read and checked when a decision is asked for, and cannot touch a decision made.

    ``speech`` is what the agent says: ``{agent_output, conversation, grounds}``. Rules do not see it; where the schema
    has ``context.speech``, the service judges it and puts the judgement there (``language.schema_speech``).
    """

    __slots__ = ("action", "context", "principal", "resource", "speech")

    principal: EntityUid
    action: EntityUid
    resource: EntityUid
    context: Mapping[str, Any]
    speech: Mapping[str, Any] | None

    def __init__(
        self,
        principal: UidForm,
        action: UidForm,
        resource: UidForm,
        context: Mapping[str, Any] | None = None,
        speech: Mapping[str, Any] | None = None,
    ) -> None:
        """Raises ``RequestError`` where a uid cannot be read or the context is not an object."""
        if type(context) is not dict and context is not None and not isinstance(context, Mapping):
            raise RequestError("context: expected an object")
        if speech is not None and not isinstance(speech, Mapping):
            raise RequestError("speech: expected an object")
        try:  # texts that were met before need no more than a look-up
            _set_principal(self, known_uid(principal) if type(principal) is str else as_uid(principal, "principal"))
            _set_action(self, known_uid(action) if type(action) is str else as_uid(action, "action"))
            _set_resource(self, known_uid(resource) if type(resource) is str else as_uid(resource, "resource"))
        except InputError:
            for form, role in ((principal, "principal"), (action, "action"), (resource, "resource")):
                as_uid(form, role)  # says which
            raise
        _set_context(self, _NOTHING if context is None else context)
        _set_speech(self, speech)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Request:
        """From ``{"principal", "action", "resource", "context"?, "speech"?}``. Raises ``RequestError``."""
        if not isinstance(data, Mapping):
            raise RequestError("a request must be an object")
        for name in ("principal", "action", "resource"):
            if name not in data:
                raise RequestError(f"{name}: missing")
        unknown = sorted(str(name) for name in set(data) - {"principal", "action", "resource", "context", "speech"})
        if unknown:
            raise RequestError(f"`{unknown[0]}` is not part of a request")
        return cls(data["principal"], data["action"], data["resource"], data.get("context"), data.get("speech"))

    def to_json(self) -> dict[str, Any]:
        """The form that :meth:`from_json` reads; uids as Cedar writes them."""
        out: dict[str, Any] = {
            "principal": str(self.principal),
            "action": str(self.action),
            "resource": str(self.resource),
            "context": dict(self.context),
        }
        if self.speech is not None:
            out["speech"] = dict(self.speech)
        return out

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Request cannot be changed (`{name}`)")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Request) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.principal, self.action, self.resource))

    def __repr__(self) -> str:
        return f"Request({self.principal}, {self.action}, {self.resource}, {dict(self.context)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Request, (self.principal, self.action, self.resource, dict(self.context), self.speech))


# The slots' own setters: a request is made for every decision, and these are several times quicker than
# ``object.__setattr__`` by name.
_slots: Mapping[str, Any] = Request.__dict__
_set_principal = _slots["principal"].__set__
_set_action = _slots["action"].__set__
_set_resource = _slots["resource"].__set__
_set_context = _slots["context"].__set__
_set_speech = _slots["speech"].__set__
