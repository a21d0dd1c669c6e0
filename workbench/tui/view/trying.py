"""What Try shows: the fields of a request as rows, and both verdicts in words. Pure.

Values come from agents: they go through ``view.plain`` and never through markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.service.plain_facts import fact_said, rule_said, types_of, value_said
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import outcome, stack, text
from workbench.tui.view.table import Cell, Column, Row

if TYPE_CHECKING:
    from workbench.language.schema import Schema
    from workbench.service.trial_form import Field
    from workbench.service.trying import Tried, Verdict
    from workbench.service.views import EventRow, RuleView

COLUMNS = (Column("", 9), Column("", 19), Column("", 0))
EVENT_COLUMNS = (
    Column("when", 12), Column("who", 14), Column("wanted", 20), Column("on"), Column("came out", 9, drop_below=60),
)  # fmt: skip
_WHY = {
    "allowed": "A rule permits it, and nothing forbids or holds it.",
    "forbidden": "A rule forbids it.",
    "not_permitted": "No rule permits it, and what nothing permits is denied.",
    "evaluation_error": "A rule could not be evaluated, so it is denied.",
    "invalid_request": "Something is missing, or does not fit; no rule was asked.",
    "invalid_entity": "Something is missing, or does not fit; no rule was asked.",
    "held": "A rule permits it, but people must approve first.",
}
_BECOMES = {"permit": "permits it", "forbid": "forbids it", "procedure": "asks people", "prefer": "prefers it"}
_MOST_NEAR = 3


def rows(fields: Sequence[Field]) -> list[Row]:
    """One row for each field; the group stands at its first."""
    made, before = [], ""
    for field in fields:
        group = "" if field.group == before else _short(field)
        value = shown(field)
        cells = (
            Cell(group, "accent"),
            Cell(one_line(field.label), "muted"),
            Cell(
                one_line(value) if value else "nothing" if field.given else "not given", "strong" if value else "muted"
            ),
        )
        made.append(Row(field.key, cells))
        before = field.group
    return made


def _short(field: Field) -> str:
    root = field.key.partition(".")[0]
    if "." not in field.key:
        return "who what"
    return {"context": "request"}.get(root) or field.group.removeprefix("The ").partition(" ")[0][:9]


def shown(field: Field) -> str:
    """A field's value as people read it: a choice by its words."""
    return next((c.label for c in field.choices if c.value == field.text), field.text)


def hint(field: Field) -> str:
    """What there is to do with the field under the cursor."""
    choices = [one_line(choice.label) for choice in field.choices]
    many = f"{' · '.join(choices[:6])}{' …' if len(choices) > 6 else ''}"
    if field.closed:
        return f"enter chooses · ← → {many}"
    if choices:
        return f"← → {many} · enter types {'an id' if field.kind == 'entity' else field.looks}"
    source = f" · {field.source}" if field.source else ""
    return f"enter types {field.looks}{source}{'' if field.required else ' · may be left out'}"


def stepped(field: Field, step: int) -> str | None:
    """The text of the choice before or after a field's own; ``None`` where it has no choices."""
    texts = [choice.value for choice in field.choices]
    if not texts:
        return None
    if not field.required and field.kind != "set" and "." in field.key:
        texts.append("")
    if field.text not in texts:
        return texts[0 if step > 0 else -1]
    return texts[(texts.index(field.text) + step) % len(texts)]


def prompt(field: Field) -> str:
    """Before the line that a value is typed into."""
    return f"{one_line(field.label)}, {one_line(field.looks)}"


def verdicts(tried: Tried, schema: Schema) -> Content:
    """Both answers: the draft's first, what is in force beside it; the difference above them."""
    parts = []
    if tried.differs:
        was, now = outcome(tried.force.outcome), outcome(tried.draft.outcome)
        parts.append(
            Content.assemble(
                ("▲ The draft changes this: ", "$accent bold"), (was[0], f"${was[1]} bold"), (" becomes ", "$muted"),
                (now[0], f"${now[1]} bold"),
            )
        )  # fmt: skip
    parts.append(_verdict("The draft says", tried.draft, tried, schema))
    if tried.draft.outcome == tried.force.outcome and _same(tried.draft, tried.force):
        parts.append(text(f"What is in force, {one_line(tried.force.name)}, says the same.", "$muted"))
    else:
        parts.append(_verdict(f"In force, {one_line(tried.force.name)} says", tried.force, tried, schema))
    return stack(*parts, gap=1)


def _same(one: Verdict, other: Verdict) -> bool:
    return (one.code, [r.digest for r in one.rules], one.trouble) == (
        other.code, [r.digest for r in other.rules], other.trouble,
    )  # fmt: skip


def _verdict(heading: str, verdict: Verdict, tried: Tried, schema: Schema) -> Content:
    if verdict.trouble:
        said = text(f"✗ it cannot be asked: {verdict.trouble}", "$deny")
        return stack(text(heading, "$muted bold"), said, text("Mend it on Author, then try again.", "$muted"))
    word, role = outcome(verdict.outcome)
    lines = [
        Content.assemble((f"{heading}  ", "$muted bold"), (word.upper(), f"${role} bold")),
        text(_WHY.get(verdict.code, verdict.code), "$ink"),
    ]
    types = types_of(tried.trial.request())
    for rule in verdict.rules:
        lines += _rule(rule)
    for path, value in (verdict.reads or {}).items():
        missing = path in verdict.missing
        told = value_said(value, missing=missing)
        lines.append(
            Content.assemble(
                ("    ", ""), (one_line(fact_said(path, schema, types)), "$muted"), (": ", "$muted"),
                (one_line(told), "$deny bold" if missing else "$ink bold"),
            )
        )  # fmt: skip
    for near in verdict.near[:_MOST_NEAR]:
        lines.append(text("It would take", "$muted"))
        lines += _rule(near.rule)
        for path, value in near.reads.items():
            told = f"    ✗ {fact_said(path, schema, types)}: {value_said(value)}"
            lines.append(text(one_line(told), "$deny"))
    for _, message in verdict.errors:
        lines.append(text(f"  ✗ {one_line(message.replace('`', '“', 1).replace('`', '”', 1))}", "$deny"))
    return stack(*lines)


def _rule(rule: RuleView) -> list[Content]:
    observed = " (only watched)" if rule.stage == "observe" else ""
    lead = (f"  {_BECOMES[rule.kind]}{observed}  ", "$muted")
    said = [Content.assemble(lead, (one_line(rule_said(rule.paraphrase)), "$accent"))]
    if rule.english and rule.english != rule.paraphrase:
        said.append(text(f"    written as “{one_line(rule.english)}”", "$muted"))
    return said


def event_rows(events: Sequence[EventRow], schema: Schema | None) -> list[Row]:
    """Recorded decisions to choose from, with the time at which each was written down, as the feed has it: the other is
    what the caller claims."""
    from workbench.service.plain_facts import action_said

    made = []
    for row in events:
        word, role = outcome(row.outcome)
        action = action_said(schema, row.action) if schema is not None else row.action
        cells = (
            Cell(f"{row.recorded_at or row.at:%d %b %H:%M}", "muted"),
            Cell(one_line(row.agent), "strong"),
            Cell(one_line(action)),
            Cell(one_line(row.resource)),
            Cell(word, role),
        )
        made.append(Row(str(row.seq), cells))
    return made


def choice_rows(field: Field) -> list[Row]:
    """The choices of a field, to be picked from."""
    return [Row(choice.value, (Cell(one_line(choice.label)),)) for choice in field.choices]
