"""What the Sign screen says: proposals as rows, one in full with its quorum as seats and its timelock. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from textual.content import Content

from workbench.service.views import KeyView, ProposalView, Seat, Verification
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import label, stack, text
from workbench.tui.view.review import CLASSES, changes, digest_parts
from workbench.tui.view.table import Cell, Column, Row

FILLED, EMPTY = "●", "○"
STATES = {
    "proposed": ("◌", "hold", "waits for signatures"),
    "approved": ("◷", "hold", "quorum met, timelock runs"),
    "active": ("✓", "allow", "in force"),
    "superseded": ("·", "muted", "superseded"),
    "rejected": ("✗", "deny", "rejected"),
    "vetoed": ("✗", "deny", "vetoed"),
    "stale": ("▲", "warning", "stale: another was activated first"),
    "expired": ("▲", "warning", "expired"),
}
OPEN = ("proposed", "approved")
CONFIRM_LENGTH = 6  # last characters of the digest that a signer types

COLUMNS = (
    Column("", 12),
    Column("version", 8),
    Column("seats", 6),
    Column("summary"),
    Column("class", 9, drop_below=60),
)


def state(proposal: ProposalView) -> tuple[str, str, str]:
    """Glyph, role and words of a proposal's state."""
    return STATES.get(proposal.state, ("?", "plain", one_line(proposal.state)))


def rows(proposals: Sequence[ProposalView]) -> list[Row]:
    """Proposals as rows, as they come."""
    return [Row(proposal.version.digest, _cells(proposal)) for proposal in proposals]


def ordered(proposals: Sequence[ProposalView]) -> list[ProposalView]:
    """Open ones first, then the newest."""
    newest = sorted(proposals, key=lambda p: p.version.created_at, reverse=True)
    return sorted(newest, key=lambda p: p.state not in OPEN)


def detail(proposal: ProposalView, now: datetime, in_force: str, *, roomy: bool = False) -> Content:
    """A proposal in full. ``now`` is the service's time; ``in_force`` the version that is; ``roomy`` spaces it out."""
    version = proposal.version
    glyph, role, words = state(proposal)
    return stack(
        Content.assemble(
            text(version.version, "$ink bold"),
            "  ",
            (f"{glyph} {proposal.state}", f"${_variable(role)} bold"),
            (f"  {words}", "$muted") if words != proposal.state else "",
        ),
        text(version.summary),
        stack(label("DIGEST  sha256"), digest_parts(version.digest.removeprefix("sha256:"))),
        stack(
            label("AMENDMENT"),
            Content.assemble(
                (f"{one_line(version.amendment_class)}", CLASSES.get(version.amendment_class, "$ink bold")),
                (" by ", "$muted"),
                text(version.proposed_by),
                (f"  {stamp(version.created_at)}", "$muted"),
            ),
            text(proposal.procedure, "$muted"),
        ),
        stack(label("QUORUM"), *(seat_line(seat) for seat in proposal.seats)),
        timelock(proposal, now),
        stack(label("VOTES"), *_votes(proposal)) if version.signers else None,
        stack(label("WHAT CHANGES"), changes(proposal.review)),
        _next(proposal, in_force),
        gap=1 if roomy else 0,
    )


def seat_line(seat: Seat) -> Content:
    """A seat: filled by whom, or who may fill it."""
    if seat.filled_by:
        return Content.assemble(
            (f"{FILLED} ", "$ok bold"),
            text(seat.requirement, "$ink bold"),
            ("  filled by ", "$muted"),
            text(seat.filled_by, "$ok"),
        )
    people = ", ".join(seat.may_fill)
    return Content.assemble(
        (f"{EMPTY} ", "$hold bold"),
        text(seat.requirement, "$ink bold"),
        ("  open to ", "$muted") if people else ("  nobody in the roster can fill it", "$deny"),
        text(people),
    )


def timelock(proposal: ProposalView, now: datetime) -> Content | None:
    """The countdown, when it began, or when the version came into force."""
    version = proposal.version
    wait = span(timedelta(seconds=proposal.timelock_seconds)) if proposal.timelock_seconds else "no time"
    if proposal.state == "approved" and proposal.effective_at is not None:
        left = proposal.effective_at - now
        total = max(proposal.timelock_seconds, 1)
        if left > timedelta():
            done = min(max(1 - left.total_seconds() / total, 0.0), 1.0)
            return stack(
                label("TIMELOCK"),
                Content.assemble(
                    (bar(done, 24), "$hold"), (f"  {clock(left)}", "$hold bold"), (f"  of {wait}", "$muted")
                ),
            )
        return stack(label("TIMELOCK"), text("over: it comes into force with the next tick", "$ok"))
    if proposal.state == "active" and (version.effective_at or proposal.effective_at):
        when = version.effective_at or proposal.effective_at
        assert when is not None
        return stack(label("TIMELOCK"), Content.assemble(("✓ in force since ", "$ok bold"), (stamp(when), "$ink")))
    if proposal.state == "proposed":
        return stack(
            label("TIMELOCK"),
            Content.assemble(
                (f"{wait} after the last seat is filled", "$ink"),
                ("  expires in ", "$muted"),
                (span(proposal.expires_at - now), "$ink"),
            ),
        )
    return None


def verified(result: Verification) -> Content:
    """The lines of a verification, the verdict first."""
    verdict = (
        Content.styled("✓ verified, anchored in the genesis pin", "$ok bold")
        if result.ok and result.anchored
        else Content.styled("▲ consistent, NOT anchored", "$hold bold")
        if result.ok
        else Content.styled("✗ does not verify", "$deny bold")
    )
    return stack(
        verdict,
        text(result.message),
        *(
            Content.assemble(
                ("✓ " if line.ok else "✗ ", "$ok" if line.ok else "$deny bold"),
                text(f"{line.subject}  ", "$ink bold"),
                text(line.message),
            )
            for line in result.lines
        ),
        Content.styled("esc goes back to the proposal", "$muted"),
    )


def key_name(key: KeyView) -> str:
    """A signing key in a list: whose, as what, and which file."""
    file = one_line(key.path).rsplit("/", 1)[-1]
    demo = "  DEMO" if key.demo else ""
    who = f"{one_line(key.principal)} · {one_line(key.role)}" if key.principal else "not in the roster"
    return f"{who} · {file}{demo}"


def confirms(typed: str, digest: str) -> bool:
    """Whether what was typed are the last characters of the digest."""
    return len(digest) >= CONFIRM_LENGTH and typed.strip().lower() == digest[-CONFIRM_LENGTH:].lower()


def clock(left: timedelta) -> str:
    """A countdown: ``0:07``, ``1:02:30``, ``2 days 03:00:00``; the second that runs counts as whole."""
    seconds = max(0, -(-int(left.total_seconds() * 1000) // 1000))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days} day{'s' * (days != 1)} {hours:02}:{minutes:02}:{seconds:02}"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def span(length: timedelta) -> str:
    """A length of time in its largest unit: ``10 seconds``, ``30 days``."""
    seconds = max(0, round(length.total_seconds()))
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds // size} {name}{'s' * (seconds // size != 1)}"
    return f"{seconds} second{'s' * (seconds != 1)}"


def stamp(when: datetime) -> str:
    """A moment, in UTC."""
    return when.strftime("%Y-%m-%d %H:%M:%S UTC")


def bar(done: float, width: int) -> str:
    """A progress bar of ``width`` cells."""
    full = round(done * width)
    return "█" * full + "░" * (width - full)


def _cells(proposal: ProposalView) -> tuple[Cell, ...]:
    glyph, role, _ = state(proposal)
    filled = sum(bool(seat.filled_by) for seat in proposal.seats)
    seats = FILLED * filled + EMPTY * (len(proposal.seats) - filled)
    return (
        Cell(f"{glyph} {proposal.state}", role),
        Cell(one_line(proposal.version.version), "strong"),
        Cell(
            seats if len(seats) <= 6 else f"{filled}/{len(seats)}", "allow" if filled == len(proposal.seats) else "hold"
        ),
        Cell(one_line(proposal.version.summary)),
        Cell(one_line(proposal.version.amendment_class), "muted"),
    )


def _votes(proposal: ProposalView) -> list[Content]:
    lines = []
    for signer in proposal.version.signers:
        approve = signer.verdict == "approve"
        lines.append(
            Content.assemble(
                ("✓ approve " if approve else "✗ reject ", "$ok" if approve else "$deny bold"),
                text(signer.principal, "$ink bold"),
                (f" as {one_line(signer.role)}  {stamp(signer.signed_at)}", "$muted"),
                ("" if signer.counted else f"  not counted: {one_line(signer.why_not)}", "$hold"),
                (f"  “{one_line(signer.comment)}”" if signer.comment else "", "$ink"),
            )
        )
    return lines


def _next(proposal: ProposalView, in_force: str) -> Content | None:
    if proposal.state == "proposed":
        return text("a approves, x rejects, d shows the texts line by line", "$accent")
    if proposal.state == "approved":
        return text("x still rejects it until it is in force", "$accent")
    if proposal.state == "active" and proposal.version.version == in_force:
        return text("6 shows it at work in Live", "$accent")
    return None


def _variable(role: str) -> str:
    return {"warning": "sev-warning", "plain": "ink"}.get(role, role)
