"""What the Sign screen says: proposals as rows, one in full with its quorum as seats and its timelock. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from textual.content import Content

from workbench.service.views import Blocker, KeyView, ProposalView, Seat, SignerView, VersionView
from workbench.tui.hints import hinted
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import label, named, stack, text
from workbench.tui.view.review import CLASSES, changes, digest_parts
from workbench.tui.view.spans import name_of, span_text
from workbench.tui.view.table import Cell, Column, Row

FILLED, EMPTY = "●", "○"
STATES = {
    "proposed": ("◌", "hold", "waits for signatures"),
    "approved": ("◷", "hold", "quorum met, timelock runs"),
    "active": ("✓", "allow", "in force"),
    "superseded": ("·", "muted", "superseded"),
    "rejected": ("✗", "deny", "rejected"),
    "vetoed": ("✗", "deny", "vetoed"),
    "stale": ("▲", "warning", "another was activated first"),
    "expired": ("▲", "warning", "its time ran out"),
}
KINDS = {
    "revert": "a revert: it restores what stood before, without a timelock",
    "recovery": "a recovery: it changes the roster only, after 14 days",
    "reproposal": "it was vetoed before, and now needs the sensitive quorum",
}
VETO_MEANS = "It has its quorum: a rejection now is a veto, and ends it."
REVERT_SECONDS = 72 * 3_600  # after its activation, what is in force may be reverted
OPEN = ("proposed", "approved")
CONFIRM_LENGTH = 6  # last characters of the digest that a signer types

COLUMNS = (
    Column("", 12),
    Column("version", 8),
    Column("seats", 6),
    Column("summary"),
    Column("class", 10, drop_below=60),
)


def state(proposal: ProposalView) -> tuple[str, str, str]:
    """Glyph, role and words of a proposal's state."""
    return STATES.get(proposal.state, ("?", "plain", one_line(proposal.state)))


def texts_of(proposal: ProposalView) -> tuple[str, str]:
    """Titles of the two texts that a proposal compares: the version it amends, and its own with how that stands."""
    stands = "in force" if proposal.state == "active" else one_line(proposal.state)
    return proposal.review.before_version, f"{proposal.version.version}, {stands}"


def rows(proposals: Sequence[ProposalView]) -> list[Row]:
    """Proposals as rows, as they come."""
    return [Row(proposal.version.digest, _cells(proposal)) for proposal in proposals]


def ordered(proposals: Sequence[ProposalView]) -> list[ProposalView]:
    """Overdue ones first, then open ones, then the newest."""
    newest = sorted(proposals, key=lambda p: p.version.created_at, reverse=True)
    return sorted(newest, key=lambda p: (not p.overdue, p.state not in OPEN))


def detail(
    proposal: ProposalView,
    now: datetime,
    in_force: str,
    *,
    roomy: bool = False,
    behind: str = "",
    dossier: str = "",
    frozen_since: datetime | None = None,
) -> Content:
    """A proposal in full. ``now`` is the service's time; ``in_force`` the version that is; ``roomy`` spaces it out.

    ``behind``: the number of the proposal that holds the head before it; ``dossier``: where its dossier was written;
    ``frozen_since``: when a jump of the clock stopped the timelocks.
    """
    version = proposal.version
    clock = timelock(proposal, now, frozen_since=frozen_since, waits=bool(behind or proposal.after))
    runs = proposal.state == "approved"  # then how long is what one looks for
    return stack(
        _head(proposal),
        text(version.summary),
        _standing(proposal, behind),
        clock if runs else None,
        Content.assemble(("dossier  ", "$muted"), text(dossier, "$accent")) if dossier else None,
        stack(label("DIGEST  sha256"), digest_parts(version.digest.removeprefix("sha256:"))),
        stack(
            label("AMENDMENT"),
            Content.assemble(
                (f"{one_line(version.amendment_class)}", CLASSES.get(version.amendment_class, "$ink bold")),
                (" by ", "$muted"),
                named(version.proposed_by, "$ink"),
                (f"  {stamp(version.created_at)}", "$muted"),
            ),
            text(proposal.procedure, "$muted"),
        ),
        stack(label(_quorum_title(proposal)), *(seat_line(seat) for seat in proposal.seats)),
        None if runs else clock,
        stack(label("VOTES"), *map(vote_line, version.signers)) if version.signers else None,
        stack(label("WHAT CHANGES"), changes(proposal.review)),
        stack(label("WARNINGS"), *(warning_line(warning) for warning in proposal.review.warnings))
        if proposal.review.warnings
        else None,
        _next(proposal, in_force),
        gap=1 if roomy else 0,
    )


def holder(proposals: Sequence[ProposalView]) -> ProposalView | None:
    """The proposal that holds the head: of those with a quorum on what is in force, the one that had it first."""
    able = [each for each in proposals if each.state == "approved" and not each.after and each.quorum_at is not None]
    return min(able, key=lambda each: (str(each.quorum_at), each.version.digest), default=None)


def verb(proposal: ProposalView, verdict: str) -> str:
    """What a vote does: a rejection after the quorum is a veto, unless it was vetoed before."""
    if verdict == "approve":
        return "Approve"
    return "Veto" if proposal.state == "approved" and proposal.kind != "reproposal" else "Reject"


def may_revert(version: VersionView, now: datetime) -> bool:
    """Whether the version in force may be reverted by its time and place; the service looks at what changed, too."""
    since = version.effective_at
    return version.parent_version is not None and since is not None and (now - since).total_seconds() <= REVERT_SECONDS


def warning_line(warning: Blocker) -> Content:
    """What a signer should know, and what to do about it."""
    return Content.assemble(
        ("▲ ", "$sev-warning bold"),
        text(warning.message, "$sev-warning"),
        (f"  {one_line(warning.help)}" if warning.help else "", "$muted"),
    )


def seat_line(seat: Seat) -> Content:
    """A seat: filled by whom, or who may fill it."""
    if seat.filled_by:
        return Content.assemble(
            (f"{FILLED} ", "$ok bold"),
            text(seat.requirement, "$ink bold"),
            ("  filled by ", "$muted"),
            text(name_of(seat.filled_by), "$ok"),
        )
    people = ", ".join(map(name_of, seat.may_fill))
    return Content.assemble(
        (f"{EMPTY} ", "$hold bold"),
        text(seat.requirement, "$ink bold"),
        ("  open to ", "$muted") if people else ("  nobody in the roster can fill it", "$deny"),
        text(people),
    )


def timelock(
    proposal: ProposalView, now: datetime, *, frozen_since: datetime | None = None, waits: bool = False
) -> Content | None:
    """The countdown, when it began, or when the version came into force. ``frozen_since``: a jump of the clock holds
    it; ``waits``: it does not come into force by itself when the time is over.
    """
    version = proposal.version
    wait = span(timedelta(seconds=proposal.timelock_seconds))
    if proposal.state == "approved" and proposal.effective_at is not None:
        left = proposal.effective_at - now
        total = max(proposal.timelock_seconds, 1)
        if left > timedelta():
            done = min(max(1 - left.total_seconds() / total, 0.0), 1.0)
            stands = f"  stands still since {frozen_since:%H:%M:%S} UTC: the clock jumped" if frozen_since else ""
            return stack(
                label("TIMELOCK"),
                Content.assemble(
                    *bar(done, 24, "$hold"),
                    (f"  {clock(left)}", "$hold bold"),
                    (f"  of {wait}", "$muted"),
                    (stands, "$hold"),
                ),
            )
        over = (
            ("over", "$muted") if waits or proposal.overdue else ("over: it comes into force with the next tick", "$ok")
        )
        return stack(label("TIMELOCK"), text(*over))
    if proposal.state == "active" and (version.effective_at or proposal.effective_at):
        when = version.effective_at or proposal.effective_at
        assert when is not None
        return stack(label("TIMELOCK"), Content.assemble(("✓ in force since ", "$ok bold"), (stamp(when), "$ink")))
    if proposal.state == "proposed":
        begins = f"{wait} after the last seat is filled"
        if not proposal.timelock_seconds:
            begins = "none: it comes into force once the last seat is filled"
        return stack(
            label("TIMELOCK"),
            Content.assemble(
                (begins, "$ink"),
                ("  expires in ", "$muted"),
                (span_text((proposal.expires_at - now).total_seconds()), "$ink"),
            ),
        )
    return None


def held_by_agent(key: KeyView) -> bool:
    """Whether ssh-agent holds the key, so that there is no file of it here."""
    return not key.path


def needs_passphrase(key: KeyView) -> bool:
    """Whether something is to be typed for it."""
    return bool(key.path) and key.encrypted


def key_name(key: KeyView) -> str:
    """A signing key in a list: whose, as what, and which file, or that ssh-agent holds it."""
    agent = f"ssh-agent {one_line(key.fingerprint)[:15]}…"
    file = agent if held_by_agent(key) else one_line(key.path).rsplit("/", 1)[-1]
    demo = "  DEMO" if key.demo else ""
    who = f"{name_of(key.principal)} · {one_line(key.role)}" if key.principal else "not in the roster"
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


def bar(done: float, width: int, style: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """A progress bar of ``width`` cells, in two parts: what is done in its colour, and the rest of the way."""
    full = round(done * width)
    return ("━" * full, style), ("╌" * (width - full), "$muted")


def _cells(proposal: ProposalView) -> tuple[Cell, ...]:
    glyph, role, _ = state(proposal)
    if proposal.overdue:
        glyph, role = "▲", "deny"
    filled = sum(bool(seat.filled_by) for seat in proposal.seats)
    seats = FILLED * filled + EMPTY * (len(proposal.seats) - filled)
    return (
        Cell(f"{glyph} {'overdue' if proposal.overdue else proposal.state}", role),
        Cell(one_line(proposal.version.version), "strong"),
        Cell(
            seats if len(seats) <= 6 else f"{filled}/{len(seats)}", "allow" if filled == len(proposal.seats) else "hold"
        ),
        Cell(one_line(proposal.version.summary)),
        Cell(one_line(proposal.version.amendment_class), "muted"),
    )


def vote_line(signer: SignerView) -> Content:
    """A vote: whose, as what, when, by which key in which form; whether it counts, and what was said."""
    approve = signer.verdict == "approve"
    form = "SSHSIG" if signer.form == "sshsig" else "DSSE"
    return Content.assemble(
        ("✓ approve " if approve else "✗ reject ", "$ok" if approve else "$deny bold"),
        text(name_of(signer.principal), "$ink bold"),
        (f" as {one_line(signer.role)}  {stamp(signer.signed_at)}", "$muted"),
        ("" if signer.counted else f"  not counted: {one_line(signer.why_not)}", "$hold"),
        (f"  “{one_line(signer.comment)}”" if signer.comment else "", "$ink"),
        (f"\n  {form} by {one_line(signer.fingerprint)}", "$muted"),
    )


def _head(proposal: ProposalView) -> Content:
    glyph, role, words = state(proposal)
    kind = KINDS.get(proposal.kind, "")
    return Content.assemble(
        text(proposal.version.version, "$ink bold"),
        "  ",
        (f"{glyph} {proposal.state}", f"${_variable(role)} bold"),
        (f"  {words}" if words != proposal.state else "", "$muted"),
        (f"\n↺ {kind}" if kind else "", "$accent"),
    )


def _standing(proposal: ProposalView, behind: str) -> Content | None:
    """That it is overdue, what it waits for, what it follows, or why it ended."""
    if proposal.overdue:
        why = one_line(proposal.reason) or "nothing says why"
        return Content.assemble(("▲ OVERDUE ", "$deny bold"), (f"it should be in force by now: {why}", "$deny"))
    if behind:
        said = f"waits behind {one_line(behind)}, which reached its quorum first and holds the head"
        return Content.styled(f"◷ {said}", "$hold")
    if proposal.after:
        return Content.styled(f"◷ follows the proposal {one_line(proposal.after)}, which is not in force yet", "$hold")
    if proposal.reason:
        return text(one_line(proposal.reason), "$hold" if proposal.state in OPEN else "$muted")
    return None


def _quorum_title(proposal: ProposalView) -> str:
    filled = sum(bool(seat.filled_by) for seat in proposal.seats)
    return f"QUORUM  {filled} of {len(proposal.seats)} seats filled"


def _next(proposal: ProposalView, in_force: str) -> Content | None:
    if proposal.state == "proposed":
        lines = hinted("a approves, x rejects, d shows the texts line by line, D writes the dossier", "sign")
        later = (
            ""
            if proposal.kind == "reproposal"
            else hinted("\nonce it has its quorum, x is a veto until it is in force", "sign")
        )
        return Content.assemble((lines, "$accent"), (later, "$muted"))
    if proposal.state == "approved":
        if proposal.kind == "reproposal":
            return text("it was vetoed once and has the sensitive quorum now: it cannot be vetoed again", "$muted")
        veto = hinted("x is a veto until it is in force, by anybody whom it neither removes nor changes", "sign")
        return text(veto, "$accent")
    if proposal.state == "active" and proposal.version.version == in_force:
        return text(hinted("6 shows it at work in Live, R proposes to go back to what stood before", "sign"), "$accent")
    return None


def _variable(role: str) -> str:
    return {"warning": "sev-warning", "plain": "ink"}.get(role, role)
