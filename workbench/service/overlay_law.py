"""Overlays as decisions meet them: what is stopped, and what brakes and norms forbid beside the version in force.

Immutable, and read anew whenever the head's generation changes. An overlay can only make an answer stricter: a stop is
said before any rule is asked; the forbids of brakes and norms are asked after, as a program of their own, together with
the permits that brakes take away, because an error in one of those denied before and must go on denying. A permit that
a brake puts in the place of others is asked last, of what is still allowed or held: it is a further condition, and so
cannot allow anything either, whatever was proved of it, whichever version is in force and whatever else is taken away.
Not for faces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from workbench.engine.decision import Code, Decision, NearMiss, RuleError
from workbench.engine.entities import Entities
from workbench.engine.request import Request
from workbench.engine.validate import rules_of
from workbench.engine.values import EntityUid
from workbench.governance.overlay import Norm, Stop
from workbench.governance.overlay_register import Standing
from workbench.governance.times import format_time
from workbench.language.quotation import quoted
from workbench.norms import told_in
from workbench.service.checked import Checked
from workbench.service.clock import micros, moment
from workbench.service.norm_factions import NONE
from workbench.service.overlay_compiling import Compiled, Unreadable, compiled
from workbench.service.overlay_reading import read_overlays

Deadline = Callable[[], bool]
Groups = Mapping[EntityUid, frozenset[EntityUid]]
_OVERRULED = frozenset({"allowed", "held", "not_permitted"})  # what a forbid beside the version turns into a denial
_ASKED = _OVERRULED | {"forbidden"}  # where the version forbids, its reasons are not all
_NO_GROUPS: frozenset[EntityUid] = frozenset()


@dataclass(frozen=True, slots=True)
class Halt:
    """A stop: whom it meets. ``agent`` and ``action`` (or a group of actions); both ``None``: everything."""

    standing: Standing
    agent: EntityUid | None
    action: EntityUid | None
    expires: int  # µs

    def meets(self, principal: EntityUid, action: EntityUid, groups: Groups) -> bool:
        """Whether a request of this principal for this action is stopped."""
        if self.agent is not None:
            return principal == self.agent
        return self.action is None or action == self.action or self.action in groups.get(action, _NO_GROUPS)


@dataclass(frozen=True)
class OverlayLaw:
    """The overlays that nobody has ended. ``without``: ids of permits that brakes take away, for the version's own
    evaluator. ``doubtful``: id → why, of what is recorded and cannot be believed; while there is any, all is denied.
    """

    in_force: tuple[Standing, ...] = ()
    without: frozenset[str] = frozenset()
    doubtful: Mapping[str, str] = field(default_factory=dict)
    _halts: tuple[Halt, ...] = ()
    _beside: Compiled | None = None
    _checked: Checked | None = None
    _factions: frozenset[str] = NONE

    @classmethod
    def load(cls, connection: Connection, checked: Checked, factions: frozenset[str] = NONE) -> OverlayLaw:
        """What the ledger has in force beside ``checked``, the version in force. ``factions``: those of the directory.

        What nobody has ended yet is loaded even where its time may be over: whether it still acts is asked at each
        decision.
        """
        read = read_overlays(connection)
        standings = [each for each in read.register.standings.values() if not each.ending]
        return cls.of(standings, checked, read.doubtful, factions)

    @classmethod
    def of(
        cls,
        standings: Sequence[Standing],
        checked: Checked,
        doubtful: Mapping[str, str] | None = None,
        factions: frozenset[str] = NONE,
    ) -> OverlayLaw:
        """The law of these overlays, all of them unended."""
        if not standings and not doubtful:
            return _NONE
        beside = compiled(standings, checked, factions)
        halts = [halt(each, each.placing.content) for each in standings if isinstance(each.placing.content, Stop)]
        return cls(
            in_force=tuple(standings),
            without=frozenset(beside.taken),
            doubtful=dict(doubtful or {}),
            _halts=tuple(halts),
            _beside=beside if beside.asks else None,
            _checked=checked,
            _factions=factions,
        )

    def placing_of(self, rule: str) -> Standing | None:
        """The brake or norm whose rule decisions name so, if it is in force."""
        return None if self._beside is None else self._beside.names.get(rule)

    # ---- before any rule is asked ------------------------------------------------------------------------------------

    def stopped(self, request: Request, now: int) -> Decision | None:
        """The denial of a request that a stop meets at ``now`` (µs), else ``None``. Not a violation."""
        if not self._halts or self._checked is None:
            return None
        groups = rules_of(self._checked.schema).ancestors
        for each in self._halts:
            if now < each.expires and each.meets(request.principal, request.action, groups):
                return _stopped(each)
        return None

    # ---- after the version has answered ------------------------------------------------------------------------------

    def tighten(
        self, decision: Decision, request: Request, known: Entities, now: int, deadline: Deadline | None
    ) -> Decision:
        """``decision``, or a stricter one where a brake or a norm says so at ``now`` (µs)."""
        if self.doubtful:
            return self._distrusted(decision)
        beside = self._beside
        if beside is None or decision.code not in _ASKED or self._checked is None:
            return decision
        if beside.until is not None and now >= beside.until:
            acting = [each for each in self.in_force if each.acts(moment(now))]
            beside = compiled(acting, self._checked, self._factions)
        if decision.code == "forbidden":
            return self._forbidden_too(decision, beside, request, known, deadline)
        for each in beside.unreadable:
            if _bears(each, request.action, rules_of(self._checked.schema).ancestors):
                return _unreadable(decision, each)
        if beside.evaluator is not None:
            verdict = beside.evaluator.decide(request, known, deadline=deadline)
            if verdict.code == "forbidden":
                return _forbidden(decision, verdict, beside)
            if verdict.code not in ("allowed", "not_permitted"):
                return _changed(decision, verdict.code, verdict.remedy, errors=(*decision.errors, *verdict.errors))
            if verdict.code == "allowed" and decision.code == "not_permitted":  # by a permit that is taken away
                return _missed(decision, verdict, beside)
        return _narrowed(decision, beside, request, known, deadline) if beside.narrowings else decision

    def _forbidden_too(
        self, decision: Decision, beside: Compiled, request: Request, known: Entities, deadline: Deadline | None
    ) -> Decision:
        """A denial by the version's forbids, with those beside it that forbid the same request, by priority: a grave
        norm is not hidden by a slight rule."""
        if beside.evaluator is None or self._checked is None:
            return decision
        verdict = beside.evaluator.decide(request, known, deadline=deadline)
        if verdict.code != "forbidden":
            return decision
        by_id, ours = self._checked.program.by_id, beside.priorities

        def rank(rule: str) -> int:
            return -(by_id[rule].priority if rule in by_id else ours.get(rule, 0))

        said = {by_id[rule].digest for rule in decision.reasons if rule in by_id}
        more = [rule for rule in verdict.reasons if rule not in by_id and beside.digests.get(rule) not in said]
        if not more:
            return decision
        return _forbidden(decision, verdict, beside, tuple(sorted((*decision.reasons, *more), key=rank)))

    def _distrusted(self, decision: Decision) -> Decision:
        if decision.outcome == "deny":
            return decision
        id, why = next(iter(self.doubtful.items()))
        message = f"the overlay `{id}` cannot be believed: {why}; the store was changed behind the workspace"
        remedy = f"An operator runs `workbench audit verify`, and then `workbench lift {id}` if nothing else is wrong."
        return _changed(decision, "evaluation_error", remedy, errors=(RuleError(f"overlay:{id}", message),))


_NONE = OverlayLaw()


def halt(standing: Standing, stop: Stop) -> Halt:
    """A stop, ready to be asked."""
    from workbench.engine.request import as_uid

    expires = standing.placing.expires_at
    assert expires is not None  # a stop without an end is not placed
    uid = as_uid(stop.name) if stop.name else None
    agent, action = (uid, None) if stop.target == "agent" else (None, uid)
    return Halt(standing, agent, action, micros(expires))


def _bears(broken: Unreadable, action: EntityUid, groups: Groups) -> bool:
    actions = broken.actions
    return actions is None or action in actions or not actions.isdisjoint(groups.get(action, _NO_GROUPS))


# ---- stricter answers ------------------------------------------------------------------------------------------------


def _who(standing: Standing) -> str:
    return " and ".join(standing.by) or "someone without a signature"


def _which(standing: Standing) -> str:
    content = standing.placing.content
    told = told_in(content.cedar_plus) if isinstance(content, Norm) else None
    return f"the {standing.kind} `{standing.id}`" if told is None else f"the norm {quoted(told.name)} ({told.id})"


def _until(standing: Standing) -> str:
    expires = standing.placing.expires_at
    return f" until {format_time(expires)}" if expires is not None else ""


def _stopped(halt: Halt) -> Decision:
    standing = halt.standing
    what = {"agent": "This agent is", "action": "This action is"}.get(_target(standing), "Everything is")
    remedy = (
        f"{what} stopped by {_who(standing)}{_until(standing)}: {standing.placing.why} "
        f"(`workbench lift {standing.id}` ends it)"
    )
    return Decision("deny", "stopped", "after_change", remedy, reasons=(f"stop:{standing.id}",))


def _target(standing: Standing) -> str:
    content = standing.placing.content
    return content.target if isinstance(content, Stop) else ""


def _forbidden(
    decision: Decision, verdict: Decision, beside: Compiled, reasons: tuple[str, ...] | None = None
) -> Decision:
    """Denied by the forbids beside the version; what the version's own rules read stays in the evidence. ``reasons``:
    where the version forbids it too, of both."""
    theirs = frozenset() if reasons is None else frozenset(decision.reasons)
    ours = tuple(item for item in verdict.evidence if item.rule in beside.names and item.rule not in theirs)
    causes = list(dict.fromkeys(beside.names[rule].id for rule in verdict.reasons))
    standings = {standing.id: standing for standing in beside.names.values()}
    said = "; ".join(
        f"{_which(standings[id])} of {_who(standings[id])}{_until(standings[id])}: {standings[id].placing.why}"
        for id in causes
    )
    remedy = f"{verdict.remedy} Forbidden beside the constitution by {said}".strip()
    if reasons is not None:
        remedy = f"{decision.remedy} {remedy}".strip()
    return _changed(
        decision,
        "forbidden",
        remedy,
        retry="never" if reasons is not None and decision.retry == "never" else verdict.retry,
        reasons=verdict.reasons if reasons is None else reasons,
        errors=(*decision.errors, *verdict.errors),
        evidence=(*ours, *decision.evidence),
        spared_by=verdict.spared_by if reasons is None else (*decision.spared_by, *verdict.spared_by),
    )


def _missed(decision: Decision, verdict: Decision, beside: Compiled) -> Decision:
    """Still the default deny, but it says who took the permit away."""
    brakes = {beside.taken[rule].id: beside.taken[rule] for rule in verdict.reasons if rule in beside.taken}
    said = "; ".join(
        f"the brake `{id}` of {_who(standing)}{_until(standing)} takes the permit away: {standing.placing.why}"
        for id, standing in brakes.items()
    )
    reasons = tuple(f"brake:{id}" for id in brakes)
    return _changed(decision, "not_permitted", said[:1].upper() + said[1:], reasons=reasons, evidence=decision.evidence)


def _narrowed(
    decision: Decision, beside: Compiled, request: Request, known: Entities, deadline: Deadline | None
) -> Decision:
    """``decision``, or a denial where a brake has replaced every permit that it rests on, and what stands in their
    place does not permit it."""
    if decision.outcome == "deny":
        return decision
    permits = _permits(decision)
    for each in beside.narrowings:
        permitted = bool(permits - each.replaced)
        missed: tuple[NearMiss, ...] = ()
        if each.evaluator is not None:
            verdict = each.evaluator.decide(request, known, deadline=deadline)
            if verdict.code not in ("allowed", "not_permitted"):
                return _changed(decision, verdict.code, verdict.remedy, errors=(*decision.errors, *verdict.errors))
            permitted = permitted or verdict.code == "allowed"
            missed = () if permitted else verdict.why_not
        if not permitted:
            who = f"the brake `{each.standing.id}` of {_who(each.standing)}{_until(each.standing)}"
            said = f"{who} permits less in the place of {_names(permits)}: {each.standing.placing.why}"
            reasons = (f"brake:{each.standing.id}",)
            return _changed(decision, "not_permitted", said[:1].upper() + said[1:], reasons=reasons, why_not=missed)
    return decision


def _permits(decision: Decision) -> frozenset[str]:
    """The version's permits that an allowed or held decision rests on. Of a held one, the evidence tells."""
    if decision.code == "allowed":
        return frozenset(decision.reasons)
    rested = (each for each in decision.evidence if each.effect == "permit" and each.stage == "enforce")
    return frozenset(each.rule for each in rested)


def _names(permits: frozenset[str]) -> str:
    return " and ".join(f"`{id}`" for id in sorted(permits))


def _unreadable(decision: Decision, broken: Unreadable) -> Decision:
    standing = broken.standing
    name = f"{standing.kind}:{standing.id}"
    message = f"the {standing.kind} `{standing.id}` does not fit the schema in force: {broken.why}"
    remedy = f"An operator lifts it with `workbench lift {standing.id}`, and writes it anew."
    return _changed(decision, "evaluation_error", remedy, errors=(*decision.errors, RuleError(name, message)))


def _changed(decision: Decision, code: Code, remedy: str, **fields: Any) -> Decision:
    """A denial in place of ``decision``, keeping what was observed and scored."""
    fields = {"retry": "after_change", "evidence": decision.evidence, **fields}
    return Decision("deny", code, remedy=remedy, observed=decision.observed, score=decision.score, **fields)
