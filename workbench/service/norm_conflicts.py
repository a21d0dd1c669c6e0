"""Conflicts of the norms in force with each other and with the version: gathered for ``norms.conflicts``, and proved.

The form of the rules tells of most; the solver, where it is asked, of the rest. Reads only. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.governance.errors import GovernanceError
from workbench.governance.overlay import Norm
from workbench.language.annotations import SEVERITIES
from workbench.language.ast import EntityLit, Policy
from workbench.language.program import Program, Rule
from workbench.language.render import render_entity
from workbench.norms.conflicts import Bearing, Conflict, Ground, conflicts
from workbench.norms.reach import reach_of
from workbench.norms.world import world_of
from workbench.service.checked import Checked
from workbench.service.overlay_compiling import rules_under
from workbench.service.session import Session
from workbench.store import directory as directory_store

if TYPE_CHECKING:
    from workbench.analysis.results import Answer, Kind
    from workbench.analysis.task import Task
    from workbench.service.analyst import Analyst
    from workbench.service.norm_views import NormView

_PROVED: tuple[Kind, ...] = ("never_applies", "overridden", "redundant", "idle_procedure")


def conflicts_of(session: Session, norms: Sequence[NormView], checked: Checked) -> tuple[tuple[Conflict, ...], Program]:
    """The conflicts that the form of the rules shows, and the program of the version with the norms beside it, in which
    a norm's rule is called by the norm's id."""
    signed = {view.rule for view in norms if view.state == "signed"}
    bearings: list[Bearing] = []
    beside: list[Rule] = []
    for view in norms:
        own = [checked.program.by_id[view.rule]] if view.rule in signed else _rules(view, checked)
        bearings += [_bearing(view, rule, checked) for rule in own] or [_bearing(view, None, checked)]
        if view.rule not in signed:
            beside += [replace(rule, id=_unique(view.id, number, len(own))) for number, rule in enumerate(own, 1)]
    rules = [
        Bearing(rule.id, rule.id, rule.kind, reach_of(rule.statement, checked.schema), rule.digest)
        for rule in checked.program.rules
        if rule.kind != "prefer" and rule.stage == "enforce" and rule.id not in signed
    ]
    world = world_of(checked.schema)
    ground = Ground(rules, world is not None, _factions(session, world.faction if world is not None else ""))
    if world is None:
        ground = replace(ground, groups=_everybody(session))
    return conflicts(bearings, ground), replace(checked.program, rules=(*checked.program.rules, *beside))


def _rules(view: NormView, checked: Checked) -> Sequence[Rule]:
    try:
        return rules_under(Norm(cedar_plus=view.cedar_plus, english=view.english), checked)
    except (GovernanceError, ValueError):  # it does not fit the schema of the version in force
        return ()


def _unique(id: str, number: int, many: int) -> str:
    return id if many == 1 else f"{id}.{number}"


def _bearing(view: NormView, rule: Rule | None, checked: Checked) -> Bearing:
    norm = view.norm
    return Bearing(
        id=view.id,
        name=view.name,
        kind="norm",
        reach=None if rule is None else reach_of(rule.statement, checked.schema),
        digest="" if rule is None else rule.digest,
        condition=view.condition,
        faction="" if norm is None or norm.everyone else norm.scope.strip(),
        group="" if rule is None else _group(rule),
        severity=view.severity,
        priority=view.priority,
    )


def _group(rule: Rule) -> str:
    """The entity whose members a rule's scope binds, as Cedar writes it; empty where it binds others too."""
    principal = rule.statement.scope.principal if isinstance(rule.statement, Policy) else None
    return "" if principal is None or principal.entity is None else render_entity(principal.entity)


def _everybody(session: Session) -> frozenset[str] | None:
    """Every entity that the directory describes or puts another into; ``None`` where there is none."""
    with session.read() as connection:
        rows = directory_store.entities(connection)
    parents = (parent for _, _, text in rows for parent in json.loads(text).get("parents", ()))
    uids = {(type_, id_) for type_, id_, _ in rows} | {(each["type"], each["id"]) for each in parents}
    return frozenset(render_entity(EntityLit(*uid)) for uid in uids) or None


def _factions(session: Session, kind: str) -> frozenset[str] | None:
    """The factions that the directory knows, in lower case; ``None`` where it knows none, and so says nothing."""
    if not kind:
        return None
    with session.read() as connection:
        found = {id.strip().lower() for type_, id, _ in directory_store.entities(connection) if type_ == kind}
    return frozenset(found) or None


# ---- proved ----------------------------------------------------------------------------------------------------------


def proved(
    analyst: Analyst, norms: Sequence[NormView], program: Program, known: Sequence[Conflict], task: Task
) -> Iterator[Conflict]:
    """The conflicts that the solver proves, those aside that are known. May take long.

    Raises :class:`WorkbenchError` (``no_solver``) and ``Stopped``.
    """
    views = {view.id: view for view in norms}
    told = {(each.kind, each.norm) for each in known} | {(each.kind, each.other) for each in known}
    for answer in analyst.prove(program, task, kinds=_PROVED).answers:
        if answer.verdict != "holds":
            continue
        conflict = _conflict(answer, views)
        about = conflict.other or conflict.norm if conflict is not None else ""
        if conflict is not None and (conflict.kind, about) not in told and (conflict.kind, conflict.norm) not in told:
            yield conflict


def _conflict(answer: Answer, views: dict[str, NormView]) -> Conflict | None:
    about = views.get(_base(answer.about))
    causes = [views[id] for id in map(_base, answer.by) if id in views]
    if about is not None and answer.kind == "never_applies":
        what = f"no action can ever break `{about.name or about.id}`: proved"
        return Conflict("never_applies", about.id, "", about.name, "", what, f"repeal `{about.id}`", proved=True)
    if about is not None and answer.kind == "redundant":
        if any(_rank(each) < _rank(about) or each.priority < about.priority for each in causes):
            return None  # without it a violation would be told less severely
        others = " and ".join(f"`{_base(id)}`" for id in answer.by) or "the version in force"
        what = f"`{about.name or about.id}` changes no decision, because of {others}: proved"
        other = causes[0] if causes else None
        return Conflict(
            "redundant", about.id, other.id if other else "", about.name, other.name if other else "", what,
            f"repeal `{about.id}`", proved=True,
        )  # fmt: skip
    if about is None and causes and answer.kind in ("overridden", "idle_procedure"):
        norm = causes[0]
        permit = answer.kind == "overridden"
        which = f"the permit `{answer.about}` allows" if permit else f"the procedure `{answer.about}` asks approval of"
        what = f"`{norm.name or norm.id}` and what is in force beside it forbid all that {which}: proved"
        return Conflict(
            "dead_permit" if permit else "dead_procedure", norm.id, answer.about, norm.name, answer.about, what,
            "narrow the norm", proved=True,
        )  # fmt: skip
    return None


def _base(id: str) -> str:
    head, dot, number = id.rpartition(".")
    return head if dot and number.isdigit() else id


def _rank(view: NormView) -> int:
    return next((place for place, each in enumerate(SEVERITIES) if each == view.severity), 0)
