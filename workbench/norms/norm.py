"""A world norm as people write it, its content id, and the words that it is made of.

Pure; imports the language's severities only. The fields and the content id are those of the program that norms come
from (world-norms specification §1, §2), so that an id there is an id here; ``severity`` is ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.language.annotations import SEVERITIES, Severity

GLOBAL = "global"
MAX_FIELD = 4_000  # characters of one field
MAX_PRIORITY = 10**9
_TEXTS = ("name", "description", "condition", "prohibited", "scope")


class NormError(ValueError):
    """A norm that cannot be one here: ``code`` is stable, ``message`` says what, ``help`` what to do about it."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


@dataclass(frozen=True, slots=True)
class Norm:
    """What a norm says. ``condition``: where it holds (words, all of which must be met; none: everywhere).
    ``prohibited``: what it forbids (words, one of which must be met). ``scope``: whom it binds, a faction or everyone.
    ``priority`` orders the reasons of a denial, the highest first; ``severity`` says how bad breaking it is.

    Raises :class:`NormError`: ``norm_form`` (a field of another type), ``field_too_long``, ``severity``, ``priority``.
    """

    name: str
    description: str = ""
    condition: str = ""
    prohibited: str = ""
    scope: str = GLOBAL
    priority: int = 0
    severity: Severity = "warn"

    def __post_init__(self) -> None:
        for field in _TEXTS:
            value = getattr(self, field)
            if not isinstance(value, str):
                raise NormError("norm_form", f"the {field} of a norm is a text, not {_kind(value)}")
            if len(value) > MAX_FIELD:
                what = f"the {field} of the norm has {len(value)} characters, more than {MAX_FIELD}"
                raise NormError("field_too_long", what, "say it in several norms")
            if any("\ud800" <= char <= "\udfff" for char in value):
                raise NormError("surrogate", f"the {field} of the norm has half a character in it (a lone surrogate)")
        if type(self.priority) is not int:
            raise NormError("norm_form", f"the priority of a norm is a whole number, not {_kind(self.priority)}")
        if abs(self.priority) > MAX_PRIORITY:
            raise NormError("priority", f"the priority `{self.priority}` is out of bounds", f"at most {MAX_PRIORITY}")
        if self.severity not in SEVERITIES:
            raise NormError("severity", f"`{self.severity}` is no severity", f"one of: {', '.join(SEVERITIES)}")

    @property
    def id(self) -> str:
        """The content id: 16 hex digits over name, condition and prohibited alone."""
        return content_id(self.name, self.condition, self.prohibited)

    @property
    def everyone(self) -> bool:
        """Whether it binds whoever acts, of whatever faction."""
        return self.scope.strip().lower() == GLOBAL

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, the id first."""
        fields = ("name", "description", "condition", "prohibited", "scope", "priority", "severity")
        return {"id": self.id, **{field: getattr(self, field) for field in fields}}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Norm:
        """From its JSON form; an id in it is not believed, and other keys say nothing.

        Raises :class:`NormError`: ``norm_form`` where one of name, description, condition, prohibited is missing, and
        as the class itself.
        """
        missing = [field for field in _TEXTS[:4] if field not in value]
        if missing:
            raise NormError("norm_form", f"the norm has no `{missing[0]}`", f"it needs {', '.join(_TEXTS[:4])}")
        known = (*_TEXTS, "priority", "severity")
        return cls(**{field: value[field] for field in known if field in value})


def content_id(name: str, condition: str, prohibited: str) -> str:
    """The first 16 hex digits of SHA-256 over the three, joined by ``|`` (specification §1)."""
    return hashlib.sha256(f"{name}|{condition}|{prohibited}".encode()).hexdigest()[:16]


def tokens(text: str) -> tuple[str, ...]:
    """The words of a condition, or of what is prohibited (specification §2): lower-cased, every ``==`` taken out, split
    at Unicode white space. One that stands twice is kept once, since that changes nothing."""
    return tuple(dict.fromkeys(text.lower().replace("==", "").split()))


def _kind(value: object) -> str:
    return "nothing" if value is None else f"`{type(value).__name__}`"
