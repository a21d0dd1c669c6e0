"""What the Overview says, as text: pure functions from the service's values to lines for a width."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.content import Content

from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.view.alerts import ORDER, SIGNS
from workbench.tui.view.charts import bar
from workbench.tui.view.chrome import clickable, short_digest
from workbench.tui.view.events import Column, cells, needs_of
from workbench.tui.view.events import columns as event_columns
from workbench.tui.view.plain import one_line
from workbench.tui.view.severity import mark
from workbench.tui.view.spans import name_of, span_text
from workbench.tui.view.upcoming import Waits, left

if TYPE_CHECKING:
    from workbench.service.group_views import Storm
    from workbench.service.views import EventRow, SignerView, Status

UNSIGNED = "UNSIGNED"  # the badge where nobody signs
KINDS = ("permit", "forbid", "prefer", "procedure")
_KIND_STYLE = {"permit": "$allow", "forbid": "$deny", "prefer": "$primary", "procedure": "$hold"}


def in_force(status: Status, width: int, height: int = 5, norms: Content | None = None) -> Content:
    """What is in force: version, digest, class, since when, signers, rules by kind (as bars where there is height).

    ``norms``: a line about them, where they have no panel; it is the first to go.
    """
    version = status.version
    head = Content.assemble(
        (f"v{one_line(version.version)}", "$ink bold"), "  ", (short_digest(version.digest), "$muted")
    )
    kind = one_line(version.amendment_class) or "first version"
    gap = width - head.cell_length - cell_len(kind)
    lines = [Content.assemble(head, " " * gap if gap > 1 else "  ", (kind, "$accent"))]
    lines += [Content.styled(_cut(one_line(version.summary) or "no summary", width), "$ink")]
    if version.effective_at is not None:
        since = span_text((status.now - version.effective_at).total_seconds())
        lines.append(_pair("since", f"{version.effective_at:%d %b %H:%M} · {since}", width))
    approved = [] if status.badge == UNSIGNED else [each for each in version.signers if each.verdict == "approve"]
    signers = _signers(approved, width, status.badge)
    if height >= len(lines) + 2 + len(KINDS):
        each = _signer_lines(approved, width, status.badge)
        fits = len(lines) + len(each) + 1 + len(KINDS) <= height
        return Content("\n").join((*lines, *(each if fits else [signers]), Content(""), *_rule_bars(status, width)))
    lines.append(signers)
    lines.append(_rules_line(status, width))
    return Content("\n").join([*lines, *([norms] if norms is not None and height > len(lines) else [])])


def _signers(approved: Sequence[SignerView], width: int, badge: str) -> Content:
    """Who approved, on one line."""
    long = " · ".join(f"✓ {name_of(signer.principal)} ({one_line(signer.role)})" for signer in approved)
    short = " ".join(f"✓ {name_of(signer.principal)}" for signer in approved)
    return _pair("signed", (long if cell_len(long) <= width - 8 else short) or _nobody(badge), width)


def _signer_lines(approved: Sequence[SignerView], width: int, badge: str) -> list[Content]:
    """A line for each who approved: who, as what, and when."""
    said = [f"✓ {name_of(each.principal)} ({one_line(each.role)}) · {each.signed_at:%d %b %H:%M}" for each in approved]
    return [_pair("" if place else "signed", one, width) for place, one in enumerate(said or [_nobody(badge)])]


def _nobody(badge: str) -> str:
    return "▲ by nobody: here nobody signs" if badge == UNSIGNED else "by nobody yet"


def _rules_line(status: Status, width: int) -> Content:
    for label, names in (("rules   ", KINDS), ("rules  ", ("permit", "forbid", "prefer", "proc."))):
        parts = [
            Content.assemble((f"{status.rules.get(kind, 0)}", f"{_KIND_STYLE[kind]} bold"), (f" {name}", "$muted"))
            for kind, name in zip(KINDS, names, strict=True)
        ]
        for space in ("  ", " "):
            line = Content.assemble((label, "$muted"), Content(space).join(parts))
            if line.cell_length <= width:
                return line
    return Content(" ").join(parts).truncate(max(width, 1))


def _rule_bars(status: Status, width: int) -> list[Content]:
    most = max(*(status.rules.get(kind, 0) for kind in KINDS), 1)
    room = max(min(width - 15, 60), 1)
    return [
        Content.assemble(
            (f"{kind:10}", "$muted"),
            (f"{status.rules.get(kind, 0):>3} ", "$ink bold"),
            (bar(status.rules.get(kind, 0) / most, room), _KIND_STYLE[kind]),
        )
        for kind in KINDS
    ]


class Errand(NamedTuple):
    """A line of what waits. ``name``: what it is about, empty where nothing waits; ``key``: what goes there."""

    name: str
    key: str
    line: Content


def waiting(status: Status, width: int, waits: Waits | None = None, storm: Storm | None = None) -> list[Errand]:
    """What waits for a person, the gravest first, each with the key that goes there; after it what does not wait.

    ``waits``: what the status does not know. ``storm``: refusals that come thick, before all else.
    """
    waits = waits or Waits()
    late, signing, cases = status.overdue, status.open_proposals - status.overdue, status.open_cases
    soonest = waits.first("case")
    answer = f"{_plural(cases, 'case')} to answer"
    first = [f"{answer}, the first in {left(soonest, status.now)}"] if soonest is not None else []
    groups = f"{_plural(waits.groups, 'group')} of refusals"
    found = [
        ("storm", storm is not None, _storm(storm)),
        ("sealed", bool(status.sealed), ("✗", "$deny", ("SEALED: everything is denied", "SEALED"), "!")),
        (
            "clock",
            status.frozen_since is not None,
            ("◷", "$hold", ("the clock jumped: timelocks stand still", "the clock jumped"), "!"),
        ),
        ("overdue", late > 0, ("▲", "$deny", f"{_plural(late, 'proposal')} overdue", "5")),
        ("groups", waits.groups > 0, ("▲", "$deny", (f"{groups} not acknowledged", groups), "6")),
        ("notices", bool(waits.failed), ("✗", "$deny", f"{_plural(len(waits.failed), 'notice')} not delivered", "")),
        ("proposals", signing > 0, ("◷", "$hold", f"{_plural(signing, 'proposal')} to sign", "5")),
        ("cases", cases > 0, ("◷", "$hold", (*first, answer), "7")),
        ("overlays", bool(status.overlays), _beside(status)),
        ("draft", status.draft_changed, _draft(status)),
    ]
    lines = [
        Errand(name, errand[3], _errand(*errand, width, loud=name == "storm")) for name, wait, errand in found if wait
    ]
    calm = (
        (not status.open_proposals, "no proposal waits"),
        (not cases, "no case waits"),
        (not status.draft_changed, "draft is what is in force"),
    )
    return lines + [Errand("", "", _errand("✓", "$ok", said, "", width)) for so, said in calm if so]


def more(errands: Sequence[Errand], height: int) -> str:
    """What has no room in ``height`` lines, and how to see it; for a border."""
    hidden = sum(bool(errand.name) for errand in errands[height:])
    return f"{hidden} more: tab, then ↓" if hidden else ""


def _storm(storm: Storm | None) -> tuple[str, str, Sequence[str], str]:
    """How thick they come, in fewer and fewer words."""
    if storm is None:
        return "▲", "$deny", ("storm",), "6"
    rate, groups = f"storm: {storm.rate:,}", _plural(storm.groups, "group")
    return "▲", "$deny", (
        f"{rate} refusals/min in {groups}", f"{rate} refusals/min", f"{rate}/min", f"storm {storm.rate}", "storm"
    ), "6"  # fmt: skip


def _draft(status: Status) -> tuple[str, str, Sequence[str], str]:
    """That the draft differs, and from what: one on an older version could undo what came since."""
    behind = status.draft_behind
    if behind is None:
        return "✎", "$accent", (f"draft differs from v{one_line(status.version.version)}", "draft differs"), "4"
    what = "has what was taken back" if behind.taken_back else f"is older than v{one_line(behind.in_force)}"
    return "▲", "$hold", (f"draft of v{one_line(behind.base)} {what}", f"draft {what}", "draft is old"), "4"


def _beside(status: Status) -> tuple[str, str, str, str]:
    """The overlays in force: the gravest kind's sign, how many of each kind, and the key that lists them."""
    kinds = [overlay.kind for overlay in status.overlays]
    counts = [_plural(kinds.count(kind), kind) for kind in ORDER if kind in kinds]
    glyph, _, colour = SIGNS[min(kinds, key=ORDER.index, default="norm")]
    return glyph, colour, ", ".join(counts), "L"


def _plural(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


class Checked(NamedTuple):
    """When all of it was verified last, whether it held, and whether it begins with the first version that is known."""

    at: datetime
    ok: bool
    anchored: bool


def verified(status: Status, width: int, height: int = 3, checked: Checked | None = None) -> Content:
    """State of the chain and the ledger: word, glyph and what was checked, in whole facts. ``checked``: in full.

    A chain that nobody has compared with a known first version could be another one: that is said before all else.
    """
    floating = "NOT anchored" in status.chain_message and not (checked is not None and checked.anchored)
    lines = []
    for name, good, message in (
        ("chain", status.chain_ok, status.chain_message),
        ("ledger", status.ledger_ok, status.ledger_message),
    ):
        glyph, word, style = ("✓", "ok", "$ok bold") if good else ("✗", "BROKEN", "$deny bold")
        if good and floating and name == "chain":
            glyph, word, style = "▲", "NOT anchored", "$hold bold"
            message = message.removesuffix(": consistent, NOT anchored")
        room = max(width - 10 - len(word) - 1, 0)
        text = whole(one_line(message), room) if good else _cut(one_line(message), room)
        lines.append(Content.assemble((glyph, style), f" {name:7}", (word, style), " ", (text, "$muted")))
    if height > len(lines):
        lines.append(_in_full(checked))
    if height > len(lines):
        lines.append(
            Content.assemble(
                ("· tests  ", "$muted"), (f"{status.tests:,}", "$ink"), (" in the version in force", "$muted")
            )
        )
    return Content("\n").join(lines)


def whole(said: str, width: int) -> str:
    """As many of the facts that ``said`` lists as have room, the first ones first, none of them cut."""
    while cell_len(said) > width:
        place = max(said.rfind(mark) for mark in (", ", ": ", "; "))
        if place < 0:
            return ""
        said = said[:place]
    return said


def _in_full(checked: Checked | None) -> Content:
    """When every entry was checked last."""
    if checked is None:
        line = Content.assemble(("· in full  not yet · ", "$muted"), ("V", "$accent bold"), (" verifies all", "$muted"))
        return line.stylize(clickable("verify"))
    when, good, _ = checked
    glyph, word, style = ("✓", "ok", "$ok bold") if good else ("✗", "DOES NOT VERIFY", "$deny bold")
    return Content.assemble((glyph, style), " in full ", (word, style), (f" at {clock_text(when)}", "$muted"))


EXPORT = ("number", "at", "outcome", "code", "agent", "action", "resource", "rule", "severity", "version")


def export_row(row: EventRow) -> tuple[object, ...]:
    """A violation as the cells of :data:`EXPORT`."""
    return (
        row.seq, row.at, row.outcome, row.code, row.agent, row.action, row.resource, row.rule, row.severity, row.version
    )  # fmt: skip


def failed_line(said: str) -> Content:
    """What stands where something could not be asked for."""
    return Content.styled(f"✗ {one_line(said)}", "$deny")


def violation_columns(rows: Sequence[EventRow], width: int) -> tuple[Column, ...]:
    """The feed's own columns for ``rows``: what short names leave, the longer ones have."""
    needs = [needs_of(row) for row in rows]
    longest = {name: max(need[name] for need in needs) for name in needs[0]} if needs else None
    return event_columns(width, longest, alike=True)


def violation_line(row: EventRow, columns: tuple[Column, ...]) -> Content:
    """A violation as the Overview lists it, in :func:`violation_columns`."""
    parts = [(" ", "")]
    for kind, text in cells(row, columns):
        parts.append((text, _row_style(kind)))
    return Content.assemble(*parts)


def _row_style(kind: str) -> str:
    if kind.startswith("severity-"):
        return mark(kind.removeprefix("severity-")).colour
    style = {"violation": "$deny bold", "action": "$ink", "deny": "$deny", "hold": "$hold", "allow": "$allow"}
    return f"${kind}" if kind.startswith("agent-") else style.get(kind, "$muted")


def clock_text(now: datetime) -> str:
    """The time of day, with its zone."""
    return f"{now:%H:%M:%S} UTC"


def _pair(name: str, text: str, width: int) -> Content:
    return Content.assemble((f"{name:8}", "$muted"), (_cut(text, max(width - 8, 1)), "$ink"))


def _errand(glyph: str, style: str, said: str | Sequence[str], key: str, width: int, *, loud: bool = False) -> Content:
    """A line that leads somewhere: a digit to its screen, ``!`` and ``L`` to their windows; "" by no key.

    ``said``: the same in fewer and fewer words; the first that has room is taken. ``loud``: all of it in its colour.
    """
    forms = (said,) if isinstance(said, str) else said
    word = _place(key)
    room = max(width - 2 - (len(word) + 4 if key else 0), 1)
    text = _cut(next((form for form in forms if cell_len(form) <= room), forms[-1]), room)
    line = Content.assemble((f"{glyph} ", f"{style} bold"), (text, f"{style} bold" if loud else "$ink"))
    if not key:
        return line
    gap = max(width - line.cell_length - len(word) - 2, 1)
    return Content.assemble(line, " " * gap, Content.assemble((key, "$accent bold"), (f" {word}", "$muted")))


def _place(key: str) -> str:
    """Where a key of an errand leads."""
    return {"!": "sign", "L": "list"}.get(key) or (SCREEN_NAMES[int(key) - 1].capitalize() if key.isdigit() else "")


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[:-1]
    return text + "…"
