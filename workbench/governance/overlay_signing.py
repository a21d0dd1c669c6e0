"""Signatures over statements about overlays: made, checked against a roster, and as a file.

Imports ``overlay``, DSSE, SSHSIG and the roster. One signature for each signer over the canonical bytes of the
statement: DSSE, or SSHSIG by a hardware key. A person counts once, whatever keys they have.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from workbench.governance import sshsig
from workbench.governance.artifact import validated
from workbench.governance.canonical import canonical_bytes, decode_base64
from workbench.governance.dsse import sign, signer_of
from workbench.governance.errors import ArtifactError
from workbench.governance.fields import Fingerprint, Frozen
from workbench.governance.keys import PublicKey, Signing
from workbench.governance.overlay import OverlayError, Placing, Statement, statement_of
from workbench.governance.roster import RosterEntry
from workbench.governance.strict_json import json_text, parse_json

OVERLAY_NAMESPACE = "concord-overlay"  # of SSHSIG
LIFT_NAMESPACE = "concord-overlay-lift"
MAX_SIGNERS = 16
MAX_ENVELOPE = 256 * 1024  # characters


class OverlaySignature(Frozen):
    """One signature over a statement. ``form``: empty for DSSE, where ``signature`` is the base64 of 64 bytes;
    ``sshsig`` (hardware keys), where it is the base64 of the SSHSIG blob under the statement's namespace."""

    signed_by: Fingerprint
    form: Literal["", "sshsig"] = ""
    signature: Annotated[str, Field(max_length=2 * sshsig.MAX_BLOB)]

    @model_validator(mode="after")
    def _of_its_form(self) -> Self:
        if self.form == "sshsig":
            sshsig.parse(decode_base64(self.signature, None, "SSH signature"))
        else:
            decode_base64(self.signature, 64, "signature")
        return self

    def plain(self) -> dict[str, str]:
        """As a ledger entry carries it."""
        form = {"form": self.form} if self.form else {}
        return {"signed_by": self.signed_by, "signature": self.signature, **form}


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement with its signatures. ``signatures`` are empty only where a workspace takes norms unsigned."""

    statement: Statement
    signatures: tuple[OverlaySignature, ...] = ()


def signed(statement: Statement, keys: Iterable[Signing]) -> Signed:
    """``statement`` signed by each of ``keys``: DSSE, or SSHSIG by a hardware key, which has no other form."""
    return Signed(statement, tuple(_signature(statement, key) for key in keys))


def _signature(statement: Statement, key: Signing) -> OverlaySignature:
    said = statement.statement()
    fields = {"signed_by": key.public.fingerprint}
    if key.public.hardware:
        blob = sshsig.sign(key, canonical_bytes(said), _namespace(statement))
        fields |= {"form": "sshsig", "signature": base64.b64encode(blob).decode()}
    else:
        fields |= {"signature": sign(key, statement.payload_type, said)}
    return validated(OverlaySignature, fields)


def _namespace(statement: Statement) -> str:
    return OVERLAY_NAMESPACE if isinstance(statement, Placing) else LIFT_NAMESPACE


def _holds(signature: OverlaySignature, key: PublicKey, statement: Statement) -> bool:
    """Whether ``key`` made it over ``statement``. Raises :class:`ArtifactError` for an SSHSIG of another purpose."""
    said = statement.statement()
    if signature.form == "sshsig":
        parsed = sshsig.parse(decode_base64(signature.signature, None, "SSH signature"))
        try:
            sshsig.verify(parsed, canonical_bytes(said), key=key, namespace=_namespace(statement))
        except ArtifactError as error:
            if error.code == "bad_signature":
                return False
            raise
        return True
    return signer_of([key], statement.payload_type, said, signature.signature) is not None


def signers(found: Signed, roster: Sequence[RosterEntry], swarm_id: str) -> tuple[RosterEntry, ...]:
    """Who signed, in order: one roster entry for each signature, each another person.

    Raises :class:`OverlayError`: ``wrong_swarm``, ``unknown_key``, ``ledger_signs`` (a key that cannot vote),
    ``recovery_signs`` (the role that may change the roster only), ``same_person`` (one person twice, whatever the
    keys), ``too_many_signatures``, ``bad_signature``; of the form SSHSIG also ``wrong_key``, ``sshsig_namespace``,
    ``no_presence``.
    """
    statement = found.statement
    if statement.swarm_id != swarm_id:
        raise OverlayError(
            "wrong_swarm",
            f"the statement was signed for the swarm `{statement.swarm_id}`, and this is `{swarm_id}`",
            "sign it anew here",
        )
    if len(found.signatures) > MAX_SIGNERS:
        raise OverlayError("too_many_signatures", f"the statement has more than {MAX_SIGNERS} signatures")
    people: list[RosterEntry] = []
    for signature in found.signatures:
        entry, key = _holder(signature.signed_by, roster)
        if not _holds(signature, key, statement):
            raise OverlayError(
                "bad_signature",
                f"the signature of `{entry.principal}` is not over this statement",
                "it was changed, or belongs to another overlay",
            )
        if any(entry.principal == person.principal for person in people):
            raise OverlayError(
                "same_person",
                f"`{entry.principal}` signed twice, and a person counts once whatever keys they have",
                "let another person sign",
            )
        people.append(entry)
    return tuple(people)


def _holder(fingerprint: str, roster: Sequence[RosterEntry]) -> tuple[RosterEntry, PublicKey]:
    for entry in roster:
        for key in entry.public_keys:
            if key.fingerprint != fingerprint:
                continue
            if not entry.votes:
                raise OverlayError("ledger_signs", f"`{entry.principal}` holds the ledger key, which places nothing")
            if entry.role == "recovery":
                raise OverlayError("recovery_signs", f"`{entry.principal}` may change the roster, and nothing else")
            return entry, key
    raise OverlayError("unknown_key", f"no one in the roster has the key {fingerprint}")


# ---- files -----------------------------------------------------------------------------------------------------------


def to_envelope(found: Signed) -> str:
    """A signed statement as a file: one DSSE envelope."""
    envelope = {
        "payloadType": found.statement.payload_type,
        "payload": base64.b64encode(canonical_bytes(found.statement.statement())).decode(),
        "signatures": [_to_dsse(each) for each in found.signatures],
    }
    return json_text(envelope, spaced=True) + "\n"


def from_envelope(text: str) -> Signed:
    """A signed statement from its file. No signature is verified here (:func:`signers` does).

    Raises :class:`OverlayError`: ``envelope``, ``payload_type``, ``payload_form``, or the code of the field at fault.
    """
    try:
        match parse_json(text, "overlay") if len(text) <= MAX_ENVELOPE else None:
            case {"payloadType": str(kind), "payload": str(encoded), "signatures": [*listed], **rest} if not rest:
                payload = base64.b64decode(encoded, validate=True)
            case _:
                raise OverlayError("envelope", "the file is not a DSSE envelope")
        value = parse_json(payload.decode(), "overlay")
        if canonical_bytes(value) != payload:
            raise OverlayError("payload_form", "the statement is not written in its canonical form")
    except ValueError as error:  # not base64, not ascii, not UTF-8
        raise OverlayError("envelope", "the payload of the envelope cannot be read") from error
    statement = statement_of(value)
    if kind != statement.payload_type:
        raise OverlayError("payload_type", f"the envelope says that it holds `{kind[:80]}`, which it does not")
    return Signed(statement, signatures_of([_from_dsse(item) for item in listed]))


def signatures_of(listed: Any) -> tuple[OverlaySignature, ...]:
    """Signatures from ``[{"signed_by", "signature"}, …]``. Raises :class:`OverlayError` (``envelope``) or as fields."""
    if not isinstance(listed, list) or not all(isinstance(item, Mapping) for item in listed):
        raise OverlayError("envelope", "the signatures are not a list")
    return tuple(validated(OverlaySignature, dict(item)) for item in listed)


def _to_dsse(signature: OverlaySignature) -> dict[str, str]:
    form = {"form": signature.form} if signature.form else {}
    return {"keyid": signature.signed_by, "sig": signature.signature, **form}


def _from_dsse(item: Any) -> Mapping[str, Any]:
    match item:
        case {"keyid": str(key), "sig": str(signature), **rest} if rest.keys() <= {"form"}:
            return {"signed_by": key, "signature": signature, "form": rest.get("form", "")}
        case _:
            raise OverlayError("envelope", "a signature of the envelope cannot be read")
