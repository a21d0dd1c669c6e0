"""The annotations of statements that Cedar+ reads, and those that were probably meant to be one of them (CP104).

Any other annotation is the author's own, as in Cedar. Imports language only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from workbench.language.ast import Annotation, Statement
from workbench.language.diagnostics import Finding
from workbench.language.render import render_annotation
from workbench.language.spelling import is_slip, nearest

STAGES = ("observe", "enforce")
READ = ("id", "doc", "english", "stage", "norm")
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


def annotation_findings(statement: Statement) -> Iterator[Finding]:
    """CP104: an annotation whose name is a slip of one that is read, so that it has no effect."""
    for annotation in statement.annotations:
        meant = _meant(annotation.name)
        if meant and not _is_meant_as_stage(annotation):
            message = f"`@{annotation.name}` is not `@{meant}`; it has no effect"
            fix = render_annotation(replace(annotation, name=meant))
            help = f"write `@{meant}`, or another name if it is a note of your own"
            yield Finding("CP104", message, annotation.span, f"`@{meant}`", fix, help, "warning")


def _is_meant_as_stage(annotation: Annotation) -> bool:
    return _meant(annotation.name) == "stage" and (
        annotation.name not in _WORDS or bool(nearest(annotation.value, STAGES))
    )


@lru_cache(maxsize=1024)
def _meant(name: str) -> str:
    """The annotation that is read and that ``name`` is a slip of, or the empty string."""
    if name in READ:
        return ""
    return next((known for known in READ if is_slip(name, known)), "")
