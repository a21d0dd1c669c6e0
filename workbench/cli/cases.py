"""Cases: ``cases list | show | approve | reject``. What procedures hold, and the answers of those they ask."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.failures import MisusedError
from workbench.cli.inputs import key_is_encrypted
from workbench.cli.inputs import passphrase as ask_passphrase
from workbench.cli.output import Printer, Tone, one_line, utc
from workbench.cli.session import JsonOption, PassphraseOption, Session, WorkspaceOption, session_of

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.service.governing_views import CaseView, CaseVoteView, SignWith
    from workbench.service.views import KeyView, Seat
    from workbench.service.workspace import Workspace

_TONES: dict[str, Tone] = {
    "open": "wait", "granted": "good", "used": "good", "denied": "bad", "expired": "bad", "void": "dim",
}  # fmt: skip

_MOST_NAMED = 8  # keys in a message

group = typer.Typer(help="Requests that wait for people: see them, approve or reject them.", rich_markup_mode=None)

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="A case's id, or the beginning of it.")]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="PATH", help="Your private key. Default: the one here that may.", show_default=False),
]
AgentOption = Annotated[
    str | None,
    typer.Option(
        "--agent",
        metavar="KEY",
        help="Sign with a key that ssh-agent holds: its fingerprint (SHA256:…), or `any` for the one that may.",
        show_default=False,
    ),
]
TokenOption = Annotated[
    str | None,
    typer.Option(
        "--token-env",
        metavar="NAME",
        help="Answer with the token in this environment variable instead of a key.",
        show_default=False,
    ),
]
ActorOption = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="PRINCIPAL", help="Who you are in the directory: 'Agent::\"viktor\"'.", show_default=False
    ),
]
CommentOption = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="Goes into the vote.")]


@group.command("list")
def list_(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that are granted or at rest too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 200,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The open cases, the one whose time runs out first on top."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = opened.cases.list(open_only=not everything, limit=limit)
    if session.show({"cases": found}):
        return
    if not found:
        session.out.line("no cases" if everything else "no open cases; `--all` shows the others")
        return
    rows = [
        (case.id, case.state, utc(_until(case)), case.requester, case.action, case.resource, _standing(case))
        for case in found
    ]
    header = ("case", "state", "until", "who", "asks for", "on", "approvals")
    session.out.table(header, rows, tones=[_TONES[case.state] for case in found])


@group.command("show")
def show(
    ctx: typer.Context, case: CaseArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> None:
    """One case in full: what was asked, which seats are filled, who voted, what it went through."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = opened.cases.get(case)
    if not session.show(found):
        print_case(session.out, found)


@group.command("approve")
def approve(
    ctx: typer.Context,
    case: CaseArgument,
    key: KeyOption = None,
    agent: AgentOption = None,
    token_env: TokenOption = None,
    actor: ActorOption = None,
    comment: CommentOption = "",
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve a request that waits: with a key registered for you in the directory, or with your token."""
    session = session_of(ctx).using(workspace, as_json)
    _vote(session, case, "approve", _Means(key, agent, token_env, actor, passphrase_env), comment)


@group.command("reject")
def reject(
    ctx: typer.Context,
    case: CaseArgument,
    key: KeyOption = None,
    agent: AgentOption = None,
    token_env: TokenOption = None,
    actor: ActorOption = None,
    comment: CommentOption = "",
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reject a request that waits. One reject ends it, or escalates it where the procedure says so."""
    session = session_of(ctx).using(workspace, as_json)
    _vote(session, case, "reject", _Means(key, agent, token_env, actor, passphrase_env), comment)


@dataclass(frozen=True, slots=True)
class _Means:
    """By what a person votes: one of a key file, a key of ssh-agent, a token."""

    key: Path | None
    agent: str | None
    token_env: str | None
    actor: str | None
    passphrase_env: str | None

    def check(self) -> None:
        """Raises :class:`MisusedError` where the options say two things."""
        given = (("--key", self.key), ("--agent", self.agent), ("--token-env", self.token_env))
        named = [name for name, value in given if value is not None]
        if len(named) > 1:
            raise MisusedError(
                "which one?", f"{' and '.join(named)} are both given", "vote with one of them", "two_keys"
            )
        if self.actor is not None and named:
            what = f"`--as` chooses among the keys here, and `{named[0]}` names what to vote with"
            raise MisusedError("which one?", what, "leave one out")
        if self.passphrase_env is not None and (self.agent or self.token_env):
            raise MisusedError("no passphrase is needed", f"`{named[0]}` takes none", "leave `--passphrase-env` out")

    def token(self) -> str:
        """The token; it is never an argument, so that no process list shows it."""
        value = os.environ.get(self.token_env or "")
        if not value:
            raise MisusedError("no token", f"the environment has no variable `{self.token_env}`", code="no_token")
        return value.strip()

    def signing(self, workspace: Workspace, case: CaseView) -> SignWith:
        """The key to sign with. Raises :class:`MisusedError`."""
        from workbench.service.governing_views import SignWith

        if self.agent is not None:
            return SignWith(agent=self.agent)
        chosen = self._chosen(workspace.cases.approver_keys(), case)
        if chosen is not None and not chosen.path:
            return SignWith(agent=chosen.fingerprint)
        path = Path(chosen.path) if chosen is not None else (self.key or Path()).expanduser()
        here = workspace.signing_keys()  # every key file, whoever it belongs to
        demo = any(each.demo for each in here if each.path and Path(each.path).resolve() == path.resolve())
        secret = workspace.demo_passphrase() if demo and self.passphrase_env is None else ""
        if not secret and key_is_encrypted(path):
            secret = ask_passphrase(self.passphrase_env, what=str(path))
        return SignWith(key_path=str(path), passphrase=secret)

    def _chosen(self, keys: tuple[KeyView, ...], case: CaseView) -> KeyView | None:
        """The only key here that may answer; ``None`` where a file was named."""
        if self.key is not None:
            return None
        fitting = [key for key in keys if self.actor in (None, key.principal)]
        voted = {vote.principal for vote in case.votes if vote.counted}
        able = {who for seat in case.seats if not seat.filled_by for who in seat.may_fill} - voted
        fitting = [key for key in fitting if key.principal in able] or fitting
        if len(fitting) == 1:
            return fitting[0]
        who = f" of `{self.actor}`" if self.actor else ""
        what = f"no key here{who} belongs to a principal of the directory"
        if fitting:
            listed = ", ".join(f"`{key.principal}` ({key.path or key.fingerprint})" for key in fitting[:_MOST_NAMED])
            more = f" and {len(fitting) - _MOST_NAMED} others" if len(fitting) > _MOST_NAMED else ""
            what = f"{len(fitting)} keys {'may answer' if fitting[0].principal in able else 'fit'}: {listed}{more}"
        raise MisusedError(
            "which key?", what, "name one with `--key PATH`, `--agent KEY` or `--as PRINCIPAL`", "not_unique"
        )


def _vote(session: Session, case: str, verdict: Literal["approve", "reject"], means: _Means, comment: str) -> None:
    means.check()
    with session.opened() as opened:
        if means.token_env is not None:
            after = opened.cases.vote_with_token(case, verdict, means.token(), comment)
        else:
            found = opened.cases.get(case)  # first, so that nobody types a passphrase for a case that is not there
            after = opened.cases.vote(found.id, verdict, using=means.signing(opened, found), comment=comment)
    if not session.show(after):
        print_case(session.out, after)


def print_case(out: Printer, case: CaseView) -> None:
    """A case for a person."""
    state = out.styled(case.state, _TONES[case.state])
    out.line(f"{out.styled(case.id, 'bold')}  {state}{f'  {one_line(case.reason)}' if case.reason else ''}")
    if case.redacted:
        out.line(f"  {one_line(case.requester)} asked for {one_line(case.action)}; what it was about was erased")
    else:
        out.line(f"  {one_line(case.requester)} asks for {one_line(case.action)} on {one_line(case.resource)}")
    for name, value in case.context.items():
        out.line(f"    {one_line(name)}: {one_line(json.dumps(value, ensure_ascii=False, default=str))}")
    held = case.procedure if case.procedure == case.requirement else f"{case.procedure}, now {case.requirement}"
    out.line(f"  held by {one_line(held)}{f': {one_line(case.english)}' if case.english else ''}")
    for seat in case.seats:
        out.line(f"  {_seat(out, seat, waiting=case.state == 'open')}")
    for vote in case.votes:
        out.line(f"  {_said(vote)}")
    for move in case.escalations:
        out.line(
            f"  escalated from {one_line(move.from_procedure)} to {one_line(move.to_procedure)}"
            f" after a {move.why} at {utc(move.at)}"
        )
    if case.state == "open":
        out.line(f"  open until {utc(case.deadline)}")
    elif case.state == "granted":
        out.line(f"  may be used once, from {utc(case.usable_from)} to {utc(case.usable_until)}: the agent asks again")
    elif case.state == "used":
        out.line(f"  used by event {case.used_by}")
    out.line(out.styled(f"  opened {utc(case.opened_at)} by event {case.event} under {one_line(case.version)}", "dim"))


def _seat(out: Printer, seat: Seat, *, waiting: bool) -> str:
    if seat.filled_by:
        return f"{out.styled('filled', 'good')}  {one_line(seat.requirement)}: {one_line(seat.filled_by)}"
    may = ""
    if waiting:
        may = f": may be filled by {', '.join(one_line(who) for who in seat.may_fill) or 'nobody'}"
    return f"{out.styled('open' if waiting else 'empty', 'wait')}    {one_line(seat.requirement)}{may}"


def _said(vote: CaseVoteView) -> str:
    note = "" if vote.counted else f", not counted: {one_line(vote.why_not)}"
    comment = f": {one_line(vote.comment)}" if vote.comment else ""
    return f"{vote.verdict} by {one_line(vote.principal)} at {utc(vote.at)}{note}{comment}"


def _until(case: CaseView) -> datetime | None:
    return case.deadline if case.state == "open" else case.usable_until if case.state == "granted" else None


def _standing(case: CaseView) -> str:
    if case.changed:
        return "changed in the store"
    return f"{sum(1 for seat in case.seats if seat.filled_by)} of {len(case.seats)}"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="cases")
