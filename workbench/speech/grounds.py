"""External grounds, and the links by which a text's citations reach them.

Imports the errors of this room. A ground says: whoever reads ``[@citation_key]`` in the text is pointed at the evidence
``ground_id``. ``Provenance.timestamp`` is None unless the caller gives one: this room asks no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from workbench.speech.errors import NotIterableError, ValidationError

E = TypeVar("E", bound=Enum)


class LinkRole(str, Enum):  # noqa: UP042 — str() names the member, as in the original
    """What a cited ground does for the statement; only ``supports`` licenses."""

    SUPPORTS = "supports"
    DISAMBIGUATES = "disambiguates"
    CONTEXTUALIZES = "contextualizes"


class CreatorType(str, Enum):  # noqa: UP042
    """Who says that the ground exists."""

    HUMAN = "human"
    TOOL_OBSERVER = "tool_observer"
    AGENT_DECLARATION = "agent_declaration"
    UPSTREAM_PIPELINE = "upstream_pipeline"


class EvidenceType(str, Enum):  # noqa: UP042
    """What kind of evidence it is."""

    OBSERVATION = "observation"
    EXPLICIT = "explicit"
    STRUCTURAL = "structural"
    VALIDATION = "validation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One external ground. Keys and ids are taken as they are: not trimmed, and "" is allowed."""

    citation_key: str
    ground_id: str
    role: LinkRole = LinkRole.SUPPORTS
    creator: CreatorType = CreatorType.UPSTREAM_PIPELINE
    evidence_type: EvidenceType = EvidenceType.OBSERVATION
    evidence_content: str | None = None
    signature: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; ``parse_ground`` reads them back."""
        return {
            each.name: value.value if isinstance(value := getattr(self, each.name), Enum) else value
            for each in fields(self)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a link comes from."""

    creator: CreatorType
    evidence_type: EvidenceType
    timestamp: datetime | None = None
    evidence_content: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementGroundLink:
    """A statement points at a ground."""

    statement_id: str
    ground_id: str
    role: LinkRole
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSet:
    """All links of one text, in the order of its citations."""

    links: list[StatementGroundLink] = field(default_factory=list)


def parse_grounds(grounds: Iterable[object] | None) -> list[Ground]:
    """Explicit grounds, one by one; nothing for None. Raises ValidationError for the first that is none, or for
    something that cannot be walked."""
    return [parse_ground(item, place) for place, item in enumerate(listed(grounds))]


def parse_ground(item: object, place: int = 0) -> Ground:
    """One ground from a mapping; keys that are not a ground's are ignored. Raises ValidationError naming the place."""
    if isinstance(item, Ground):
        return item
    if not isinstance(item, Mapping):
        raise ValidationError(f"grounds[{place}] is an object, not {type(item).__name__}", "ground")
    where = f"grounds[{place}]"
    return Ground(
        citation_key=text_in(item, "citation_key", where),
        ground_id=text_in(item, "ground_id", where),
        role=member_in(item, "role", LinkRole.SUPPORTS, where),
        creator=member_in(item, "creator", CreatorType.UPSTREAM_PIPELINE, where),
        evidence_type=member_in(item, "evidence_type", EvidenceType.OBSERVATION, where),
        evidence_content=text_or_none(item, "evidence_content", where),
        signature=text_or_none(item, "signature", where),
    )


def listed(items: Iterable[object] | None) -> list[object]:
    """The items as a list; none for None and for other empty values. Raises NotIterableError."""
    if not items:
        return []
    try:
        return list(items)
    except TypeError:
        raise NotIterableError(items) from None


def text_in(item: Mapping[Any, Any], key: str, where: str) -> str:
    """A text that must be there. Raises ValidationError."""
    value = item.get(key)
    if not isinstance(value, str):
        raise ValidationError(f"{where}.{key} must be a text")
    return str(value)


def text_or_none(item: Mapping[Any, Any], key: str, where: str) -> str | None:
    """A text that may be absent or null. Raises ValidationError."""
    value = item.get(key)
    if value is not None and not isinstance(value, str):
        raise ValidationError(f"{where}.{key} must be a text or null")
    return value


def member_in(item: Mapping[Any, Any], key: str, default: E, where: str) -> E:
    """A word of a closed list, absent meaning ``default``. Raises ValidationError (for null too)."""
    if key not in item:
        return default
    kind = type(default)
    try:
        return kind(item[key])
    except ValueError:
        words = ", ".join(f"`{member.value}`" for member in kind)
        raise ValidationError(f"{where}.{key} must be one of {words}") from None
