"""The annotations of statements that Cedar+ reads, and those that were probably meant to be one of them (CP104).

Any other annotation is the author's own, as in Cedar. Some are read only on rules marked `@norm`, and are the author's
own elsewhere. Imports language only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Literal, TypeAlias

from workbench.language.ast import Annotation, Statement
from workbench.language.diagnostics import Finding
from workbench.language.render import render_annotation
from workbench.language.spelling import is_slip, nearest

STAGES = ("observe", "enforce")
READ = ("id", "doc", "english", "stage", "norm")
READ_OF_NORMS = ("severity", "priority", "scope", "condition", "prohibited")
Severity: TypeAlias = Literal["info", "warn", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warn", "high", "critical")  # ascending
DEFAULT_SEVERITY: Severity = "warn"
_PRIORITY_DIGITS = 10  # more than enough, and few enough that no text makes a number slow to read
_WORDS = frozenset({"state", "stake", "stare", "stale", "sage", "stag"})  # like `stage`, and said for their own sake
_STAGES_EXPECTED = " or ".join(f'`@stage("{stage}")`' for stage in STAGES)
_STAGES_HELP = "an observed rule is recorded and does not bind; without `@stage` a rule binds"


def stage_findings(statement: Statement) -> Iterator[Finding]:
    """CP001 for a misspelt stage, or a misspelt `@stage`: the rule would bind, and its author meant to try it out."""
    for annotation in statement.annotations:
        name, value = annotation.name, annotation.value
        if name == "stage":
            if value in STAGES:
                continue
            message = f"`{value}` is no stage of a rule" if value else "`@stage` needs a stage"
        elif _is_meant_as_stage(annotation):
            message = f"`@{name}` is not `@stage`: the rule would bind"
        else:
            continue
        wanted = value if value in STAGES else "observe"
        yield Finding("CP001", message, annotation.span, _STAGES_EXPECTED, f'@stage("{wanted}")', _STAGES_HELP)


def severity_of(annotations: Mapping[str, str]) -> Severity | Literal[""]:
    """How bad it is to break a rule marked `@norm`; empty for every other rule, `warn` where it does not say."""
    if "norm" not in annotations:
        return ""
    said = annotations.get("severity", DEFAULT_SEVERITY)
    return next((severity for severity in SEVERITIES if severity == said), DEFAULT_SEVERITY)


def priority_of(annotations: Mapping[str, str]) -> int:
    """Where a rule marked `@norm` stands among the reasons, the highest first; zero for every other rule."""
    said = annotations.get("priority", "") if "norm" in annotations else ""
    digits = said.removeprefix("-")
    return int(said) if digits.isascii() and digits.isdecimal() and len(digits) <= _PRIORITY_DIGITS else 0


def annotation_findings(statement: Statement) -> Iterator[Finding]:
    """CP104: an annotation without effect: its name is a slip of one that is read, or its value says nothing."""
    normative = any(annotation.name == "norm" for annotation in statement.annotations)
    for annotation in statement.annotations:
        if normative and annotation.name in READ_OF_NORMS:
            yield from _value_findings(annotation)
            continue
        meant = _meant(annotation.name, READ_OF_NORMS if normative else ())
        if meant and not _is_meant_as_stage(annotation):
            message = f"`@{annotation.name}` is not `@{meant}`; it has no effect"
            fix = render_annotation(replace(annotation, name=meant))
            help = f"write `@{meant}`, or another name if it is a note of your own"
            yield Finding("CP104", message, annotation.span, f"`@{meant}`", fix, help, "warning")


def _is_meant_as_stage(annotation: Annotation) -> bool:
    return _meant(annotation.name) == "stage" and (
        annotation.name not in _WORDS or bool(nearest(annotation.value, STAGES))
    )


def _value_findings(annotation: Annotation) -> Iterator[Finding]:
    value = annotation.value
    if annotation.name == "severity" and value not in SEVERITIES:
        best = nearest(value, SEVERITIES)
        fix = render_annotation(replace(annotation, value=best)) if best else ""
        expected = ", ".join(f"`{severity}`" for severity in SEVERITIES)
        message = f"`{value}` is no severity; the norm has the severity `{DEFAULT_SEVERITY}`"
        yield Finding("CP104", message, annotation.span, expected, fix, "", "warning")
    if annotation.name == "priority" and str(priority_of({"norm": "", "priority": value})) != value:
        message = f"`{value}` is no priority; the norm has the priority 0"
        yield Finding("CP104", message, annotation.span, "a whole number", "", "", "warning")


@lru_cache(maxsize=1024)
def _meant(name: str, more: tuple[str, ...] = ()) -> str:
    """The annotation that is read, or of ``more``, and that ``name`` is a slip of; or the empty string."""
    if name in READ:
        return ""
    return next((known for known in (*READ, *more) if is_slip(name, known)), "")
