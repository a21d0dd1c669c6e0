"""What stands in single rows against the ledger and the signed versions: the head, the settings, proposals, held keys.

None of these rows is believed where it matters (``law``, ``session``, ``weighing``, ``holding`` say how); an audit says
that somebody changed them. Not for faces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.errors import GovernanceError
from workbench.governance.keys import demo_swarm, parse_public_line
from workbench.governance.unsigned import is_unsigned
from workbench.service.holding import said_of_keys
from workbench.service.ledger_audit import counted
from workbench.service.session import PROFILES
from workbench.service.views import VerifyLine
from workbench.store import key_holds, versions
from workbench.store.directory import setting
from workbench.store.ledger import LedgerHead

Entries = Sequence[Mapping[str, Any]]


def standing_lines(connection: Connection, head: LedgerHead, besides: Entries) -> Iterable[VerifyLine]:
    """One line for each; ``besides``: the ledger's entries that are no decisions, in order."""
    checks: tuple[tuple[str, Callable[[], tuple[str, str]]], ...] = (
        ("head", lambda: _head(head, besides)),
        ("settings", lambda: _settings(connection)),
        ("proposals", lambda: _proposals(connection, besides)),
        ("held keys", lambda: _held(connection)),
    )
    for subject, check in checks:
        try:
            wrong, right = check()
        except (GovernanceError, KeyError, TypeError, ValueError, AttributeError) as error:
            what = error.message if isinstance(error, GovernanceError) else type(error).__name__
            wrong, right = f"an entry or a row cannot be read: {what}", ""
        yield VerifyLine(not wrong, subject, wrong or right)


def _head(head: LedgerHead, besides: Entries) -> tuple[str, str]:
    """What the head says is in force is what came into force last."""
    last = next((entry for entry in reversed(besides) if entry["kind"] == "activation"), None)
    if last is None:
        return "nothing ever came into force", ""
    if last["body"]["digest"] != head.active_digest:
        named = f"entry {last['seq']} had version {last['body']['version']} come into force last"
        return f"{named}, and the head names another", ""
    seal = next((entry for entry in reversed(besides) if entry["kind"] == "sealed"), None)
    word = max((e["seq"] for e in besides if _is(e, "acknowledged", "restored")), default=0)
    if seal is not None and seal["seq"] > word and not head.sealed:
        return f"entry {seal['seq']} sealed the workspace, nobody acknowledged it, and the seal is gone", ""
    clock = next((e for e in reversed(besides) if e["kind"] == "clock" or _is(e, "acknowledged", "clock")), None)
    if clock is not None and clock["body"]["event"] == "frozen" and head.frozen_at is None:
        return f"entry {clock['seq']} froze the timelocks, nobody accepted the time, and they are not frozen", ""
    return "", "it names what came into force last"


def _is(entry: Mapping[str, Any], kind: str, event: str) -> bool:
    return bool(entry["kind"] == kind and entry["body"]["event"] == event)


def _settings(connection: Connection) -> tuple[str, str]:
    """The profile and the swarm are those of the signed versions."""
    newest = versions.newest(connection)
    if newest is None:
        return "there is no version", ""
    version = load_yaml(newest.yaml)
    swarm_id, profile = setting(connection, "swarm_id"), setting(connection, "profile")
    if swarm_id != version.swarm_id:
        return f"the swarm is set to `{swarm_id[:80]}`, and version {newest.version} is of `{version.swarm_id}`", ""
    if profile not in PROFILES:
        return f"`{profile[:80]}` is no profile", ""
    if profile == "unsigned" and not is_unsigned(version):
        return "the profile is set to `unsigned`, and no key of the roster lies open", ""
    if profile != "unsigned" and is_unsigned(version):
        return f"the profile is set to `{profile}`, and a key of the roster lies open: it is unsigned", ""
    if profile == "demo" and not _is_demo(version):
        return "the profile is set to `demo`, and the roster has no demo key", ""
    return "", f"profile and swarm as version {newest.version} has them"


def _is_demo(version: ConstitutionVersion) -> bool:
    lines = [line for entry in version.content.roster for line in entry.keys]
    return any(demo_swarm(parse_public_line(line)[1]) is not None for line in lines)


def _proposals(connection: Connection, besides: Entries) -> tuple[str, str]:
    """Every proposal is kept as it was proposed, and none is kept that was not."""
    said = {entry["body"]["proposal"]: entry["seq"] for entry in besides if entry["kind"] == "proposal"}
    rows = versions.proposal_list(connection)
    for row in rows:
        if row.digest not in said:
            return f"version {row.version} is listed as proposed, and no entry proposed it", ""
        version = load_yaml(row.yaml)
        if (version.digest, version.parent_digest or "") != (row.digest, row.parent_digest):
            return f"version {row.version} is not what was proposed by entry {said[row.digest]}", ""
    missing = next((digest for digest in said if digest not in {row.digest for row in rows}), None)
    if missing is not None:
        return f"the proposal of entry {said[missing]} is gone", ""
    return "", f"{counted(len(said), 'proposal')}, as they were proposed"


def _held(connection: Connection) -> tuple[str, str]:
    """The table of held keys says what the ledger says."""
    said = said_of_keys(connection)
    rows = {row.fingerprint: row for row in key_holds.holds(connection)}
    for fingerprint in sorted(said.keys() | rows.keys()):
        row, told = rows.get(fingerprint), said.get(fingerprint)
        if told is None:
            return f"`{fingerprint}` is listed as {row.state if row else ''}, and no entry says so", ""
        if row is None or (row.state, row.at) != (told.state, told.at):
            return f"`{fingerprint}` is {told.state} by the ledger, and listed otherwise", ""
    return "", f"{counted(len(said), 'key')}, as the ledger has them"
