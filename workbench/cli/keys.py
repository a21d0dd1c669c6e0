"""``keys new | list | rotate | suspend | revoke`` and ``witness``: one's own keys, and the care of the roster's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.amendments import only_principal, print_proposal
from workbench.cli.failures import FAILED, MisusedError
from workbench.cli.inputs import key_is_encrypted, text_of
from workbench.cli.inputs import passphrase as ask_passphrase
from workbench.cli.keyring import agent_keys, signing_with
from workbench.cli.output import one_line, utc
from workbench.cli.session import ActorOption, JsonOption, PassphraseOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.cli.session import Session
    from workbench.governance.key_statements import Act
    from workbench.service.governing_views import SignWith
    from workbench.service.key_care import HeldKey
    from workbench.service.workspace import Workspace

group = typer.Typer(help="Signing keys. Private keys never leave their files.", rich_markup_mode=None)

RosterKeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="A key of the roster: SHA256:… (or its beginning), or a public key file.")
]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Goes into the statement and the ledger.")]
KeysOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--key", metavar="PATH", help="Who signs it: a private key. Once for each signer.", show_default=False
    ),
]
AgentsOption = Annotated[
    list[str] | None,
    typer.Option("--agent", metavar="KEY", help="Who signs it: a key of ssh-agent. As often.", show_default=False),
]
StatementOption = Annotated[
    Path | None,
    typer.Option("--statement", metavar="FILE", help="The statement as others signed it.", show_default=False),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help="Only sign, into FILE, for the next signer.", show_default=False),
]


@group.command("new")
def new(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Where to write the private key (mode 0600).")],
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="Stands in the public line.")] = "",
    passphrase_env: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an ssh-ed25519 key in OpenSSH's own form, encrypted with a passphrase; PATH.pub beside it."""
    from workbench.service.keys import new_key

    session = session_of(ctx).using(as_json=as_json)
    where = path.expanduser()
    secret = ask_passphrase(passphrase_env, what=str(where), confirm=True)
    if not secret:
        raise MisusedError("no passphrase", "a signing key must have one", code="no_passphrase")
    made = new_key(where, secret, comment)
    if not session.show(made):
        session.out.line(f"wrote {one_line(made.path)} and {one_line(made.path)}.pub")
        session.out.line(f"fingerprint {made.fingerprint}")


@group.command("list")
def list_(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The keys here that can sign (files, and what ssh-agent holds), and those of the roster that are held."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        keys, agent = opened.signing_keys(), agent_keys(opened)
        roster = opened.key_care.roster_keys()
        held = opened.key_care.held()
    if session.show({"keys": keys, "agent": agent, "roster": roster, "held": held}):
        return
    states = {key.fingerprint: key.state for key in roster if key.state != "active"}
    rows = [
        (
            key.principal or "(not in the roster)",
            key.role,
            key.fingerprint,
            states.get(key.fingerprint, "DEMO" if key.demo else ""),
            key.path or "ssh-agent",
        )
        for key in (*keys, *agent)
    ]
    if rows:
        session.out.table(("principal", "role", "fingerprint", "", "path"), rows)
    else:
        session.out.line("no keys; `workbench keys new PATH` makes one")
    for hold in held:
        if hold.state != "lifted":
            print_hold(session, hold)


@group.command("rotate")
def rotate(
    ctx: typer.Context,
    old: RosterKeyArgument,
    new: Annotated[Path, typer.Argument(metavar="NEW.pub", help="The public half of the key that takes its place.")],
    actor: ActorOption = None,
    summary: Annotated[str, typer.Option("--summary", "-m", metavar="TEXT", help="What changes, in a sentence.")] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose the roster with another key in the place of KEY: a sensitive amendment, voted on like any other."""
    from workbench.service.keys import read_public_line

    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        fingerprint, owner = roster_key(opened, old)
        line = read_public_line(new.expanduser())
        digest = opened.key_care.rotate(fingerprint, line, proposer=actor or owner, summary=summary)
        made = opened.proposal(digest)
    if not session.show(made):
        print_proposal(session.out, made)


@group.command("suspend")
def suspend(
    ctx: typer.Context,
    key: RosterKeyArgument,
    why: WhyOption = "",
    lift: Annotated[bool, typer.Option("--lift", help="Take the suspension back; takes two people.")] = False,
    keys: KeysOption = None,
    agents: AgentsOption = None,
    statement: StatementOption = None,
    out: OutOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """From now on refuse what KEY signs, until it is lifted. Its owner can, or two other signers; votes given stand."""
    session = session_of(ctx).using(workspace, as_json)
    order = Order("lift" if lift else "suspend", key, why, keys, agents, statement, passphrase_env)
    with session.opened() as opened:
        done = order.carry_out(session, opened, out)
    if done is not None and not session.show(done):
        print_hold(session, done)


@group.command("revoke")
def revoke(
    ctx: typer.Context,
    key: RosterKeyArgument,
    why: WhyOption = "",
    person: Annotated[bool, typer.Option("--person", help="Propose to take out its person, with all keys.")] = False,
    keys: KeysOption = None,
    agents: AgentsOption = None,
    statement: StatementOption = None,
    out: OutOption = None,
    actor: ActorOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """From now on refuse what KEY signs, for good, and propose the roster without it.

    Somebody's only key cannot be taken out alone: --person proposes to take them out, `keys rotate` to give them
    another. With --person, of a key that is revoked already, this only proposes the roster.
    """
    from workbench.service.errors import WorkbenchError

    session = session_of(ctx).using(workspace, as_json)
    order = Order("revoke", key, why, keys, agents, statement, passphrase_env)
    problem: WorkbenchError | None = None
    proposal = None
    with session.opened() as opened:
        held = order.revoked(opened) if person and out is None and statement is None else None
        done = held or order.carry_out(session, opened, out)
        if done is None:
            return
        try:
            proposer = actor or (done.signed_by[0] if held is None else order.proposer(opened))
            digest = opened.key_care.propose_removal(done.fingerprint, proposer=proposer, person=person)
            proposal = opened.proposal(digest)
        except WorkbenchError as error:
            problem = error
    told = {"held": done, "proposal": proposal, "problem": problem.to_dict() if problem else None}
    if not session.show(told):
        print_hold(session, done)
        if proposal is not None:
            print_proposal(session.out, proposal)
    if problem is not None:
        hint = f"the key is held all the same; {problem.hint or 'propose the roster later'}"
        if not session.as_json:
            raise WorkbenchError(f"no roster was proposed: {problem.title}", problem.detail, hint, problem.code)
        raise typer.Exit(FAILED)


def witness(
    ctx: typer.Context,
    key: Annotated[Path, typer.Option("--key", metavar="PATH", help="A further ledger key of the roster.")],
    watch: Annotated[bool, typer.Option("--watch", help="Go on, every second, until interrupted.")] = False,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a further ledger key's word, where the roster demands several: on votes, and on what is due.

    It says when this process saw each vote, by this machine's clock; the latest time counts.
    """
    import time

    session = session_of(ctx).using(workspace, as_json)
    path = key.expanduser()
    secret = ask_passphrase(passphrase_env, what=str(path)) if key_is_encrypted(path) else ""
    with session.opened() as opened:
        while True:
            done = opened.key_care.witness(path, secret)
            if (done.votes or done.versions or not watch) and not session.show(done):
                said = f"witnessed {done.votes} vote{'' if done.votes == 1 else 's'}"
                force = "".join(f"; {one_line(version)} is in force" for version in done.versions)
                session.out.line(said + force)
                session.out.stream.flush()
            if not watch:
                return
            time.sleep(1)


@dataclass(frozen=True)
class Order:
    """What is to be done to which key, and who signs it here."""

    act: Act
    key: str
    why: str
    keys: list[Path] | None
    agents: list[str] | None
    statement: Path | None
    passphrase_env: str | None

    def carry_out(self, session: Session, opened: Workspace, out: Path | None) -> HeldKey | None:
        """Do it; or, with ``out``, only write the statement as it is signed so far, and return nothing."""
        fingerprint, _ = roster_key(opened, self.key)
        envelope = text_of(self.statement) if self.statement is not None else ""
        using = self._signers(opened, envelope)
        if out is None:
            return opened.key_care.act(self.act, fingerprint, why=self.why, using=using, envelope=envelope)
        from workbench.service.files import write_atomically

        text, people = opened.key_care.sign(self.act, fingerprint, why=self.why, using=using, envelope=envelope)
        write_atomically(out.expanduser(), text.encode())
        if not session.show({"statement": str(out), "act": self.act, "key": fingerprint, "signed_by": people}):
            session.out.line(f"wrote {one_line(str(out))}, signed by {', '.join(one_line(name) for name in people)}")
            session.out.line("nothing is held yet: hand it in with `--statement`")
        return None

    def revoked(self, opened: Workspace) -> HeldKey | None:
        """What was said of the key, where it is revoked already: nothing can be said of it any more."""
        fingerprint, _ = roster_key(opened, self.key)
        said = [hold for hold in opened.key_care.held() if hold.fingerprint == fingerprint]
        return next((hold for hold in said if hold.state == "revoked"), None)

    def proposer(self, opened: Workspace) -> str:
        """Who proposes where nothing is signed: whose key was named, else the one signer with a key here."""
        return roster_key(opened, str(self.keys[0]))[1] if self.keys else only_principal(opened)

    def _signers(self, opened: Workspace, envelope: str) -> list[SignWith]:
        named = [signing_with(opened, path, None, None, self.passphrase_env) for path in self.keys or ()]
        named += [signing_with(opened, None, agent, None, None) for agent in self.agents or ()]
        if named or envelope:
            return named
        return [signing_with(opened, None, None, None, self.passphrase_env)]


def roster_key(workspace: Workspace, wanted: str) -> tuple[str, str]:
    """Fingerprint and principal of the key of the roster that ``wanted`` names. Raises :class:`WorkbenchError`."""
    from workbench.governance.keys import parse_public_line
    from workbench.service.keys import read_public_line

    roster = workspace.key_care.roster_keys()
    if wanted.startswith("SHA256:"):
        found = [key for key in roster if key.fingerprint.startswith(wanted)]
    else:
        public, _ = parse_public_line(read_public_line(Path(wanted).expanduser()))
        found = [key for key in roster if key.fingerprint == public.fingerprint]
    if len(found) == 1:
        return found[0].fingerprint, found[0].principal
    what = f"`{wanted}` fits {len(found)} keys of the roster" if found else f"the roster has no key `{wanted}`"
    raise MisusedError("which key?", what, "`workbench keys list --json` shows the roster's", "not_unique")


def print_hold(session: Session, hold: HeldKey) -> None:
    """A held key for a person: what holds, since when, by whom, and what it costs."""
    out = session.out
    state = out.styled(hold.state, "good" if hold.state == "lifted" else "bad", "bold")
    by = ", ".join(one_line(name) for name in hold.signed_by)
    out.line(f"{state}  {hold.fingerprint}  {one_line(hold.principal)}")
    out.line(f"  since {utc(hold.since)} by {by}{': ' + one_line(hold.why) if hold.why else ''}")
    for warning in hold.warnings:
        out.line(out.styled(f"  WARNING: {one_line(warning)}", "bad", "bold"))


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="keys")
    app.command("witness")(witness)
