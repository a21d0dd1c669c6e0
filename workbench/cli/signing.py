"""Signatures: ``sign`` (a vote as a file, made offline), ``export-vote``, ``verify`` (files alone)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.failures import FAILED, MisusedError, RefusedError
from workbench.cli.keyring import AgentOption, offline_key, public_half
from workbench.cli.output import one_line
from workbench.cli.session import ActorOption, JsonOption, PassphraseOption, WorkspaceOption, session_of
from workbench.cli.sources import read_artifact

if TYPE_CHECKING:
    from workbench.cli.session import Session
    from workbench.governance.artifact import ConstitutionVersion
    from workbench.governance.keys import PublicKey, Signing

Form = Literal["dsse", "sshsig"]


def sign(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A proposed version (.yaml).")],
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="PATH", help="Your OpenSSH ssh-ed25519 private key.", show_default=False),
    ] = None,
    agent: AgentOption = None,
    actor: ActorOption = None,
    role: Annotated[
        str | None,
        typer.Option("--role", metavar="ROLE", help="Your role. Default: the roster's.", show_default=False),
    ] = None,
    verdict: Annotated[Literal["approve", "reject"], typer.Option("--verdict", help="What you say to it.")] = "approve",
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="Goes into the vote.")] = "",
    form: Annotated[Form, typer.Option("--form", help="DSSE, or SSH's own form; a hardware key makes that.")] = "dsse",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write the vote here. Default: stdout.", show_default=False),
    ] = None,
    payload_out: Annotated[
        Path | None,
        typer.Option(
            "--payload-out",
            metavar="FILE",
            help="Sign nothing: write the exact bytes, for `ssh-keygen -Y sign -n concord-vote`. KEY may be a .pub.",
            show_default=False,
        ),
    ] = None,
    pae_out: Annotated[
        Path | None,
        typer.Option(
            "--pae-out",
            metavar="FILE",
            help="Also write the bytes that a DSSE vote signs, for `openssl pkeyutl -verify -rawin`.",
            show_default=False,
        ),
    ] = None,
    passphrase_env: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a vote on a version as a file, offline. `workbench approve --vote FILE` hands it in."""
    from workbench.governance.errors import GovernanceError

    session = session_of(ctx).using(as_json=as_json)
    if pae_out is not None and (form == "sshsig" or payload_out is not None):
        raise MisusedError("no such bytes", "only a DSSE vote has them", "leave `--pae-out` out")
    vote = Ballot(read_artifact(file), actor, role, verdict, comment)
    try:
        if payload_out is not None:
            vote.write_payload(session, key, agent, payload_out)
        else:
            vote.sign(session, *offline_key(key, agent, passphrase_env), form, out, pae_out)
    except GovernanceError as error:
        raise RefusedError("cannot sign", error.message, error.help, error.code) from None


@dataclass(frozen=True)
class Ballot:
    """What a person is about to say to a version."""

    version: ConstitutionVersion
    actor: str | None
    role: str | None
    verdict: Literal["approve", "reject"]
    comment: str

    def sign(
        self, session: Session, key: Signing, key_comment: str, form: Form, out: Path | None, pae_out: Path | None
    ) -> None:
        """Sign, and write or print the vote's file."""
        from workbench.governance.dsse import VOTE_TYPE, pae
        from workbench.governance.vote_files import vote_to_json
        from workbench.governance.votes import sign_vote, vote_payload
        from workbench.service.clock import SystemClock
        from workbench.service.files import write_atomically

        version = self.version
        principal, seat = self._who(key.public)
        made = sign_vote(
            key,
            version,
            principal=principal,
            role=seat,
            verdict=self.verdict,
            signed_at=SystemClock().now(),
            comment=self.comment,
            key_comment=key_comment,
            form="sshsig" if form == "sshsig" else "",
        )
        place = {"digest": version.digest, "swarm_id": version.swarm_id}
        if pae_out is not None:
            if made.form:
                raise MisusedError("no such bytes", "a hardware key's vote is no DSSE vote", "leave `--pae-out` out")
            write_atomically(pae_out.expanduser(), pae(VOTE_TYPE, vote_payload(made, **place)))
        envelope = vote_to_json(made, **place)
        if out is None:
            session.out.raw(envelope)
            return
        write_atomically(out.expanduser(), envelope.encode())
        told = {"vote": str(out), "digest": version.digest, "principal": principal, "role": seat}
        told |= {"verdict": self.verdict, "form": made.form or "dsse"}
        if not session.show(told):
            number, name = one_line(version.constitution_version), one_line(principal)
            session.out.line(f"{self.verdict} {number} as {name}: {out}")

    def write_payload(self, session: Session, key: Path | None, agent: str | None, out: Path) -> None:
        """Write the bytes to be signed elsewhere; a public key is enough to know whose they are."""
        from workbench.governance.votes import unsigned_vote, vote_payload
        from workbench.service.clock import SystemClock
        from workbench.service.files import write_atomically

        version = self.version
        public, key_comment = public_half(key, agent)
        principal, seat = self._who(public)
        unsigned = unsigned_vote(
            version,
            key=public,
            principal=principal,
            role=seat,
            verdict=self.verdict,
            signed_at=SystemClock().now(),
            comment=self.comment,
            key_comment=key_comment,
        )
        write_atomically(out.expanduser(), vote_payload(unsigned, digest=version.digest, swarm_id=version.swarm_id))
        told = {"payload": str(out), "digest": version.digest, "principal": principal, "role": seat}
        if not session.show(told | {"verdict": self.verdict, "key": public.fingerprint}):
            name = one_line(str(out))
            session.out.line(f"wrote {name}: {self.verdict} as {one_line(principal)}, not signed yet")
            session.out.line(f"sign it with: ssh-keygen -Y sign -n concord-vote -f KEY {name}")
            session.out.line(f"hand it in with: workbench {self.verdict} --vote {name}.sig")

    def _who(self, key: PublicKey) -> tuple[str, str]:
        """Principal and role of the key, as the file's own roster has them, unless both are given."""
        if self.actor and self.role:
            return self.actor, self.role
        fitting = [
            (entry.principal, entry.role)
            for entry in self.version.content.roster
            if key.fingerprint in (mine.fingerprint for mine in entry.public_keys)
            and self.actor in (None, entry.principal)
            and self.role in (None, entry.role)
            and entry.votes
        ]
        if len(fitting) != 1:
            what, whose = ("this key has several seats", False) if fitting else self._unfit(key)
            hint = (
                "sign with another key, or leave `--as` and `--role` out"
                if whose
                else "say it with `--as PRINCIPAL --role ROLE`"
            )
            raise MisusedError("who signs?", what, hint, "not_unique")
        return fitting[0]

    def _unfit(self, key: PublicKey) -> tuple[str, bool]:
        """Why nobody in the file's roster fits the key and what was said of who signs; whether it is somebody's."""
        for entry in self.version.content.roster:
            if key.fingerprint in (mine.fingerprint for mine in entry.public_keys):
                whose = f"this key is `{entry.principal}`'s, with the role `{entry.role}`"
                return whose if entry.votes else f"{whose}, which cannot vote", True
        return "the roster in the file does not know this key", False


def export_vote(
    ctx: typer.Context,
    actor: Annotated[str, typer.Option("--as", metavar="PRINCIPAL", help="Whose vote, as the roster writes it.")],
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="A version, a digest, or its beginning.")] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write it here. Default: stdout.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a recorded vote as a file: a DSSE envelope, or its SSHSIG. It holds nothing secret."""
    from workbench.cli.drafts import find_proposal

    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = find_proposal(opened, proposal)
        text = opened.export_vote(found.version.digest, actor)
    if out is None:
        session.out.raw(text)
        return
    from workbench.service.files import write_atomically

    write_atomically(out.expanduser(), text.encode())
    if not session.show({"vote": str(out), "digest": found.version.digest, "principal": actor}):
        session.out.line(f"wrote the vote of {one_line(actor)} on {one_line(found.version.version)}: {out}")


def verify(
    ctx: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A folder of <version>.yaml, a workspace, or one version.")
    ],
    genesis: Annotated[
        str | None,
        typer.Option(
            "--genesis",
            metavar="DIGEST",
            help="The digest of the first version. Default: your pins.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a chain of versions from its files alone: links, signatures, quorums, classes, timelocks.

    Exits 0 when it holds and is anchored in a genesis that you trust, 1 otherwise.
    """
    from workbench.service.verify import verify_path

    session = session_of(ctx).using(as_json=as_json)
    if not os.path.lexists(path.expanduser()):
        raise MisusedError("not found", f"`{path}` does not exist", "name a folder of versions", "not_found")
    if genesis is not None and re.fullmatch(r"sha256:[0-9a-f]{64}", genesis) is None:
        what = f"`{one_line(genesis[:80])}` is no digest"
        raise MisusedError("no such pin", what, "give `sha256:` and 64 hex digits", "bad_digest")
    found = verify_path(path.expanduser(), genesis)
    if not session.show(found):
        out = session.out
        for line in found.lines:
            mark = out.styled("ok    ", "good") if line.ok else out.styled("BROKEN", "bad", "bold")
            code = f" [{line.code}]" if line.code else ""
            out.line(f"{mark} {one_line(line.subject)}: {one_line(line.message)}{code}")
        good = found.ok and found.anchored
        out.line(out.styled(one_line(found.message), "good" if good else "bad"))
    if not (found.ok and found.anchored):
        raise typer.Exit(FAILED)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("sign")(sign)
    app.command("verify")(verify)
    app.command("export-vote")(export_vote)
