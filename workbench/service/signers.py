"""Which key signs: a file with its passphrase, or a key that ssh-agent holds; found in the roster, then opened.

The one door for every signature that a person gives: votes, overlays, the care of keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.governance.roster import RosterEntry
from workbench.service.agent import AgentSigner, agent_keys
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.keys import Signer, known_person, open_signer, person_of, refuse_foreign_demo

ANY_AGENT_KEY = "any"  # ``SignWith.agent``: the one key of the agent that the roster knows


def open_signer_with(using: SignWith, roster: Sequence[RosterEntry], swarm_id: str) -> Signer:
    """The signer that ``using`` names. ``using.agent`` is a fingerprint, the beginning of one (at least ``SHA256:`` and
    six characters), or ``any``.

    Raises :class:`WorkbenchError`: ``no_key`` (neither is named), ``two_keys`` (both are), ``unknown_key`` (the roster
    has no such key), ``demo_key`` (one of another swarm); of a file ``no_key_file``, ``not_a_key``,
    ``unsupported_key``, ``passphrase_needed``, ``wrong_passphrase``, ``hardware_key``; of an agent ``no_agent``,
    ``not_in_agent``, ``not_unique``, ``agent_answer``, ``agent_refused``.
    """
    if using.key_path and using.agent:
        raise WorkbenchError("which key?", "both a key file and an agent's key are named", "name one", "two_keys")
    if using.agent:
        return _from_agent(using.agent, roster, swarm_id)
    if not using.key_path:
        raise WorkbenchError("which key?", "no key is named", "name a key file, or a key of ssh-agent", "no_key")
    return open_signer(Path(using.key_path).expanduser(), using.passphrase, roster, swarm_id)


def _from_agent(wanted: str, roster: Sequence[RosterEntry], swarm_id: str) -> Signer:
    offered = agent_keys()
    if wanted == ANY_AGENT_KEY:
        found = [key for key in offered if person_of(key.public, roster) is not None]
    else:
        if len(wanted) < len("SHA256:") + 6:
            raise WorkbenchError("which key?", f"`{wanted}` is too short", "give the fingerprint", "not_unique")
        found = [key for key in offered if key.public.fingerprint.startswith(wanted)]
    if not found:
        what = "the roster knows none of its keys" if wanted == ANY_AGENT_KEY else f"it does not hold `{wanted}`"
        raise WorkbenchError("not in the ssh-agent", what, "`ssh-add` the key; `workbench keys list`", "not_in_agent")
    if len(found) > 1:
        names = ", ".join(key.public.fingerprint for key in found)
        raise WorkbenchError("which key?", f"{len(found)} keys of the ssh-agent fit: {names}", "name one", "not_unique")
    public, comment = found[0].public, found[0].comment
    refuse_foreign_demo(comment, comment, swarm_id)
    entry = known_person(comment or "the agent's key", public, roster)
    return Signer(AgentSigner(public), entry.principal, entry.role, comment)
