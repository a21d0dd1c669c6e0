"""Commands that change what is in force: ``propose``, ``approve``, ``reject``, ``activate``; and its history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.drafts import print_review
from workbench.cli.failures import MisusedError
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
from workbench.cli.votes import vote_document

if TYPE_CHECKING:
    from workbench.service.views import ProposalView
    from workbench.service.workspace import Workspace

_TONES: dict[str, Tone] = {"proposed": "wait", "approved": "accent", "active": "good", "rejected": "bad"}

ProposalArgument = Annotated[
    str, typer.Argument(metavar="PROPOSAL", help="A version (1.1.0), a digest, or the beginning of one.")
]
CommentOption = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Goes into the vote.")]
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
    actor: ActorOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose the draft as the next version. It must be clean, with every test case passing on both engines."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        made = opened.propose(summary, proposer=actor or _only_principal(opened))
    if not session.show(made):
        print_proposal(session.out, made)


def approve(
    ctx: typer.Context,
    proposal: ProposalArgument = "",
    key: KeyOption = None,
    agent: AgentOption = None,
    actor: ActorOption = None,
    comment: CommentOption = "",
    vote: VoteOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve a proposal with your key, or hand in a vote file."""
    session = session_of(ctx).using(workspace, as_json)
    _vote(session, proposal, "approve", key, agent, actor, comment, vote, passphrase_env)


def reject(
    ctx: typer.Context,
    proposal: ProposalArgument = "",
    key: KeyOption = None,
    agent: AgentOption = None,
    actor: ActorOption = None,
    comment: CommentOption = "",
    vote: VoteOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reject a proposal with your key, or hand in a vote file. It overrides your own approval."""
    session = session_of(ctx).using(workspace, as_json)
    _vote(session, proposal, "reject", key, agent, actor, comment, vote, passphrase_env)


def _vote(
    session: Session,
    wanted: str,
    verdict: Literal["approve", "reject"],
    key: Path | None,
    agent: str | None,
    actor: str | None,
    comment: str,
    vote: Path | None,
    passphrase_env: str | None,
) -> None:
    with session.opened() as opened:
        if vote is not None:
            if key or agent or comment or actor:
                raise MisusedError("a vote file is whole", "it holds key and comment", "leave the other options out")
            after = opened.import_vote(vote_document(vote, verdict))
        else:
            digest = find_proposal(opened, wanted).version.digest
            using = signing_with(opened, key, agent, actor, passphrase_env)
            after = opened.vote(digest, using=using, verdict=verdict, comment=comment)
    if not session.show(after):
        print_proposal(session.out, after)


def find_proposal(workspace: Workspace, wanted: str) -> ProposalView:
    """The proposal that ``wanted`` names; the one open proposal where it is empty. Raises :class:`MisusedError`."""
    found = list(workspace.proposals(open_only=not wanted))
    if wanted:
        bare = wanted.removeprefix("sha256:")
        exact = [p for p in found if p.version.version == wanted]
        found = exact or [p for p in found if len(bare) >= 4 and _hex(p).startswith(bare)]
        if len(found) > 1:
            found = [p for p in found if p.state in ("proposed", "approved")] or found
    if not found:
        raise MisusedError(
            "no such proposal",
            f"`{wanted}` names none" if wanted else "none is open",
            "`workbench proposals` lists them",
            "unknown_proposal",
        )
    if len(found) > 1:
        raise MisusedError("which proposal?", f"{len(found)} fit", "name it by its digest", "not_unique")
    return found[0]


def _hex(proposal: ProposalView) -> str:
    return proposal.version.digest.removeprefix("sha256:")


def _only_principal(workspace: Workspace) -> str:
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
        session.out.line(f"{proposal.version.version} takes effect at {utc(proposal.effective_at)}")
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
    """What a proposal changes, against the version it amends."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = find_proposal(opened, proposal)
    if not session.show(found.review):
        print_review(session.out, found.review)


def history(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every version that was ever in force, newest last, with who signed it."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
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
    version = proposal.version
    state = out.styled(proposal.state, _TONES.get(proposal.state, "dim"))
    out.line(f"{out.styled(version.version, 'bold')}  {state}  {version.amendment_class}  {one_line(version.summary)}")
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
    if proposal.state == "approved":
        out.line(f"  takes effect at {utc(proposal.effective_at)} (timelock {proposal.timelock_seconds} s)")
    elif proposal.state == "proposed":
        out.line(f"  expires at {utc(proposal.expires_at)}")
    if version.path:
        out.line(f"  {one_line(version.path)}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (propose, approve, reject, activate, proposals, review, history):
        app.command()(command)
