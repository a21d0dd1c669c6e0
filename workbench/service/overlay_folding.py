"""Run-time norms into a draft: their rules with id, sentence and the norm they come from, and their sentences.

Pure but for the draft it is given. Not for faces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import starmap

from workbench.authoring.document import short_name
from workbench.governance.overlay import Norm
from workbench.governance.overlay_rules import norm_rules
from workbench.language.ast import Annotation, Policy, Procedure
from workbench.language.digest import rule_digest
from workbench.language.parser import parse
from workbench.language.program import Rule
from workbench.language.render import render_statement
from workbench.language.schema import Schema
from workbench.norms import marked
from workbench.service.views import Draft


@dataclass(frozen=True, slots=True)
class Folded:
    """The draft's texts with the norms in them. ``added``: ids of the rules that are new."""

    english: str
    cedar_plus: str
    added: tuple[str, ...]


def fold(draft: Draft, norms: Sequence[tuple[str, Norm]], schema: Schema) -> Folded:
    """``draft`` with ``norms`` (each with the id of its overlay, or the empty string). What stands there already is
    left as it is. Raises ``OverlayError`` where a norm does not fit the schema."""
    standing = parse(draft.cedar_plus).statements
    digests: dict[str, set[str]] = {}  # what stands, and the names of the norms that say it
    for statement in standing:
        said = {note.name: note.value for note in statement.annotations}
        digests.setdefault(rule_digest(statement), set()).add(said.get("norm", ""))
    taken = {note.value for statement in standing for note in statement.annotations if note.name == "id"}
    taken |= {statement.name for statement in standing if isinstance(statement, Procedure)}
    english, source = draft.english, draft.cedar_plus
    added: list[str] = []
    for overlay, norm in norms:
        for rule in norm_rules(norm, schema):
            told = rule.annotations["norm"] if marked(rule.annotations) else ""
            if rule.digest in digests and (not told or digests[rule.digest] & {"", told}):
                continue  # two norms may say the same under two names, and nothing else may
            name = _free(rule, taken)
            taken.add(name)
            digests.setdefault(rule.digest, set()).add(told)
            added.append(name)
            source = _appended(source, _annotated(rule, name, overlay) + "\n", "\n")
        if norm.english and norm.english not in " ".join(english.split()):
            english = _appended(english, _as_listed(english, norm.english), "")
    return Folded(english, source, tuple(added))


def _free(rule: Rule, taken: set[str]) -> str:
    base = rule.annotations.get("id") or short_name(rule.statement)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _annotated(rule: Rule, name: str, overlay: str) -> str:
    assert isinstance(rule.statement, Policy)
    if marked(rule.annotations):  # a norm goes on being the norm that it is
        told = tuple(starmap(Annotation, {**rule.annotations, "id": name}.items()))
        return render_statement(replace(rule.statement, annotations=told))
    kept = {key: value for key, value in rule.annotations.items() if key not in ("id", "norm", "english")}
    notes = {"id": name}
    if rule.english:
        notes["english"] = rule.english
    if overlay:
        notes["norm"] = overlay
    annotations = tuple(Annotation(key, value) for key, value in (notes | kept).items())
    return render_statement(replace(rule.statement, annotations=annotations))


def _appended(text: str, new: str, gap: str) -> str:
    before = text if not text or text.endswith("\n") else text + "\n"
    return before + (gap if before.strip() and not before.endswith("\n\n") else "") + new


def _as_listed(english: str, sentence: str) -> str:
    """The sentence as the text around it is written: as an item where its last line is one."""
    lines = [line for line in english.splitlines() if line.strip()]
    mark = "- " if lines and lines[-1].startswith("- ") else ""
    return f"{mark}{sentence}\n"
