"""What Last days shows: what the draft would have changed, by rule and by agent, and examples. Pure.

Names come from agents: they go through ``view.plain`` and never through markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.service.plain_facts import deed_said, fact_said, rule_said, types_of, value_said
from workbench.service.redecided import CHANGES
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import outcome, plural, stack, text
from workbench.tui.view.table import Cell, Column, Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.language.schema import Schema
    from workbench.service.redecided import Example
    from workbench.service.replayed import Replayed
    from workbench.service.replaying import Opened
    from workbench.service.trying import Verdict
    from workbench.service.views import RuleView

GROUP_COLUMNS = (Column("", 10), Column("times", 7), Column("because of, or for whom"))
EXAMPLE_COLUMNS = (Column("when", 12), Column("who wanted what"), Column("then", 8), Column("now", 8))
SPANS = {1: "the last day", 7: "the last 7 days", 30: "the last 30 days", 0: "everything recorded"}
_SHORT = {1: "1 day", 7: "7 days", 30: "30 days", 0: "all"}
_ROLES = {"denied": "deny", "held": "hold", "allowed": "allow"}
_OUTCOMES = {"denied": "deny", "held": "hold", "allowed": "allow"}
_NOBODY = "no rule permits it any more"


def spans(days: int) -> Content:
    """The spans to choose from, the chosen one marked by more than its colour."""
    parts: list[Content | tuple[str, str]] = [("← ", "$muted")]
    for value, name in _SHORT.items():
        parts.append((f"[{name}]" if value == days else f" {name} ", "$primary bold" if value == days else "$muted"))
        parts.append((" ", ""))
    return Content.assemble(*parts, ("→", "$muted"))


def summary(found: Replayed, days: int) -> Content:
    """The counts, and what they leave out."""
    counted = []
    for change in CHANGES:
        word, role = outcome(_OUTCOMES[change])
        counted += [
            (f"{word.split()[0]} newly {change} ", f"${role}"),
            (f"{found.count(change):,}   ", f"${role} bold"),
        ]
    lines = [Content.assemble(*counted, (f"as before {found.same:,}", "$muted"))]
    counted_all = plural(found.looked_at, "recorded decision")
    looked = f"{counted_all} of {SPANS.get(days, 'the span')}, decided again."
    if found.stopped:
        looked = f"Stopped after {found.looked_at:,} of {found.total:,}; the rest is not known."
    lines.append(text(looked, "$sev-warning" if found.stopped else "$muted"))
    for why, count in found.aside.items():
        lines.append(text(f"{count:,} set aside: {one_line(why)}.", "$muted"))
    if found.patched:
        told = f"{found.patched:,} are older than the directory's last change; what they did not keep is as today."
        lines.append(text(told, "$muted"))
    return stack(*lines)


def groups(found: Replayed) -> list[Row]:
    """Rules first, then agents; the most frequent of each first."""
    made = [
        Row(
            f"rule {each.change} {each.rule_id}",
            (_change(each.change), Cell(f"{each.count:,}", "strong"), Cell(one_line(_words(each.rule)))),
        )
        for each in found.by_rule
    ]
    made += [
        Row(
            f"agent {each.change} {each.agent}",
            (_change(each.change), Cell(f"{each.count:,}", "strong"), Cell(f"agent {one_line(each.agent)}", "accent")),
        )
        for each in found.by_agent
    ]
    return made


def _change(change: str) -> Cell:
    word, role = outcome(_OUTCOMES[change])
    return Cell(f"{word.split()[0]} {change}", role)


def _words(rule: RuleView | None) -> str:
    return rule_said(rule.paraphrase) if rule is not None else _NOBODY


def examples_of(found: Replayed, key: str) -> tuple[Example, ...]:
    """The examples that belong to a row of :func:`groups`, newest first."""
    kind, _, rest = key.partition(" ")
    change, _, name = rest.partition(" ")
    every = [
        example
        for each in found.by_rule
        for example in each.examples
        if each.change == change and (each.rule_id == name if kind == "rule" else example.agent == name)
    ]
    return tuple(sorted(every, key=lambda each: -each.key))


def example_rows(examples: Sequence[Example], schema: Schema) -> list[Row]:
    """One row for each example."""
    made = []
    for each in examples:
        was, now = outcome(each.outcome), outcome(_OUTCOMES[each.change])
        when = f"{each.at:%d %b %H:%M}" if each.at is not None else ""
        cells = (
            Cell(when, "muted"),
            Cell(one_line(deed_said(schema, each.agent, each.action, each.resource))),
            Cell(was[0], was[1]),
            Cell(now[0], now[1]),
        )
        made.append(Row(str(each.key), cells))
    return made


def detail(found: Replayed, key: str) -> Content:
    """The whole words of the group under the cursor."""
    kind, _, rest = key.partition(" ")
    change, _, name = rest.partition(" ")
    if kind == "agent":
        return text(f"Decisions of agent {one_line(name)} that would be newly {change}.", "$ink")
    rule = next((e.rule for e in found.by_rule if e.change == change and e.rule_id == name), None)
    return text(one_line(_words(rule)), "$accent")


def opened(event: Opened, schema: Schema) -> Content:
    """One decision in full: who wanted what, both answers, everything that was known."""
    row, request = event.event.row, event.event.request
    types = types_of(request)
    context = request.get("context")
    facts: list[tuple[str, object]] = [(f"context.{name}", value) for name, value in _mapping(context).items()]
    for entity in event.event.entities:
        facts += _of_entity(entity, request)
    read = set(event.draft.reads or {})
    lines = [
        text(deed_said(schema, row.agent, row.action, row.resource), "$ink bold"),
        text(f"decision {row.seq}, {row.at:%d %B %Y %H:%M:%S} UTC", "$muted"),
        Content(""),
        _then(event),
        Content(""),
        _now(event.draft, schema, types),
        Content(""),
        text("What was known", "$muted bold"),
    ]
    for path, value in sorted(facts, key=lambda fact: fact[0] not in read):
        sign = ("▌ ", "$accent bold") if path in read else ("  ", "")
        named = (one_line(fact_said(path, schema, types)), "$accent" if path in read else "$muted")
        lines.append(Content.assemble(sign, named, (": ", "$muted"), (one_line(value_said(value)), "$ink")))
    return stack(*lines)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _of_entity(entity: Mapping[str, object], request: Mapping[str, object]) -> list[tuple[str, object]]:
    uid = _mapping(entity.get("uid"))
    name = f'{uid.get("type")}::"{uid.get("id")}"'
    role = next((role for role in ("principal", "resource") if request.get(role) == name), "")
    return [(f"{role}.{key}", value) for key, value in _mapping(entity.get("attrs")).items()] if role else []


def _then(event: Opened) -> Content:
    word, role = outcome(event.event.row.outcome)
    head = Content.assemble(
        (f"Then, under {one_line(event.event.row.version)}  ", "$muted bold"), (word.upper(), f"${role} bold")
    )
    rules = [text(f"  {one_line(rule_said(rule.paraphrase))}", "$accent") for rule in event.event.rules]
    return stack(head, *(rules or [text("  No rule permitted it.", "$muted")]))


def _now(verdict: Verdict, schema: Schema, types: Mapping[str, str]) -> Content:
    word, role = outcome(verdict.outcome)
    lines = [Content.assemble(("Now, under the draft  ", "$muted bold"), (word.upper(), f"${role} bold"))]
    lines += [text(f"  {one_line(rule_said(rule.paraphrase))}", "$accent") for rule in verdict.rules]
    if verdict.code == "not_permitted":
        lines.append(text("  No rule permits it. Nearest:", "$muted"))
        for near in verdict.near[:3]:
            lines.append(text(f"  {one_line(rule_said(near.rule.paraphrase))}", "$accent"))
            for path, value in near.reads.items():
                lines.append(
                    text(f"    ✗ {one_line(fact_said(path, schema, types))}: {one_line(value_said(value))}", "$deny")
                )
    lines += [text(f"  ✗ {one_line(message)}", "$deny") for _, message in verdict.errors]
    return stack(*lines)


def running(done: int, total: int, what: str) -> str:
    """How far it is, for the foot of the window."""
    share = f"{100 * done // total} %" if total else "…"
    return f"{share} · {one_line(what)} · esc stops"


def nothing(days: int) -> tuple[str, str, str]:
    """Title, why and next key where nothing was recorded in the span."""
    if days:
        return (
            f"Nothing was recorded in {SPANS[days]}",
            "What agents ask for is recorded as it is decided; the draft is decided over that.",
            "→ looks further back · esc back",
        )
    return "Nothing was recorded yet", "What agents ask for is recorded as it is decided.", "6 opens Live · esc back"


def unchanged(days: int) -> tuple[str, str]:
    """What is said where nothing would have changed."""
    return (
        "The draft would have changed nothing",
        f"Everything of {SPANS[days]} comes out as it did.",
    )
