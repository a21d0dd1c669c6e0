"""The signed statements that the ledger names, against the tables that hold them: votes, overlays, cases, keys.

Each function is one line of the audit. What the ledger received must be there, say what the entry names, and be signed
by whom it says; what is there must have been received. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection

from workbench.governance.acknowledgement import verify_acknowledgement
from workbench.governance.artifact import ConstitutionVersion, Signature, load_yaml
from workbench.governance.case_votes import CaseStatement, SignedCaseVote, verify_case_vote
from workbench.governance.errors import GovernanceError
from workbench.governance.group_acknowledgement import GroupWords, verify_word
from workbench.governance.key_statements import from_json
from workbench.governance.key_statements import signers as key_signers
from workbench.governance.keys import parse_public_line
from workbench.governance.redaction import verify_redaction
from workbench.governance.roster import RosterEntry
from workbench.governance.votes import vote_digest
from workbench.service.ledger_audit import counted
from workbench.service.overlay_reading import overlay_faults
from workbench.service.views import VerifyLine
from workbench.store import audit as store
from workbench.store import credentials, versions

Entries = Sequence[Mapping[str, Any]]


class Statements:
    """What the ledger holds besides decisions, in order, with the versions by digest."""

    def __init__(self, connection: Connection, swarm_id: str, besides: Entries) -> None:
        self._connection = connection
        self._swarm_id = swarm_id
        self._besides = besides
        self._versions: dict[str, ConstitutionVersion] = {}
        for row in versions.chain(connection):
            with suppress(GovernanceError):
                self._versions[row.digest] = load_yaml(row.yaml)

    def lines(self, erased: Sequence[int]) -> Iterable[VerifyLine]:
        """Every line; ``erased`` are the decisions whose payload is gone."""
        for subject, check in (
            ("in force", self._activations),
            ("votes", self._votes),
            ("overlays", self._overlays),
            ("case votes", self._case_votes),
            ("keys", self._keys),
            ("acknowledged", self._acknowledged),
            ("groups", self._groups),
        ):
            try:
                ok, message = check()
            except (GovernanceError, KeyError, TypeError, ValueError, AttributeError) as error:
                what = error.message if isinstance(error, GovernanceError) else type(error).__name__
                ok, message = False, f"an entry or a row cannot be read: {what}"
            yield VerifyLine(ok, subject, message)
        yield self._redactions(erased)

    def _of(self, *kinds: str) -> Entries:
        return [entry for entry in self._besides if entry["kind"] in kinds]

    def _roster(self, seq: int) -> Sequence[RosterEntry]:
        """The roster in force when entry ``seq`` was written."""
        standing: Sequence[RosterEntry] = ()
        for entry in self._of("activation"):
            if entry["seq"] >= seq and standing:
                break
            version = self._versions.get(entry["body"]["digest"])
            standing = version.content.roster if version is not None else standing
        return standing

    def _activations(self) -> tuple[bool, str]:
        """The chain in the store is what the ledger saw come into force, in that order."""
        stored = [(row.version, row.digest) for row in versions.chain(self._connection)]
        seen = [(entry["seq"], entry["body"]) for entry in self._of("activation")]
        for place, (seq, body) in enumerate(seen):
            said = (body["version"], body["digest"])
            if place >= len(stored) or stored[place] != said:
                return False, f"entry {seq} has version {said[0]} come into force, and the store has another chain"
        if len(stored) > len(seen):
            return False, f"version {stored[len(seen)][0]} is in the store, but no entry has it come into force"
        return True, f"{counted(len(seen), 'version')}, as the ledger saw them come into force"

    def _votes(self) -> tuple[bool, str]:
        """Every vote received is kept, unchanged, and none is kept that was not received."""
        received = {entry["body"]["vote"]: entry["seq"] for entry in self._of("vote")}
        kept: dict[str, tuple[str, int | None]] = {}
        for digest, version in self._versions.items():
            for vote in version.signatures:
                kept[vote_digest(vote, digest=digest, swarm_id=self._swarm_id)] = _witnessed(vote)
        for digest, text in store.vote_rows(self._connection):
            vote = Signature.model_validate_json(text)
            kept[vote_digest(vote, digest=digest, swarm_id=self._swarm_id)] = _witnessed(vote)
        for named, seq in received.items():
            if named not in kept:
                return False, f"entry {seq}: the vote that it received is gone, or was changed"
            if kept[named][1] != seq:
                return False, f"entry {seq}: the witness of its vote names entry {kept[named][1]}"
        stray = next((who for named, (who, _) in kept.items() if named not in received), None)
        if stray is not None:
            return False, f"a vote of `{stray}` is kept that no entry received"
        return True, f"{len(received)} received, all kept as they came"

    def _overlays(self) -> tuple[bool, str]:
        faults = overlay_faults(self._connection)
        if faults:
            return False, faults[0]
        return True, f"{counted(len(self._of('overlay')), 'entry', 'entries')}, each signed as it says"

    def _case_votes(self) -> tuple[bool, str]:
        """Every vote on a case is kept as received (or erased with its request), and signed by a registered key."""
        lines = {row.id: row for row in credentials.all_of(self._connection) if row.kind == "key"}
        keys = {}
        for row in lines.values():
            with suppress(GovernanceError):
                key, _ = parse_public_line(row.value)
                keys[key.fingerprint] = key
        kept = {}
        erased = 0
        for text in store.case_vote_texts(self._connection):
            row_value = json.loads(text)
            if not row_value:
                erased += 1
                continue
            kept[row_value["entry"]] = SignedCaseVote(
                CaseStatement(**row_value["statement"]), row_value["signed_by"], row_value["signature"]
            )
        entries = self._of("case_vote")
        for entry in entries:
            vote = kept.pop(entry["seq"], None)
            if vote is None:
                if erased:
                    erased -= 1
                    continue
                return False, f"entry {entry['seq']}: the vote that it received is gone"
            if vote.digest != entry["body"]["vote"]:
                return False, f"entry {entry['seq']}: the vote that it received was changed"
            if vote.signature:
                if vote.signed_by not in keys:
                    return False, f"entry {entry['seq']}: no registered key is {vote.signed_by}"
                verify_case_vote(vote, keys[vote.signed_by])
        if kept:
            return False, f"a vote on a case is kept that entry {min(kept)} did not receive"
        return True, f"{len(entries)} received, all kept"

    def _keys(self) -> tuple[bool, str]:
        """Every suspension and revocation is signed by the roster of its time."""
        entries = [entry for entry in self._of("key") if "envelope" in entry["body"]]
        for entry in entries:
            statement, seals = from_json(entry["body"]["envelope"])
            if statement.swarm_id != self._swarm_id or statement.digest != entry["body"]["statement"]:
                return False, f"entry {entry['seq']}: the statement is another than it names"
            people = [person.principal for person in key_signers(statement, seals, self._roster(entry["seq"]))]
            if people != list(entry["body"]["signed_by"]):
                return False, f"entry {entry['seq']}: it was signed by others than it says"
        return True, f"{counted(len(entries), 'statement')} about keys, each signed as it says"

    def _acknowledged(self) -> tuple[bool, str]:
        """Every seal that was lifted and every time that was accepted has a signer's word, given at that very place."""
        entries = self._of("acknowledged")
        for entry in entries:
            body = entry["body"]
            said = body["statement"]
            try:
                verify_acknowledgement(
                    said,
                    body["signature"],
                    swarm_id=self._swarm_id,
                    head=entry["prev"],
                    roster=self._roster(entry["seq"]),
                )
            except GovernanceError as error:
                return False, f"entry {entry['seq']}: {error.message}"
            if (said["what"], said["principal"], said["why"]) != (body["event"], body["by"], body["why"]):
                return False, f"entry {entry['seq']}: something else was signed than it says"
        return True, f"{counted(len(entries), 'word')} of signers, each signed as it says"

    def _groups(self) -> tuple[bool, str]:
        """Every word about a group is signed by whom it names, if anybody, and was said once."""
        entries, words = self._of("group"), GroupWords()
        for entry in entries:
            try:
                words.take(verify_word(entry["body"], self._roster(entry["seq"]), self._swarm_id, entry["seq"]))
            except GovernanceError as error:
                return False, f"entry {entry['seq']}: {error.message}"
        unsigned = sum(not entry["body"]["key"] for entry in entries)
        by_nobody = f", {unsigned} of them by nobody" if unsigned else ""
        return True, f"{counted(len(entries), 'word')} about groups, each signed as it says{by_nobody}"

    def redacted(self) -> dict[int, int]:
        """Decision → entry that erased its payload. Raises :class:`GovernanceError`."""
        found: dict[int, int] = {}
        for entry in self._of("redaction"):
            for seq in verify_redaction(entry["body"], self._roster(entry["seq"]), self._swarm_id):
                found.setdefault(seq, entry["seq"])
        return found

    def _redactions(self, erased: Sequence[int]) -> VerifyLine:
        """What is gone was redacted by a signer, and what was redacted is gone."""
        subject = "redactions"
        for entry in self._of("redaction"):
            try:
                verify_redaction(entry["body"], self._roster(entry["seq"]), self._swarm_id)
            except GovernanceError as error:
                return VerifyLine(False, subject, f"entry {entry['seq']}: {error.message}")
        redacted = self.redacted()
        gone = set(erased)
        removed = next((seq for seq in erased if seq not in redacted), None)
        if removed is not None:
            return VerifyLine(False, subject, f"the payload of decision {removed} is gone, and no redaction names it")
        kept = next((seq for seq in sorted(redacted) if seq not in gone), None)
        if kept is not None:
            return VerifyLine(
                False, subject, f"decision {kept} was redacted by entry {redacted[kept]}, and has a payload"
            )
        return VerifyLine(True, subject, f"{counted(len(redacted), 'decision')}, each by a signer's word")


def _witnessed(vote: Signature) -> tuple[str, int | None]:
    return vote.principal, vote.witness.entry if vote.witness is not None else None
