"""Vote files as commands take them: one JSON document, or the two files of ``ssh-keygen -Y sign``."""

from __future__ import annotations

from pathlib import Path

from workbench.cli.failures import MisusedError, RefusedError
from workbench.cli.inputs import STDIN, shown_name, text_of

_ARMOUR = "-----BEGIN SSH SIGNATURE-----"
SIGNATURE_SUFFIX = ".sig"


def vote_document(path: Path, verdict: str) -> str:
    """The vote in ``path`` as one JSON document, when it says what the command says.

    ``path`` is that document; or the armoured ``payload.json.sig``, with the payload beside it; or the payload, with
    its ``.sig`` beside it. Raises ``WorkbenchError``.
    """
    from workbench.governance.errors import GovernanceError
    from workbench.governance.vote_files import vote_from_json, vote_from_sshsig, vote_to_json

    text = text_of(path)
    beside = path.with_name(path.name + SIGNATURE_SUFFIX)
    try:
        if text.startswith(_ARMOUR):
            found = vote_from_sshsig(text_of(_payload_of(path)).encode(), text)
        elif path != STDIN and path.suffix != SIGNATURE_SUFFIX and _is_payload(text) and beside.is_file():
            found = vote_from_sshsig(text.encode(), text_of(beside))
        elif _is_payload(text):
            what = f"`{shown_name(path)}` is what is to be signed, and no signature stands beside it"
            hint = f"`ssh-keygen -Y sign -n concord-vote -f KEY {shown_name(path)}` makes one"
            raise RefusedError("not signed yet", what, hint, "no_signature")
        else:
            found = vote_from_json(text)
    except GovernanceError as error:
        raise RefusedError("not a vote", f"`{shown_name(path)}`: {error.message}", error.help, error.code) from None
    said = found.signature.verdict
    if said != verdict:
        raise MisusedError("the vote says otherwise", f"`{path}` holds a vote to {said}", f"use `workbench {said}`")
    return vote_to_json(found.signature, digest=found.digest, swarm_id=found.swarm_id)


def _payload_of(path: Path) -> Path:
    payload = path.with_name(path.name.removesuffix(SIGNATURE_SUFFIX))
    if path == STDIN or payload == path or not payload.is_file():
        hint = "keep both files of `ssh-keygen -Y sign` together: FILE and FILE.sig"
        raise RefusedError(
            "half a vote", f"`{shown_name(path)}` is a signature without its payload", hint, "no_payload"
        )
    return payload


def _is_payload(text: str) -> bool:
    return text.startswith("{") and '"verdict"' in text and '"payloadType"' not in text
