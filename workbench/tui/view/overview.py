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
from workbench.tui.view.events import cells
from workbench.tui.view.events import columns as event_columns
from workbench.tui.view.plain import one_line
from workbench.tui.view.severity import mark
from workbench.tui.view.spans import name_of, span_text
from workbench.tui.view.upcoming import Waits, left

if TYPE_CHECKING:
    from workbench.service.views import EventRow, SignerView, Status

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
    lines.append(_signers(version.signers, width))
    if height >= len(lines) + 1 + len(KINDS):
        return Content("\n").join((*lines, Content(""), *_rule_bars(status, width)))
    lines.append(_rules_line(status, width))
    return Content("\n").join([*lines, *([norms] if norms is not None and height > len(lines) else [])])


def _signers(signers: Sequence[SignerView], width: int) -> Content:
    approved = [signer for signer in signers if signer.verdict == "approve"]
    long = " · ".join(f"✓ {name_of(signer.principal)} ({one_line(signer.role)})" for signer in approved)
    short = " ".join(f"✓ {name_of(signer.principal)}" for signer in approved)
    return _pair("signed", (long if cell_len(long) <= width - 8 else short) or "by nobody yet", width)


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


def waiting(status: Status, width: int, height: int = 3, waits: Waits | None = None) -> Content:
    """What waits for a person, the gravest first, each with the key that goes there; what has no room is counted.

    What does not wait is said after it, where there is room. ``waits``: what the status does not know.
    """
    errands = _errands(status, width, waits or Waits())
    open_, done = [line for key, line in errands if key], [line for key, line in errands if not key]
    if len(open_) > height > 1:
        hidden = [key for key, _ in errands if key][height - 1 :]
        open_ = [*open_[: height - 1], _hidden(hidden, width)]
    return Content("\n").join([*open_, *done][: max(height, 1)])


def _hidden(keys: Sequence[str], width: int) -> Content:
    """What has no room: how much, and the keys that go there."""
    said = f"… and {len(keys)} more"
    there = ", ".join(f"{key} {_place(key)}" for key in dict.fromkeys(keys) if key != "?n")
    long = f"{said}: {there}" if there else said
    return Content.styled(long if cell_len(long) <= width else said, "$muted")


def _errands(status: Status, width: int, waits: Waits) -> list[tuple[str, Content]]:
    """Lines, the gravest first, each with the key that goes there; without one where nothing waits."""
    late, signing, cases = status.overdue, status.open_proposals - status.overdue, status.open_cases
    soonest = waits.first("case")
    answer = f"{_plural(cases, 'case')} to answer"
    first = [f"{answer}, the first in {left(soonest, status.now)}"] if soonest is not None else []
    groups = f"{_plural(waits.groups, 'group')} of refusals"
    found = [
        (bool(status.sealed), ("✗", "$deny", ("SEALED: everything is denied", "SEALED"), "!")),
        (
            status.frozen_since is not None,
            ("◷", "$hold", ("the clock jumped: timelocks stand still", "the clock jumped"), "!"),
        ),
        (late > 0, ("▲", "$deny", f"{_plural(late, 'proposal')} overdue", "5")),
        (waits.groups > 0, ("▲", "$deny", (f"{groups} not acknowledged", groups), "6")),
        (bool(waits.failed), ("✗", "$deny", f"{_plural(len(waits.failed), 'notice')} not delivered", "?n")),
        (signing > 0, ("◷", "$hold", f"{_plural(signing, 'proposal')} to sign", "5")),
        (cases > 0, ("◷", "$hold", (*first, answer), "7")),
        (bool(status.overlays), _beside(status)),
        (status.draft_changed, _draft(status)),
    ]
    lines = [(errand[3], _errand(*errand, width)) for wait, errand in found if wait]
    if not status.open_proposals:
        lines.append(("", _errand("✓", "$ok", "no proposal waits", "", width)))
    if not cases:
        lines.append(("", _errand("✓", "$ok", "no case waits", "", width)))
    if not status.draft_changed:
        lines.append(("", _errand("✓", "$ok", "draft is what is in force", "", width)))
    return lines


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


def violation_line(row: EventRow, width: int) -> Content:
    """A violation as the Overview lists it: the feed's own columns."""
    parts = [(" ", "")]
    for kind, text in cells(row, event_columns(width)):
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


def _errand(glyph: str, style: str, said: str | Sequence[str], key: str, width: int) -> Content:
    """A line that leads somewhere: a digit to its screen, ``!`` and ``L`` to their windows; "" nowhere.

    ``said``: the same in fewer and fewer words; the first that has room is taken.
    """
    forms = (said,) if isinstance(said, str) else said
    text = forms[-1]
    if key == "?n":  # no key: why is said on a click, and the command line lists them
        return Content.assemble((f"{glyph} ", f"{style} bold"), (_cut(text, max(width - 2, 1)), "$ink")).stylize(
            clickable("failed_notices")
        )
    where = SCREEN_NAMES[int(key) - 1] if key.isdigit() else ""
    word = _place(key)
    room = max(width - 2 - (len(word) + 4 if key else 0), 1)
    text = _cut(next((form for form in forms if cell_len(form) <= room), text), room)
    line = Content.assemble((f"{glyph} ", f"{style} bold"), (text, "$ink"))
    if not key:
        return line
    gap = max(width - line.cell_length - len(word) - 2, 1)
    there = Content.assemble((key, "$accent bold"), (f" {word}", "$muted"))
    windows = {"!": "app.acknowledge", "L": "app.overlays", "6": "app.groups"}  # what leads to Live is about groups
    action = windows.get(key, f"app.goto('{where}')")
    return Content.assemble(line, " " * gap, there).stylize(clickable(action))


def _place(key: str) -> str:
    """Where a key of an errand leads."""
    return {"!": "sign", "L": "list"}.get(key) or (SCREEN_NAMES[int(key) - 1].capitalize() if key.isdigit() else "")


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[:-1]
    return text + "…"
