"""Commands that change what is in force: ``propose``, ``approve``, ``reject``, ``activate``; and its history."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.analysing import PROVING, InterruptedWorkError, effected, interrupted, worked
from workbench.cli.dossiers import dossier_read
from workbench.cli.drafts import find_proposal, print_review
from workbench.cli.failures import MisusedError, RefusedError
from workbench.cli.inputs import shown_name, text_of
from workbench.cli.keyring import AgentOption, KeyOption, signing_with
from workbench.cli.output import Printer, Tone, one_line, utc
from workbench.cli.session import (
    ActorOption,
    JsonOption,
    PassphraseOption,
    Session,
    WorkspaceOption,
    session_of,
)
from workbench.cli.timeline import (
    AllOption,
    Asked,
    BeforeOption,
    EntryOption,
    FindOption,
    KindOption,
    LimitOption,
    UntilOption,
    show_timeline,
)
from workbench.cli.votes import vote_document
from workbench.service.views import UNPROVED

if TYPE_CHECKING:
    from workbench.analysis.task import Task
    from workbench.governance.roster import RosterEntry
    from workbench.service.views import ProposalView
    from workbench.service.workspace import Workspace

_TONES: dict[str, Tone] = {
    "proposed": "wait",
    "approved": "accent",
    "active": "good",
    "rejected": "bad",
    "vetoed": "bad",
}

ProposalArgument = Annotated[
    str, typer.Argument(metavar="PROPOSAL", help="A version (1.1.0), a digest, or the beginning of one.")
]
CommentOption = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Goes into the vote.")]
DossierOption = Annotated[
    Path | None,
    typer.Option(
        "--dossier", metavar="FILE", help="The dossier you read; its digest goes into the vote.", show_default=False
    ),
]
VoteOption = Annotated[
    Path | None,
    typer.Option(
        "--vote",
        metavar="FILE",
        help="A vote made elsewhere: by `workbench sign`, or the .sig of ssh-keygen.",
        show_default=False,
    ),
]


def propose(
    ctx: typer.Context,
    summary: Annotated[str, typer.Option("--summary", "-m", metavar="TEXT", help="What changes, in a sentence.")],
    after: Annotated[
        str,
        typer.Option("--after", metavar="PROPOSAL", help="Build on one that is still open.", show_default=False),
    ] = "",
    revert: Annotated[
        bool, typer.Option("--revert", help="Back to what stood before: within 72 hours that needs no timelock.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="It was vetoed: carry it by a sensitive quorum, then no veto holds.")
    ] = False,
    roster: Annotated[
        Path | None,
        typer.Option("--roster", metavar="FILE", help="Another roster (YAML, as in a version).", show_default=False),
    ] = None,
    invariants: Annotated[
        Path | None, typer.Option("--invariants", metavar="FILE", help="Other invariants.", show_default=False)
    ] = None,
    actor: ActorOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose the draft as the next version. It must be clean, with every test case passing on both engines."""
    session = session_of(ctx).using(workspace, as_json)
    if revert and (after or again or roster or invariants):
        raise MisusedError("a revert changes nothing else", "", "leave the other options out")
    people, never = roster_of(roster) if roster else None, text_of(invariants) if invariants else None
    with session.opened() as opened:
        who = actor or only_principal(opened)
        base = find_proposal(opened, after).version.digest if after else ""

        def put(task: Task) -> str:
            if revert:
                return opened.amending.revert(summary, who, task)
            return opened.amending.propose(
                opened.draft(), summary, who, after=base, again=again, roster=people, invariants=never, task=task
            )

        view = opened.proposal(effected("propose", PROVING, put))
    if not session.show(view):
        print_proposal(session.out, view)
        for warning in view.review.warnings:
            session.out.line(f"  {session.out.styled('note:', 'wait')} {one_line(warning.message)}")


def approve(
    ctx: typer.Context,
    proposal: ProposalArgument = "",
    key: KeyOption = None,
    agent: AgentOption = None,
    actor: ActorOption = None,
    comment: CommentOption = "",
    dossier: DossierOption = None,
    vote: VoteOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve a proposal with your key, or hand in a vote file."""
    session = session_of(ctx).using(workspace, as_json)
    _vote(session, proposal, "approve", key, agent, actor, comment, dossier, vote, passphrase_env)


def reject(
    ctx: typer.Context,
    proposal: ProposalArgument = "",
    key: KeyOption = None,
    agent: AgentOption = None,
    actor: ActorOption = None,
    comment: CommentOption = "",
    dossier: DossierOption = None,
    vote: VoteOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reject a proposal with your key, or hand in a vote file. It overrides your own approval."""
    session = session_of(ctx).using(workspace, as_json)
    _vote(session, proposal, "reject", key, agent, actor, comment, dossier, vote, passphrase_env)


def _vote(
    session: Session,
    wanted: str,
    verdict: Literal["approve", "reject"],
    key: Path | None,
    agent: str | None,
    actor: str | None,
    comment: str,
    dossier: Path | None,
    vote: Path | None,
    passphrase_env: str | None,
) -> None:
    with session.opened() as opened:
        if vote is not None:
            if key or agent or comment or actor or dossier:
                raise MisusedError(
                    "a vote file is whole", "it holds key, comment and dossier", "leave the other options out"
                )
            document = vote_document(vote, verdict)
            after = effected("vote", PROVING, lambda task: opened.import_vote(document, task))
        else:
            digest = find_proposal(opened, wanted).version.digest
            read = dossier_read(opened, digest, dossier) if dossier else ""
            using = signing_with(opened, key, agent, actor, passphrase_env)
            after = effected(
                "vote",
                PROVING,
                lambda task: opened.vote(
                    digest, using=using, verdict=verdict, comment=comment, dossier=read, task=task
                ),
            )
    if not session.show(after):
        print_proposal(session.out, after)
    if verdict == "approve":
        _say_unproved(after)


def _say_unproved(view: ProposalView) -> None:
    """On stderr, so that no program's output hides it."""
    logs = Printer(sys.stderr)
    for warning in view.review.warnings:
        if warning.code == UNPROVED:
            logs.line(f"{logs.styled('note:', 'wait', 'bold')} {one_line(warning.message)}")
            logs.line(f"{logs.styled('help:', 'accent')} {one_line(warning.help)}")


def roster_of(path: Path) -> tuple[RosterEntry, ...]:
    """The roster in a YAML file: `roster:` with a list of entries, as a version has it. Raises ``WorkbenchError``."""
    from workbench.governance.artifact import validated
    from workbench.governance.errors import GovernanceError
    from workbench.governance.roster import RosterEntry
    from workbench.governance.yaml_reader import read_yaml

    name = shown_name(path)
    try:
        tree = read_yaml(text_of(path))
        rows = tree.get("roster") if isinstance(tree, dict) and set(tree) == {"roster"} else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise MisusedError(
                "not a roster", f"`{name}`", "write `roster:` and below it a list of {principal, role, keys}", "roster"
            )
        return tuple(validated(RosterEntry, row) for row in rows)
    except GovernanceError as error:
        raise RefusedError("not a roster", f"`{name}`: {error.message}", error.help, error.code) from None


def only_principal(workspace: Workspace) -> str:
    """The one signer that has a key here. Raises :class:`MisusedError` where there is none, or several."""
    principals = sorted({key.principal for key in workspace.signing_keys() if key.principal})
    if len(principals) == 1:
        return principals[0]
    raise MisusedError("who proposes?", f"{len(principals)} signers have keys here", "name one with `--as PRINCIPAL`")


def activate(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Put in force whatever is due. Any process does this by itself; the command is for impatient people."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        activated = opened.tick()
        waiting = [p for p in opened.proposals(open_only=True) if p.state == "approved"]
    if session.show({"activated": activated, "waiting": waiting}):
        return
    for version in activated:
        session.out.line(f"{version.version} is in force since {utc(version.effective_at)}")
    for proposal in waiting:
        when = f"takes effect at {utc(proposal.effective_at)}"
        if proposal.overdue:
            when = f"{session.out.styled('OVERDUE', 'bad', 'bold')}: it was due at {utc(proposal.effective_at)}"
        reason = f" ({one_line(proposal.reason)})" if proposal.reason else ""
        session.out.line(f"{proposal.version.version} {when}{reason}")
    if not activated and not waiting:
        session.out.line("nothing is due")


def proposals(
    ctx: typer.Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are still undecided.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The proposals, newest last: state, seats, timelock."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = opened.proposals(open_only)
    if session.show({"proposals": found}):
        return
    for proposal in found:
        print_proposal(session.out, proposal)
    if not found:
        session.out.line("no proposals")


def review(
    ctx: typer.Context,
    proposal: ProposalArgument = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What a proposal changes, against the version it amends; its invariants are proved here first."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = find_proposal(opened, proposal)
        digest = found.version.digest
        if any(warning.code == UNPROVED for warning in found.review.warnings):
            try:
                worked("review", PROVING, lambda task: opened.amending.prove(digest, task))
            except InterruptedWorkError:
                raise interrupted() from None
            found = opened.proposal(digest)
    if not session.show(found.review):
        print_review(session.out, found.review)


def history(
    ctx: typer.Context,
    everything: AllOption = False,
    entry: EntryOption = None,
    kind: KindOption = None,
    find: FindOption = "",
    before: BeforeOption = None,
    until: UntilOption = "",
    limit: LimitOption = 50,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every version that was ever in force, newest last, with who signed it; with --all, whatever else happened."""
    session = session_of(ctx).using(workspace, as_json)
    asked = Asked(everything, entry, kind or (), find, before, limit, until)
    timeline = asked.wanted
    with session.opened() as opened:
        if timeline:
            show_timeline(session, opened, asked)
            return
        versions = opened.versions()
    if session.show({"versions": versions}):
        return
    for version in versions:
        head = session.out.styled(version.version, "bold")
        session.out.line(
            f"{head}  {version.amendment_class or 'genesis'}  {utc(version.effective_at)}  {one_line(version.summary)}"
        )
        session.out.line(session.out.styled(f"    {version.digest}", "dim"))
        for signer in version.signers:
            session.out.line(f"    {signer.verdict} by {one_line(signer.principal)} ({one_line(signer.role)})")


def print_proposal(out: Printer, proposal: ProposalView) -> None:
    """A proposal for a person: state, class and procedure, seats, votes, times."""
    from workbench.governance.procedures import duration_words

    seconds = proposal.timelock_seconds
    lock = f"timelock {duration_words(seconds)}" if seconds else "no timelock"
    version = proposal.version
    state = out.styled(proposal.state, _TONES.get(proposal.state, "dim"))
    if proposal.overdue:
        state += "  " + out.styled("OVERDUE", "bad", "bold")
    kind = f" ({proposal.kind})" if proposal.kind else ""
    after = f"  after {proposal.after}" if proposal.after else ""
    out.line(
        f"{out.styled(version.version, 'bold')}  {state}  {version.amendment_class}{kind}{after}  "
        f"{one_line(version.summary)}"
    )
    out.line(out.styled(f"  {version.digest}", "dim"))
    out.line(f"  procedure: {one_line(proposal.procedure)}")
    for seat in proposal.seats:
        if seat.filled_by:
            out.line(f"  {out.styled('filled', 'good')}  {one_line(seat.requirement)}: {one_line(seat.filled_by)}")
        else:
            may = ", ".join(one_line(principal) for principal in seat.may_fill) or "nobody"
            out.line(f"  {out.styled('open', 'wait')}    {one_line(seat.requirement)}: may be filled by {may}")
    for signer in version.signers:
        note = "" if signer.counted else f", not counted: {one_line(signer.why_not)}"
        out.line(f"  {signer.verdict} by {one_line(signer.principal)} at {utc(signer.signed_at)}{note}")
    if proposal.reason:
        out.line(f"  {out.styled(one_line(proposal.reason), 'wait')}")
    if proposal.overdue:
        out.line(f"  it was due at {utc(proposal.effective_at)} and is not in force: find out why")
    elif proposal.state == "approved" and proposal.reason:
        out.line(f"  its timelock ends at {utc(proposal.effective_at)}")
    elif proposal.state == "approved":
        out.line(f"  takes effect at {utc(proposal.effective_at)} ({lock})")
    elif proposal.state == "proposed":
        out.line(f"  expires at {utc(proposal.expires_at)}")
    if version.path:
        out.line(f"  {one_line(version.path)}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (propose, approve, reject, activate, proposals, review, history):
        app.command()(command)
