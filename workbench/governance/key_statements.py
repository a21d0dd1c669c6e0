"""Statements about roster keys that act at once: suspend, revoke, lift. What is signed, and by whom it must be.

Imports keys, DSSE, SSHSIG and the roster. Such a statement changes no roster: from then on the ledger key refuses to
witness what that key signs, and what was witnessed before stands. It travels as a DSSE envelope with a signature for
each signer; a hardware key signs the same pre-authentication bytes as SSHSIG (namespace ``concord-key``; its entry in
``signatures`` then says ``form: sshsig``). ``previous`` is the digest of the last statement about the same key, so none
can be used a second time.

Who may: the key's own person with any of their keys, or two other signers; where a class of amendments would have no
quorum any more, two people in any case, and to revoke, which nobody can take back, the owner and another. To lift takes
two people, and never the key itself; a revoked key stays so.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from workbench.governance import sshsig
from workbench.governance.artifact import validated
from workbench.governance.canonical import canonical_bytes, decode_base64, sha256_hex
from workbench.governance.dsse import pae, sign, signer_of
from workbench.governance.errors import ArtifactError, VoteError
from workbench.governance.fields import Digest, Fingerprint, Frozen, Instant, SwarmId, Text
from workbench.governance.keys import PublicKey, Signing
from workbench.governance.roster import RECOVERY_ROLE, RosterEntry
from workbench.governance.strict_json import json_text, parse_json
from workbench.governance.times import format_time

KEY_CARE_TYPE = "application/vnd.concord.key-care.v1+json"
KEY_NAMESPACE = "concord-key"
MAX_FILE = 64 * 1024
MAX_WHY = 1000
MAX_SEALS = 16
VALID_FOR = timedelta(days=7)
CLOCKS_DIFFER = timedelta(minutes=10)

Act = Literal["suspend", "revoke", "lift"]


class KeyStatement(Frozen):
    """What is said of the key ``key``. ``constitution``: digest of the version in force, whose roster says who may;
    ``previous``: hex digest of the last statement about the key, empty for the first; ``at``: the first signer's claim.
    """

    act: Act
    swarm_id: SwarmId
    key: Fingerprint
    why: Text = Field(max_length=MAX_WHY)
    at: Instant
    constitution: Digest
    previous: str = Field(pattern="^(?:[0-9a-f]{64})?$")

    def payload(self) -> dict[str, Any]:
        """The fields that are signed."""
        return {**self.model_dump(), "at": format_time(self.at)}

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical payload."""
        return sha256_hex(canonical_bytes(self.payload()))


@dataclass(frozen=True, slots=True)
class Seal:
    """One signature: DSSE where ``form`` is empty, else ``sshsig``. ``signature`` is base64."""

    signed_by: str
    signature: str
    form: str = ""


def sealed(key: Signing, statement: KeyStatement) -> Seal:
    """``key``'s signature of the statement."""
    payload = statement.payload()
    if key.public.hardware:
        blob = sshsig.sign(key, pae(KEY_CARE_TYPE, canonical_bytes(payload)), KEY_NAMESPACE)
        return Seal(key.public.fingerprint, base64.b64encode(blob).decode(), "sshsig")
    return Seal(key.public.fingerprint, sign(key, KEY_CARE_TYPE, payload))


def signers(statement: KeyStatement, seals: Sequence[Seal], roster: Sequence[RosterEntry]) -> tuple[RosterEntry, ...]:
    """The people who signed, each once, every signature proved.

    Raises :class:`VoteError`: ``no_signature``, ``unknown_key``, ``ledger_votes``, ``recovery_only``, ``same_person``,
    ``bad_signature``, or the code of an SSHSIG that does not hold.
    """
    people: list[RosterEntry] = []
    for seal in seals:
        person, key = _who(seal.signed_by, roster)
        if person in people:
            raise VoteError("same_person", f"`{person.principal}` signed twice, and counts once")
        _hold(seal, key, statement)
        people.append(person)
    if not people:
        raise VoteError("no_signature", "nobody has signed it")
    return tuple(people)


def refuse_unentitled(
    statement: KeyStatement, seals: Sequence[Seal], people: Sequence[RosterEntry], owner: RosterEntry, *, blocks: bool
) -> None:
    """Whether these people may do this to a key of ``owner``'s. ``blocks``: some class would have no quorum any more
    (to revoke: has none afterwards, by whatever is held already).

    Raises :class:`VoteError`: ``own_key`` (the key lifts itself), ``two_needed`` (one person lifts), ``not_entitled``
    (neither the owner nor two others), ``would_block`` (it would block governance, and one person alone asks for it; or
    for good, and others than the owner do).
    """
    if statement.act == "lift":
        if any(seal.signed_by == statement.key for seal in seals):
            raise VoteError("own_key", "a key cannot lift its own suspension")
        if len(people) < 2:
            raise VoteError("two_needed", "to lift a suspension takes two people", "have another signer sign it too")
        return
    if owner not in people and len(people) < 2:
        raise VoteError(
            "not_entitled",
            f"one person alone cannot {statement.act} a key of `{owner.principal}`",
            "its owner can, with any of their keys, or two other signers together",
        )
    if blocks and statement.act == "revoke" and owner not in people:
        raise VoteError(
            "would_block",
            f"without this key of `{owner.principal}` no amendment of some class could be approved any more, for good",
            "suspend it instead (`workbench keys suspend`), which two signers can lift; or have its owner sign too",
        )
    if blocks and len(people) < 2:
        raise VoteError(
            "would_block",
            f"without this key of `{owner.principal}` no amendment of some class could be approved any more",
            "have a second signer sign it too, or rotate the key instead",
        )


def refuse_untimely(statement: KeyStatement, now: datetime) -> None:
    """Raises :class:`VoteError` (``old_statement``, ``future_statement``) for one that was not made recently."""
    if now - statement.at > VALID_FOR:
        raise VoteError("old_statement", "it was signed more than 7 days ago", "sign it anew")
    if statement.at - now > CLOCKS_DIFFER:
        raise VoteError("future_statement", "it says that it was signed in the future", "set the clock, sign it anew")


def to_json(statement: KeyStatement, seals: Sequence[Seal]) -> str:
    """The envelope: what travels, and what the ledger keeps."""
    signatures = [
        {"keyid": seal.signed_by, "sig": seal.signature} | ({"form": seal.form} if seal.form else {}) for seal in seals
    ]
    payload = base64.b64encode(canonical_bytes(statement.payload())).decode()
    return json_text({"payloadType": KEY_CARE_TYPE, "payload": payload, "signatures": signatures}, spaced=True) + "\n"


def from_json(text: str) -> tuple[KeyStatement, tuple[Seal, ...]]:
    """The statement and its signatures in an envelope; nothing is verified.

    Raises :class:`VoteError`: ``envelope``, ``payload_type``, ``payload_form``, or the code of the field that is wrong.
    """
    try:
        envelope = parse_json(text, "statement") if len(text) <= MAX_FILE else None
        match envelope:
            case {"payloadType": str(kind), "payload": str(encoded), "signatures": list(signatures), **rest} if (
                not rest
            ):
                pass
            case _:
                raise VoteError("envelope", "the file is not a DSSE envelope")
        if kind != KEY_CARE_TYPE:
            raise VoteError("payload_type", f"the envelope holds `{kind[:80]}`, not a statement about a key")
        payload = base64.b64decode(encoded, validate=True)
        plain = parse_json(payload.decode(), "statement")
        if not isinstance(plain, dict) or canonical_bytes(plain) != payload:
            raise VoteError("payload_form", "the statement is not written in its canonical form")
        statement = validated(KeyStatement, plain)
        if statement.payload() != plain:
            raise VoteError("payload_form", "the statement is not written in its canonical form")
        return statement, tuple(_seal(found) for found in signatures[: MAX_SEALS + 1])
    except ValueError as error:  # not base64, not ascii, not UTF-8
        raise VoteError("envelope", "the payload of the envelope cannot be read") from error
    except ArtifactError as error:
        raise VoteError(error.code, error.message, error.help) from error


def _seal(found: Any) -> Seal:
    match found:
        case {"keyid": str(key), "sig": str(signature), **rest} if not rest:
            decode_base64(signature, 64, "signature")
            return Seal(key, signature)
        case {"keyid": str(key), "sig": str(signature), "form": "sshsig", **rest} if not rest:
            decode_base64(signature, None, "SSH signature")
            return Seal(key, signature, "sshsig")
    raise VoteError("envelope", "a signature of the envelope is not {keyid, sig} or {keyid, sig, form: sshsig}")


def _who(fingerprint: str, roster: Sequence[RosterEntry]) -> tuple[RosterEntry, PublicKey]:
    for entry in roster:
        for key in entry.public_keys:
            if key.fingerprint == fingerprint:
                if not entry.votes:
                    raise VoteError("ledger_votes", "the ledger key witnesses, and says nothing about keys")
                if entry.role == RECOVERY_ROLE:
                    raise VoteError("recovery_only", f"`{entry.principal}` may change the roster, and nothing else")
                return entry, key
    raise VoteError("unknown_key", f"no one in the roster has the key {fingerprint[:60]}")


def _hold(seal: Seal, key: PublicKey, statement: KeyStatement) -> None:
    payload = statement.payload()
    if seal.form == "sshsig":
        message = pae(KEY_CARE_TYPE, canonical_bytes(payload))
        try:
            blob = decode_base64(seal.signature, None, "SSH signature")
            sshsig.verify(sshsig.parse(blob), message, key=key, namespace=KEY_NAMESPACE)
        except ArtifactError as error:
            raise VoteError(error.code, error.message, error.help) from error
    elif key.hardware:
        raise VoteError("hardware_form", "a hardware key can only sign in the form SSHSIG")
    elif signer_of([key], KEY_CARE_TYPE, payload, seal.signature) is None:
        raise VoteError("bad_signature", f"the signature by {seal.signed_by} is not over this statement")
