"""Whom a stop may name, and how a short name becomes a uid. Pure; reads the version in force.

A stop denies what agents ask, so it names a type that some action takes as principal, or an action of the schema.
Amending is not asked of any rule: nobody's vote can be stopped, and whoever tries is told so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from workbench.engine.request import RequestError, as_uid
from workbench.engine.values import EntityUid
from workbench.governance.overlay import OverlayError, Stop, Target, check_length
from workbench.governance.overlay_rules import AMEND
from workbench.service.belief import principal_types
from workbench.service.checked import Checked

TARGETS = ("agent", "action", "all")


def stop_of(target: str, name: str, checked: Checked, known: Iterable[EntityUid]) -> Stop:
    """The stop that a person means. ``name``: a uid, or its bare id where only one thing bears it; ``known``: the
    directory's uids.

    Raises :class:`OverlayError`: ``stop_target``, ``no_such_agent``, ``no_such_action``, ``not_unique``,
    ``not_a_principal``, ``governance_untouchable``, ``too_long``.
    """
    check_length(name)
    wanted = name.strip()
    stop: Stop
    match target:
        case "all":
            if wanted not in ("", "all"):
                raise OverlayError("stop_target", "a stop of all names nothing else", "leave the name out")
            stop = Stop(target="all")
        case "agent":
            stop = _named("agent", wanted, _agents(wanted, checked, known), checked)
        case "action":
            found = [EntityUid(*uid) for uid in checked.schema.actions if uid[1] == wanted]
            stop = _named("action", wanted, found, checked)
        case _:
            raise OverlayError("stop_target", f"`{target[:40]}` cannot be stopped", "one of: agent, action, all")
    check_target(stop, checked)
    return stop


def _agents(wanted: str, checked: Checked, known: Iterable[EntityUid]) -> list[EntityUid]:
    types = principal_types(checked.schema)
    return [uid for uid in known if uid.id == wanted and uid.type in types]


def _named(target: Target, wanted: str, found: list[EntityUid], checked: Checked) -> Stop:
    if not wanted:
        raise OverlayError("stop_target", f"which {target}?", f"name the {target} after `stop {target}`")
    if '::"' in wanted:
        try:
            return Stop(target=target, name=str(as_uid(wanted)))
        except RequestError as error:
            raise OverlayError("stop_target", str(error), 'write it as `Agent::"nora"`') from error
    if len(found) > 1:
        names = ", ".join(f"`{uid}`" for uid in found)
        raise OverlayError("not_unique", f"`{wanted}` can be {names}", "write the whole uid")
    if found:
        return Stop(target=target, name=str(found[0]))
    if target == "action":
        if wanted == AMEND:
            raise _untouchable()
        names = ", ".join(sorted({uid[1] for uid in checked.schema.actions}))
        raise OverlayError("no_such_action", f"the schema has no action `{wanted[:80]}`", f"it has: {names[:400]}")
    if any(_id_of(entry.principal) == wanted for entry in checked.version.content.roster):
        raise _untouchable()
    raise OverlayError(
        "no_such_agent",
        f"the directory knows no agent `{wanted[:80]}`",
        'write the whole uid for one that it does not know: `Agent::"nora"`',
    )


def check_target(stop: Stop, checked: Checked) -> None:
    """Refuses a stop that could stop nothing, or that names what governs.

    Raises :class:`OverlayError`: ``not_a_principal``, ``no_such_action``, ``governance_untouchable``.
    """
    if stop.target == "all":
        return
    uid = as_uid(stop.name)
    if stop.target == "action":
        if uid.id == AMEND and uid.type.rpartition("::")[2] == "Action":
            raise _untouchable()
        if (uid.type, uid.id) not in checked.schema.actions:
            raise OverlayError("no_such_action", f"the schema has no action `{uid}`")
        return
    if uid.type in principal_types(checked.schema):
        return
    if any(entry.principal == stop.name for entry in checked.version.content.roster):
        raise _untouchable()
    types = ", ".join(sorted(principal_types(checked.schema)))
    raise OverlayError(
        "not_a_principal", f"nothing of the type `{uid.type}` asks for decisions", f"agents are: {types}"
    )


def _untouchable() -> OverlayError:
    return OverlayError(
        "governance_untouchable",
        "amending and voting cannot be stopped: no overlay bears on governance",
        "a proposal is ended with `workbench reject`; a key with `workbench keys suspend`",
    )


def _id_of(uid: str) -> str:
    quoted = uid.partition("::")[2]
    return str(json.loads(quoted)) if quoted.startswith('"') else quoted
