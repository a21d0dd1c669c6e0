"""Rules as reviewers read them: the text, its paraphrase, the sentence it came from."""

from __future__ import annotations

from collections.abc import Collection

from workbench.authoring.paraphrase import paraphrase
from workbench.language.diagnostics import LineMap
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema
from workbench.service.views import RuleChange, RuleView


def rule_views(program: Program, only: Collection[str] | None = None) -> tuple[RuleView, ...]:
    """The rules of a checked program in source order; those with an id in ``only``, where given."""
    lines = LineMap(program.source)
    return tuple(
        _view(rule, program.schema, lines.position(rule.span.start).line)
        for rule in program.rules
        if only is None or rule.id in only
    )


def rule_changes(before: Program, after: Program) -> tuple[RuleChange, ...]:
    """What became of each rule, by id: changed ones in the order of ``after``, then those that are gone.

    A rule is changed when its meaning (digest), its text or its sentence differs.
    """
    old = {view.id: view for view in rule_views(before)}
    new = {view.id: view for view in rule_views(after)}
    changes: list[RuleChange] = []
    for id_, view in new.items():
        stood = old.get(id_)
        if stood is None:
            changes.append(RuleChange("added", view))
        elif (stood.digest, stood.cedar_plus, stood.stage) != (view.digest, view.cedar_plus, view.stage):
            changes.append(RuleChange("changed", view, stood))
    changes.extend(RuleChange("removed", view) for id_, view in old.items() if id_ not in new)
    return tuple(changes)


def _view(rule: Rule, schema: Schema | None, line: int) -> RuleView:
    return RuleView(
        id=rule.id,
        digest=rule.digest,
        kind=rule.kind,
        stage=rule.stage,
        cedar_plus=rule.text,
        paraphrase=_paraphrase(rule, schema),
        english=rule.english,
        line=line,
    )


_TEXTS: dict[tuple[str, str], str] = {}
_MOST = 20_000


def _paraphrase(rule: Rule, schema: Schema | None) -> str:
    """Cached by meaning and schema text: a draft is checked at every pause in typing."""
    key = (rule.digest, schema.text if schema else "")
    found = _TEXTS.get(key)
    if found is None:
        found = paraphrase(rule.statement, schema)
        if len(_TEXTS) >= _MOST:
            _TEXTS.clear()
        _TEXTS[key] = found
    return found
