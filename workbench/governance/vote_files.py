"""How a vote travels: as a DSSE envelope, or as the SSHSIG that ``ssh-keygen -Y sign`` makes of its payload.

Imports votes. Both are one JSON document. A DSSE vote is the ordinary envelope ``{payloadType, payload, signatures:
[{keyid, sig}]}``; an SSHSIG vote has ``{payloadType, payload, sshsig}``, ``sshsig`` being the armoured text.
``payload`` is the base64 of the canonical bytes that :func:`~workbench.governance.votes.vote_payload` gives;
``ssh-keygen`` signs exactly these, and DSSE its pre-authentication encoding of them. Witnesses do not travel.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from workbench.governance import sshsig
from workbench.governance.artifact import Signature, validated
from workbench.governance.canonical import canonical_bytes, decode_base64
from workbench.governance.dsse import VOTE_TYPE
from workbench.governance.errors import ArtifactError, VoteError
from workbench.governance.strict_json import json_text, parse_json
from workbench.governance.votes import vote_payload

MAX_VOTE_FILE = 256 * 1024
_PAYLOAD = frozenset({"digest", "swarm_id", "verdict", "principal", "role", "signed_at", "comment", "dossier_digest"})


@dataclass(frozen=True, slots=True)
class ImportedVote:
    """A vote read from a file: the version and swarm it names, and the vote. Nothing is verified yet."""

    digest: str
    swarm_id: str
    signature: Signature


def vote_to_json(signature: Signature, *, digest: str, swarm_id: str) -> str:
    """The vote as a file, without its witness."""
    envelope: dict[str, object] = {
        "payloadType": VOTE_TYPE,
        "payload": base64.b64encode(vote_payload(signature, digest=digest, swarm_id=swarm_id)).decode(),
    }
    if signature.form == "sshsig":
        envelope["sshsig"] = sshsig.armoured(decode_base64(signature.signature, None, "SSH signature"))
    else:
        envelope["signatures"] = [{"keyid": signature.signed_by, "sig": signature.signature}]
    return json_text(envelope, spaced=True) + "\n"


def vote_from_json(text: str) -> ImportedVote:
    """A vote from either form of file. The signature is not verified here (``votes.verify_vote`` does).

    Raises :class:`VoteError`: ``envelope`` (neither form, or not exactly one signature), ``payload_type``,
    ``payload_form`` (not canonical, other fields), ``sshsig_…``, or the code of the field that is wrong.
    """
    try:
        envelope = parse_json(text, "vote") if len(text) <= MAX_VOTE_FILE else None
        match envelope:
            case {"payloadType": str(kind), "payload": str(encoded), "sshsig": str(signed), **rest} if not rest:
                key = None
            case {
                "payloadType": str(kind),
                "payload": str(encoded),
                "signatures": [{"keyid": str(key), "sig": str(signed), **more}],
                **rest,
            } if not (rest or more):
                pass
            case _:
                raise VoteError("envelope", "the file is not a vote: a DSSE envelope with one signature, or an SSHSIG")
        if kind != VOTE_TYPE:
            raise VoteError("payload_type", f"the envelope holds `{kind[:80]}`, not a vote")
        payload = base64.b64decode(encoded, validate=True)
        if key is None:
            return _from_sshsig(payload, signed)
        return _read(payload, signed_by=key, form="", signature=signed)
    except ValueError as error:  # not base64, not ascii, not UTF-8
        raise VoteError("envelope", "the payload of the envelope cannot be read") from error
    except ArtifactError as error:
        raise VoteError(error.code, error.message, error.help) from error


def vote_from_sshsig(payload: bytes, armour: str) -> ImportedVote:
    """A vote from the two files of ``ssh-keygen -Y sign -n concord-vote``: the payload, and the ``.sig`` beside it.

    Raises :class:`VoteError` as :func:`vote_from_json` does.
    """
    try:
        if len(payload) > MAX_VOTE_FILE:
            raise VoteError("envelope", "the payload is too large to be a vote")
        return _from_sshsig(payload, armour)
    except UnicodeError as error:
        raise VoteError("envelope", "the payload is not UTF-8 text") from error
    except ArtifactError as error:
        raise VoteError(error.code, error.message, error.help) from error


def _from_sshsig(payload: bytes, armour: str) -> ImportedVote:
    blob = sshsig.dearmoured(armour)
    key = sshsig.parse(blob).public.fingerprint
    return _read(payload, signed_by=key, form="sshsig", signature=base64.b64encode(blob).decode())


def _read(payload: bytes, **fields: str) -> ImportedVote:
    vote = parse_json(payload.decode(), "vote")
    if not isinstance(vote, dict) or vote.keys() != _PAYLOAD or canonical_bytes(vote) != payload:
        raise VoteError("payload_form", "the vote is not written in its canonical form")
    digest, swarm_id = str(vote.pop("digest")), str(vote.pop("swarm_id"))
    return ImportedVote(digest, swarm_id, validated(Signature, {**vote, **fields}))
