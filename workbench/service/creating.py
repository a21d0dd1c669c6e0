"""Making a workspace: keys, the first version, the directory; all of it or nothing.

Everything is made in a folder beside the wanted one, which is renamed at the very end.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.analysis.task import Task
from workbench.engine.entities import Entities, EntityError
from workbench.engine.values import EntityUid
from workbench.governance.activation import activate
from workbench.governance.artifact import ConstitutionVersion, Content, Signature, dump_yaml
from workbench.governance.assessment import assess
from workbench.governance.genesis import build_genesis
from workbench.governance.keys import SigningKey, demo_comment, generate_key, public_line, serialize_private
from workbench.governance.reachability import unreachable
from workbench.governance.roster import RosterEntry
from workbench.governance.unsigned import UNSIGNED_PRINCIPAL, unsigned_comment
from workbench.governance.votes import sign_vote, vote_digest, witness_vote
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.schema import Schema
from workbench.service.checked import Checked, check_version
from workbench.service.clock import Clock, micros, moment
from workbench.service.credentials import register_demo_approvers
from workbench.service.databases import checked_address, keep_address, take_back
from workbench.service.errors import WorkbenchError, from_os, governed, store_errors
from workbench.service.files import sync_folder, write_atomically
from workbench.service.first_version import first_content
from workbench.service.keys import Signer, open_signer, read_public_line, write_new_key
from workbench.service.paths import read_pins, save_pin
from workbench.service.profiles import UNSIGNED_KEY
from workbench.service.samples import Sample, load_sample
from workbench.service.session import KEYS, LEDGER_KEY, PROFILES, PROPOSALS, VERSIONS
from workbench.service.views import SignerSpec
from workbench.store import directory, feed, versions
from workbench.store.database import Database
from workbench.store.ledger import append, begin, read_head, save_state

DEMO_PASSPHRASE = "demo-only"
LEDGER_PRINCIPAL = 'Ledger::"workspace"'
_DEMO_APPROVERS = ('Agent::"viktor"', 'Agent::"camille"', 'Agent::"ravi"')  # whom the sample's procedures ask


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new workspace is made of.

    ``keys``: files that sign the first version, with their passphrases. ``new_passphrase``: of a key that is made.
    ``pin``: whether the user's configuration remembers the digest of the first version. ``supersedes``: the last digest
    of a chain of the same swarm whose keys are all lost; only then may another first version be pinned for a swarm.
    ``database``: the URL of an empty database on a server; where empty, a file in the folder. ``invariants``: what the
    first version must keep; the sample's where ``None``.
    """

    sample: str = "support-swarm"
    profile: str = "demo"
    signers: tuple[SignerSpec, ...] = ()
    keys: tuple[tuple[Path, str], ...] = field(default=(), repr=False)
    swarm_id: str = ""
    new_passphrase: str = field(default="", repr=False)
    summary: str = "the first version"
    pin: bool = True
    database: str = field(default="", repr=False)
    supersedes: str = ""
    invariants: str | None = None
    task: Task | None = field(default=None, repr=False)  # to stop the proof of those


def create(location: Path, plan: Plan, clock: Clock) -> None:
    """Make a workspace at ``location``. Raises :class:`WorkbenchError`; then nothing was made.

    Codes: ``exists``, ``unknown_profile``, ``unknown_sample``, ``broken_sample``, ``no_signers``,
    ``passphrase_needed``, ``genesis_unsigned`` (keys are missing for its quorum), ``unreachable_class`` (its people are
    too few for later amendments), ``pinned`` (another first version of this swarm is), ``supersedes_what`` (no swarm is
    named), and those of keys, store and :func:`~workbench.service.first_version.first_content`.
    """
    if plan.profile not in PROFILES:
        raise WorkbenchError(
            "unknown profile",
            f"`{plan.profile}` is no profile",
            f"use one of: {', '.join(PROFILES)}",
            "unknown_profile",
        )
    if location.exists() and (not location.is_dir() or any(location.iterdir())):
        raise WorkbenchError(
            "there is something already", f"`{location}` is not empty", "open it, or name another folder", "exists"
        )
    if plan.database:
        with store_errors():
            checked_address(plan.database)
    _check_pin(plan)
    sample = load_sample(plan.sample)
    content = first_content(sample, plan.profile, plan.invariants, plan.task)
    swarm_id = plan.swarm_id or f"swarm-{secrets.token_hex(4)}"
    building = location.parent / f".{location.name}.new-{secrets.token_hex(4)}"
    try:
        location.parent.mkdir(parents=True, exist_ok=True)
        building.mkdir(mode=0o700)
    except OSError as error:
        raise from_os(error) from error
    with store_errors(), ExitStack() as undo:
        undo.callback(shutil.rmtree, building, ignore_errors=True)
        digest = _build(building, content, sample, plan, swarm_id, clock, undo)
        if plan.pin:
            save_pin(swarm_id, digest)
        if location.is_dir():
            location.rmdir()
        os.rename(building, location)
        undo.pop_all()
        sync_folder(location.parent)


def _check_pin(plan: Plan) -> None:
    """Nobody's pin is replaced by accident: a first version that follows another must say so."""
    if plan.supersedes and not plan.swarm_id:
        raise WorkbenchError(
            "which swarm?", "a chain is superseded within its swarm", "name the swarm's id", "supersedes_what"
        )
    pinned = read_pins().get(plan.swarm_id) if plan.pin and plan.swarm_id else None
    if pinned is not None and not plan.supersedes:
        raise WorkbenchError(
            "the swarm has a first version already",
            f"`{plan.swarm_id}` is pinned to {pinned}",
            "name another swarm; where all keys are lost, supersede the last version",
            "pinned",
        )


def _build(
    folder: Path, content: Content, sample: Sample, plan: Plan, swarm_id: str, clock: Clock, undo: ExitStack
) -> str:
    for name in (KEYS, VERSIONS, PROPOSALS):
        (folder / name).mkdir()
    (folder / KEYS).chmod(0o700)
    people, key_files = _people(folder, sample, plan, swarm_id)
    ledger_key = generate_key()
    with governed("the workspace was not made"):
        write_new_key(folder / LEDGER_KEY, ledger_key, serialize_private(ledger_key, None), f"ledger of {swarm_id}")
        roster = [
            *(RosterEntry(principal=p.principal, role=p.role, keys=(p.public_line,)) for p in people),
            RosterEntry(
                principal=LEDGER_PRINCIPAL, role="ledger", keys=(public_line(ledger_key, f"ledger of {swarm_id}"),)
            ),
        ]
        genesis = _genesis(content, plan, swarm_id, roster, clock)
        signers = [open_signer(path, passphrase, roster, swarm_id) for path, passphrase in key_files]
    where = keep_address(folder, plan.database)
    database = Database.open(where, create=True)
    undo.callback(take_back, where)
    try:
        return _fill(folder, database, genesis, signers, ledger_key, sample, plan, clock)
    finally:
        database.close()


def _people(folder: Path, sample: Sample, plan: Plan, swarm_id: str) -> tuple[list[SignerSpec], list[tuple[Path, str]]]:
    """Who signs, and the key files that sign the first version."""
    if plan.profile == "demo":
        people, files = [], []
        for person in sample.roster:
            path = folder / KEYS / f"demo-{_id(person.principal)}"
            line = _make_key(path, DEMO_PASSPHRASE, demo_comment(swarm_id))
            people.append(SignerSpec(person.principal, person.role, line))
            files.append((path, DEMO_PASSPHRASE))
        return people, files
    files = list(plan.keys)
    if plan.profile == "solo":
        spec = plan.signers[0] if plan.signers else None
        principal = spec.principal if spec else f'Operator::"{_user()}"'
        path, passphrase = files[0] if files else (folder / KEYS / _id(principal), plan.new_passphrase)
        if not files or not path.exists():
            if not passphrase:
                raise WorkbenchError(
                    "a passphrase is needed",
                    "a new key for this workspace must be encrypted",
                    "give a passphrase for it, or name a key you have",
                    "passphrase_needed",
                )
            line = _make_key(path, passphrase, f"{_id(principal)} of {swarm_id}")
        else:
            line = read_public_line(path)
        return [SignerSpec(principal, spec.role if spec else "operator", line)], [(path, passphrase)]
    if plan.profile == "unsigned":
        path, key = folder / KEYS / UNSIGNED_KEY, generate_key()
        with governed("the key was not made"):
            write_new_key(path, key, serialize_private(key, None), unsigned_comment(swarm_id))
        line = public_line(key, unsigned_comment(swarm_id))
        return [SignerSpec(UNSIGNED_PRINCIPAL, "operator", line)], [(path, "")]
    if not plan.signers:
        raise WorkbenchError(
            "who signs?", "a team's workspace needs its signers", "name each with role and public key", "no_signers"
        )
    return list(plan.signers), files


def _make_key(path: Path, passphrase: str, comment: str) -> str:
    key = generate_key()
    with governed("the key was not made"):
        write_new_key(path, key, serialize_private(key, passphrase), comment)
    return public_line(key, comment)


def _genesis(
    content: Content, plan: Plan, swarm_id: str, roster: Sequence[RosterEntry], clock: Clock
) -> ConstitutionVersion:
    return build_genesis(
        swarm_id=swarm_id,
        content=content.model_copy(update={"roster": tuple(roster)}),
        proposed_by=roster[0].principal,
        created_at=clock.now(),
        summary=plan.summary,
        supersedes=plan.supersedes or None,
    )


def _fill(
    folder: Path,
    database: Database,
    genesis: ConstitutionVersion,
    signers: Sequence[Signer],
    ledger_key: SigningKey,
    sample: Sample,
    plan: Plan,
    clock: Clock,
) -> str:
    """Write the ledger's first entries, the first version in force and the directory, in one transaction."""
    checked = check_version(genesis)
    digest, swarm_id = checked.digest, genesis.swarm_id
    rows = _directory_rows(sample, checked.schema)
    with database.write() as connection, governed("the workspace was not made"):
        begin(connection)
        feed.begin_counting(connection)
        head = read_head(connection)
        now = micros(clock.now()) // 1000 * 1000
        append(connection, head, kind="genesis", at=now, body={"swarm": swarm_id, "digest": digest})
        votes: list[Signature] = []
        for signer in signers:
            vote = sign_vote(
                signer.key,
                genesis,
                principal=signer.principal,
                role=signer.role,
                signed_at=moment(now),
                comment="the first version",
                key_comment=signer.comment,
            )
            named = vote_digest(vote, digest=digest, swarm_id=swarm_id)
            body = {"proposal": digest, "vote": named, "principal": vote.principal, "verdict": vote.verdict}
            receipt = append(connection, head, kind="vote", at=now, body=body)
            votes.append(
                witness_vote(
                    ledger_key,
                    vote,
                    digest=digest,
                    swarm_id=swarm_id,
                    received_at=moment(receipt.at),
                    entry=receipt.seq,
                )
            )
        signed = genesis.with_signatures(votes)
        _check_reachable(checked)
        assessment = assess(signed, signed, checked.program)
        if not assessment.satisfied:
            empty = ", ".join(seat.requirement for seat in assessment.seats if not seat.filled_by)
            raise WorkbenchError(
                "the first version is not fully signed",
                f"its own roster must approve it; still empty: {empty}",
                "name a key for each seat",
                "genesis_unsigned",
            )
        version = activate(
            signed,
            ledger_key=ledger_key,
            effective_at=moment(now),
            ledger_size=head.size,
            ledger_root=head.root(),
        )
        text = dump_yaml(version)
        number = version.constitution_version
        versions.add_version(connection, number, digest, now, text)
        activated = {"version": number, "digest": digest, "previous_head": None}
        append(connection, head, kind="activation", at=now, body=activated)
        directory.replace_entities(connection, rows)
        append(
            connection,
            head,
            kind="directory",
            at=now,
            body={
                "loaded": [str(EntityUid(type_, id_)) for type_, id_, _ in rows],
                "removed": [],
                "state": directory.digest_of(rows),
            },
        )
        if plan.profile == "demo":
            register_demo_approvers(
                folder,
                connection,
                head,
                swarm_id=swarm_id,
                principals=[who for who in _DEMO_APPROVERS if who in {f"{t}::{json.dumps(i)}" for t, i, _ in rows}],
                passphrase=DEMO_PASSPHRASE,
                at=now,
            )
        head.active_digest, head.generation = digest, head.generation + 1
        save_state(connection, head)
        for key, value in (("swarm_id", swarm_id), ("profile", plan.profile), ("sample", sample.name)):
            directory.set_setting(connection, key, value)
    write_atomically(folder / VERSIONS / f"{number}.yaml", text.encode())
    return digest


def _check_reachable(checked: Checked) -> None:
    for cls, words in unreachable(checked.version, checked.program):
        raise WorkbenchError(
            "the first version could not be amended",
            f"nobody could approve a {cls} amendment: it takes {words}",
            "name more signers, each with a role",
            "unreachable_class",
        )


def _directory_rows(sample: Sample, schema: Schema) -> list[tuple[str, str, str]]:
    try:
        known = Entities.from_json(list(sample.directory), schema)
    except (EntityError, DiagnosticsError) as error:
        raise WorkbenchError(
            "a sample is broken",
            f"`{sample.root / 'directory.json'}`: {error}",
            "install the program again, or repair the file",
            "broken_sample",
        ) from error
    return entity_rows(known)


def entity_rows(known: Entities) -> list[tuple[str, str, str]]:
    """Entities as the store keeps them: (type, id, JSON text)."""
    rows: list[dict[str, Any]] = known.to_json()
    return [(row["uid"]["type"], row["uid"]["id"], json.dumps(row, separators=(",", ":"))) for row in rows]


def _id(principal: str) -> str:
    """The id in ``Type::"id"``, as a file may be named."""
    inside = principal.partition('::"')[2].removesuffix('"') or principal
    return re.sub(r"[^A-Za-z0-9._-]", "-", inside).strip(".") or "signer"


def _user() -> str:
    try:
        return re.sub(r"[^A-Za-z0-9._-]", "-", getpass.getuser()) or "me"
    except (OSError, KeyError, ImportError):
        return "me"
