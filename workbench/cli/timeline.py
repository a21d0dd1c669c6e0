"""``history --all`` and ``history --entry``: the timeline on the command line. What the ledger holds besides decisions.

Imports the faces' own modules only; the workspace arrives open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.failures import MisusedError
from workbench.cli.output import fitted, json_text, one_line, utc
from workbench.cli.session import Session
from workbench.cli.times import past_span

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

AllOption = Annotated[
    bool, typer.Option("--all", help="Everything but decisions, newest first: votes, cases, overlays, keys, …")
]
KindOption = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="With --all: only these kinds (repeatable).", show_default=False),
]
FindOption = Annotated[
    str, typer.Option("--find", metavar="WORDS", help="With --all: only where every word occurs.", show_default=False)
]
BeforeOption = Annotated[
    int | None,
    typer.Option("--before", metavar="ENTRY", min=1, help="With --all: older than this entry.", show_default=False),
]
UntilOption = Annotated[
    str,
    typer.Option(
        "--until",
        metavar="TIME",
        help="With --all: what had happened by then: 3 March, 2026-03-03 14:30, yesterday, 2 h ago; UTC.",
        show_default=False,
    ),
]
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="With --all: at most so many.")]
EntryOption = Annotated[
    int | None,
    typer.Option("--entry", metavar="ENTRY", min=1, help="One entry of the ledger in full.", show_default=False),
]

_WIDTH = 100  # columns of a sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of ``history`` that are about the timeline."""

    everything: bool
    entry: int | None
    kinds: Sequence[str]
    words: str
    before: int | None
    limit: int
    until: str = ""

    @property
    def wanted(self) -> bool:
        """Whether the timeline is asked for at all. Raises ``MisusedError`` for what cannot be meant."""
        if self.entry is not None:
            return True
        if not self.everything and (self.kinds or self.words or self.until or self.before is not None):
            narrowing = "`--kind`, `--find`, `--until` and `--before` narrow it"
            raise MisusedError("not without `--all`", narrowing, "add `--all`")
        from workbench.service.happenings import KINDS

        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown:
            raise MisusedError(
                "no such kind", f"nothing in a ledger is `{unknown[0]}`", f"there are {', '.join(KINDS)}"
            )
        return self.everything


def show_timeline(session: Session, workspace: Workspace, asked: Asked) -> None:
    """Print the entries, or one of them in full."""
    if asked.entry is not None:
        _show_entry(session, workspace, asked.entry)
        return
    before = asked.before
    if asked.until:
        last = workspace.timeline.last_by(past_span(asked.until, "--until")[1] - timedelta(microseconds=1))
        before = min(before or last + 1, last + 1)
    found = workspace.timeline.page(before, asked.limit, asked.kinds, words=asked.words)
    if session.show({"entries": found}):
        return
    out = session.out
    if not found:
        out.line("nothing; `workbench history --all` lists everything")
        return
    size = len(f"{found[0].seq}")
    for entry in found:
        when = out.styled(utc(entry.at), "dim")
        kind = out.styled(f"{one_line(entry.kind):12}", "accent")
        out.line(f"{entry.seq:>{size}}  {when}  {kind}  {fitted(one_line(entry.title), _WIDTH)}")
    if len(found) == asked.limit and found[-1].seq > 1:
        out.line(out.styled(f"older ones: --before {found[-1].seq}", "dim"))


def _show_entry(session: Session, workspace: Workspace, seq: int) -> None:
    entry = workspace.timeline.entry(seq)
    if session.show(entry):
        return
    out = session.out
    out.line(out.styled(one_line(entry.title), "bold"))
    out.line(f"entry   {entry.seq} ({one_line(entry.kind)}), {utc(entry.at)}")
    out.line(f"hash    {entry.hash}")
    out.line(f"after   {entry.prev}")
    out.line(json_text(entry.body))
