"""What comes out: a judgment on an agent's words, statement by statement, with the evidence considered.

Imports the errors of this room. Every record has ``to_dict`` (plain JSON values, fields in the order of the
specification's section 8, licences sorted) and the names that programs written for the original call on its records
(``model_dump``, ``model_dump_json``, ``model_validate``, ``model_copy``). Sequences are lists, because such programs
compare them with lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import Enum
from typing import Any, Literal, TypeVar

from workbench.speech.errors import ValidationError

R = TypeVar("R", bound="Record")
_PLAIN: dict[str, tuple[type, ...]] = {  # fields' types that JSON has too, as they are written here
    "str": (str,),
    "str | None": (str, type(None)),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class AdmissibilityStatus(str, Enum):  # noqa: UP042 — str() names the member, as in the original
    """The seven verdicts, on one statement or on a whole speech act."""

    ACCEPTABLE = "acceptable"
    CONDITIONALLY_ACCEPTABLE = "conditionally_acceptable"
    VIOLATES_NORM = "violates_norm"
    UNSUPPORTED = "unsupported"
    ILL_FORMED = "ill_formed"
    UNDERDETERMINED = "underdetermined"
    NO_NORMATIVE_CONTENT = "no_normative_content"


class ModalityNames(frozenset[str]):
    """A set of modality names that is walked in alphabetical order, whatever the hash seed of the process."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().__iter__()))


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON text of plain values: non-ASCII kept, halves of surrogate pairs escaped so that any encoder takes it."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Record:
    """What the records of a judgment have in common."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, fields in the documented order."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls: type[R], value: Mapping[str, Any]) -> R:
        """The record that ``to_dict`` wrote. Raises ValidationError."""
        raise NotImplementedError

    def to_json(self, indent: int | None = None) -> str:
        """``to_dict`` as JSON text."""
        return json_text(self.to_dict(), indent)

    def model_dump(self, *, mode: Literal["python", "json"] = "python") -> dict[str, Any]:
        """``to_dict``; in mode "python" licences are sets and statuses members, as in the original."""
        made = self.to_dict()
        return made if mode == "json" else _as_python(made)

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """``to_json`` under the original's name."""
        return self.to_json(indent)

    @classmethod
    def model_validate(cls: type[R], value: Any) -> R:
        """``from_dict`` under the original's name; a record of this kind passes as it is. Raises ValidationError."""
        return value if isinstance(value, cls) else cls.from_dict(value)

    @classmethod
    def model_validate_json(cls: type[R], text: str | bytes) -> R:
        """``from_dict`` of JSON text. Raises ValidationError."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as problem:
            raise ValidationError(f"not JSON: {problem}", "json") from None
        return cls.from_dict(value)

    def model_copy(self: R, *, update: Mapping[str, Any] | None = None) -> R:
        """The same record with some fields replaced. Raises TypeError for a field that does not exist."""
        return replace(self, **dict(update or {}))  # type: ignore[type-var]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundRef(Record):
    """One piece of evidence that was considered, cited or not: an item of ``grounding_trace``.

    ``confidence`` is between 0 and 1, ``strength`` is "strong" or "weak", ``semantic_id`` the entity or ground that the
    evidence speaks about, where it names one.
    """

    id: str
    scope: str
    source: str
    status: str
    confidence: float
    strength: str
    semantic_id: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "scope": self.scope,
            "source": self.source,
            "status": self.status,
            "confidence": self.confidence,
            "strength": self.strength,
            "semantic_id": self.semantic_id,
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> GroundRef:
        return cls(**_known(cls, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEvaluation(Record):
    """How one statement was judged. ``license`` holds the modalities that its evidence permitted, as names."""

    statement_id: str
    statement: str
    modality: str
    license: frozenset[str]
    status: AdmissibilityStatus
    violated_axiom: str | None = None
    explanation: str = ""
    grounding_trace: list[GroundRef] = field(default_factory=list)
    subject: str | None = None
    predicate: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "statement_id": self.statement_id,
            "statement": self.statement,
            "modality": self.modality,
            "license": sorted(self.license),
            "status": AdmissibilityStatus(self.status).value,
            "violated_axiom": self.violated_axiom,
            "explanation": self.explanation,
            "grounding_trace": [ground.to_dict() for ground in self.grounding_trace],
            "subject": self.subject,
            "predicate": self.predicate,
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> StatementEvaluation:
        given = _known(cls, value)
        trace = [GroundRef.model_validate(item) for item in _listed(given, "grounding_trace")]
        licensed = ModalityNames(_listed(given, "license"))
        return cls(**{**given, "license": licensed, "status": _status(given["status"]), "grounding_trace": trace})


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissibilityJudgment(Record):
    """The verdict on a whole speech act.

    ``licensed``: the forms used were permitted. ``can_retry`` is advice: saying it in another form may help.
    ``num_acceptable`` counts acceptable and conditionally acceptable statements; ``grounds_accepted`` distinct grounds
    in the pool of evidence, ``grounds_cited`` those among them that the text cites as ``[@key]``.
    """

    status: AdmissibilityStatus
    licensed: bool
    can_retry: bool
    statement_evaluations: list[StatementEvaluation] = field(default_factory=list)
    feedback_hint: str | None = None
    violated_axioms: list[str] = field(default_factory=list)
    explanation: str = ""
    num_statements: int = 0
    num_acceptable: int = 0
    grounds_accepted: int = 0
    grounds_cited: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "status": AdmissibilityStatus(self.status).value,
            "licensed": self.licensed,
            "can_retry": self.can_retry,
            "statement_evaluations": [statement.to_dict() for statement in self.statement_evaluations],
            "feedback_hint": self.feedback_hint,
            "violated_axioms": list(self.violated_axioms),
            "explanation": self.explanation,
            "num_statements": self.num_statements,
            "num_acceptable": self.num_acceptable,
            "grounds_accepted": self.grounds_accepted,
            "grounds_cited": self.grounds_cited,
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> AdmissibilityJudgment:
        given = _known(cls, value)
        statements = [StatementEvaluation.model_validate(item) for item in _listed(given, "statement_evaluations")]
        axioms = _listed(given, "violated_axioms")
        read = {"status": _status(given["status"]), "statement_evaluations": statements, "violated_axioms": axioms}
        return cls(**{**given, **read})


def _as_python(made: dict[str, Any]) -> dict[str, Any]:
    """JSON values of a record with the sets and members that the original's mode "python" has."""
    if "license" in made:
        made["license"] = set(made["license"])
        made["status"] = AdmissibilityStatus(made["status"])
    if "statement_evaluations" in made:
        made["status"] = AdmissibilityStatus(made["status"])
        made["statement_evaluations"] = [_as_python(statement) for statement in made["statement_evaluations"]]
    return made


def _known(kind: type[Any], value: Any) -> dict[str, Any]:
    """The fields of a record among the keys of a mapping; every field without a default must be there."""
    if not isinstance(value, Mapping):
        raise ValidationError(f"`{kind.__name__}` is an object, not {type(value).__name__}")
    given = {each.name: value[each.name] for each in fields(kind) if each.name in value}
    required = [each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING]
    missing = [name for name in required if name not in given]
    if missing:
        raise ValidationError(f"`{kind.__name__}` lacks {', '.join(f'`{name}`' for name in missing)}")
    for each in fields(kind):
        wanted = _PLAIN.get(str(each.type))
        if wanted and each.name in given and not isinstance(given[each.name], wanted):
            raise ValidationError(f"`{each.name}` is `{each.type}`, not {type(given[each.name]).__name__}")
    return given


def _listed(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name, [])
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise ValidationError(f"`{name}` is a list, not {type(value).__name__}")
    return list(value)


def _status(value: Any) -> AdmissibilityStatus:
    try:
        return AdmissibilityStatus(value)
    except ValueError:
        raise ValidationError(f"`status` is one of the seven statuses, not `{value}`") from None
