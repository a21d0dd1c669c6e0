"""Recorded requests decided again under another constitution, and what that changes: counts, groups, examples.

A difference counts only where the recorded answer comes out again under its own constitution with the same data: else
something beside the rules made it (an overlay, data that is gone), and the request is set aside, with the reason told.
Imports the engine; no database.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from workbench.engine.decision import Decision
from workbench.engine.entities import Entities, EntityError
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request, RequestError
from workbench.language.program import Program
from workbench.service.heard import Heard
from workbench.service.judging import Judging, fitted
from workbench.service.refusing import RefusedError

Change: TypeAlias = Literal["denied", "held", "allowed"]
CHANGES: tuple[Change, ...] = ("denied", "held", "allowed")
BECOMES: Mapping[str, Change] = {"deny": "denied", "hold": "held", "allow": "allowed"}
EXAMPLES = 20  # kept of each change by each rule, the newest
_REMEMBERED = 50_000  # distinct requests
_BASES = 64  # directories with some entities as they were

BESIDE_THE_RULES: Mapping[str, str] = {
    "refused_claim": "refused before any rule was asked: the caller claimed what it may not",
    "speech_claimed": "refused before any rule was asked: the caller judged its own words",
    "speech_missing": "refused before any rule was asked: nothing was said that could be judged",
    "speech_invalid": "refused before any rule was asked: what was said could not be judged",
    "speech_differs": "refused before any rule was asked: another text was judged than the one given",
    "invalid_request": "refused before any rule was asked: they did not fit the schema",
    "invalid_entity": "refused before any rule was asked: their data did not fit the schema",
    "sealed": "denied because the workspace was sealed",
    "stopped": "denied by a stop of an operator",
    "deadline_exceeded": "denied because the time for deciding ran out",
    "sandbox_limit": "denied because a sandbox went over a limit",
}
ERASED = "erased since"
UNREADABLE = "not readable as a request"
OVERLAID = "decided by a brake, a stop or a run-time norm"
NOT_AGAIN = "not what their own version says of the data that was kept"
MISFIT = "not requests that the draft's schema takes"
_UNASKED = frozenset({"invalid_request", "invalid_entity", "speech_invalid", "speech_missing"})
_OVERLAYS = ("stop:", "brake:", "norm:")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request that was decided. ``key`` finds it again; ``base`` names the constitution that decided it.

    ``request`` and ``entities`` are in Cedar's JSON form; ``None`` where they were erased. ``outcome`` is empty where
    nobody wrote down what was decided: then ``base`` is asked. ``heard``: the JSON of what a trusted source recorded of
    the conversation, where what is said is not judged yet.
    """

    key: int
    at: datetime | None
    agent: str
    action: str
    resource: str
    outcome: str
    code: str
    rule: str
    base: str
    request: bytes | None
    entities: bytes | None
    grants: tuple[str, ...] = ()
    heard: bytes = b""


@dataclass(frozen=True, slots=True)
class Example:
    """One request that is decided otherwise now: ``outcome``, ``code`` and ``rule`` then, ``now…`` under the draft."""

    key: int
    at: datetime | None
    agent: str
    action: str
    resource: str
    change: Change
    outcome: str
    code: str
    rule: str
    now_code: str
    now_rule: str


@dataclass(slots=True)
class Tally:
    """What was found so far. ``aside``: reason → how many were set aside for it."""

    looked_at: int = 0
    same: int = 0
    distinct: int = 0
    patched: int = 0  # decided with today's directory for what the record does not keep
    aside: Counter[str] = field(default_factory=Counter)
    by_rule: Counter[tuple[Change, str]] = field(default_factory=Counter)
    by_agent: Counter[tuple[Change, str]] = field(default_factory=Counter)
    examples: dict[tuple[Change, str], deque[Example]] = field(default_factory=dict)

    def changed(self, change: Change) -> int:
        """How many turned into this."""
        return sum(count for (kind, _), count in self.by_rule.items() if kind == change)

    def note(self, recorded: Recorded, change: Change, code: str, rule: str) -> None:
        """Count a difference, and keep it as an example."""
        key = (change, rule)
        self.by_rule[key] += 1
        self.by_agent[change, recorded.agent] += 1
        self.examples.setdefault(key, deque(maxlen=EXAMPLES)).append(
            Example(
                recorded.key, recorded.at, recorded.agent, recorded.action, recorded.resource, change,
                recorded.outcome, recorded.code, recorded.rule, code, rule,
            )
        )  # fmt: skip


class Directory:
    """Entities that are believed, to be seen as one constitution's schema reads them."""

    def __init__(self, entities: Sequence[Mapping[str, Any]]) -> None:
        self._written = {(e["uid"]["type"], e["uid"]["id"]): e for e in entities}
        self._bases: OrderedDict[tuple[Evaluator, str], Entities] = OrderedDict()

    def with_recorded(self, engine: Evaluator, recorded: Sequence[Any]) -> Entities:
        """The directory with the entities of a record in the place of its own. Raises ``EntityError``."""
        said: dict[tuple[str, str], Any] = {}
        for entity in recorded:
            uid = _uid(entity)
            said[uid] = entity
        other = {uid: e for uid, e in said.items() if uid in self._written and self._written[uid] != e}
        fresh = [e for uid, e in said.items() if uid not in self._written]
        base = self._base(engine, other)
        return base.with_added(fresh) if fresh else base

    def _base(self, engine: Evaluator, other: Mapping[tuple[str, str], Any]) -> Entities:
        key = (engine, json.dumps(list(other.values()), sort_keys=True) if other else "")
        found = self._bases.get(key)
        if found is None:
            found = Entities.checked(list({**self._written, **other}.values()), engine.rules)
            self._bases[key] = found
            while len(self._bases) > _BASES:
                self._bases.popitem(last=False)
        else:
            self._bases.move_to_end(key)
        return found


def _uid(entity: Any) -> tuple[str, str]:
    uid = entity["uid"]
    uid = uid.get("__entity", uid)
    return uid["type"], uid["id"]


@dataclass(frozen=True, slots=True)
class Engine:
    """A constitution, ready to be asked."""

    program: Program
    evaluator: Evaluator

    @classmethod
    def of(cls, program: Program) -> Engine:
        """Compile it."""
        return cls(program, Evaluator(program))


class Redeciding:
    """Decides records again. ``base_of`` gives the constitution that a record names, or ``None`` where it is gone.

    ``changed_at``: the key of the last record before which the directory was another than ``directory``. ``trusting``:
    the outcomes that records tell are taken as they are, because there is nothing that they could be asked of again.
    """

    def __init__(
        self,
        draft: Engine,
        base_of: Callable[[str], Engine | None],
        directory: Directory,
        *,
        changed_at: int = 0,
        trusting: bool = False,
    ) -> None:
        self._draft = draft
        self._base_of = base_of
        self._directory = directory
        self._changed_at = changed_at
        self._trusting = trusting
        self._answers: dict[tuple[str, str, str, str], tuple[str, str, str, str]] = {}
        self._known: OrderedDict[bytes, tuple[str, str, str, str]] = OrderedDict()
        self.tally = Tally()

    def take(self, recorded: Recorded) -> None:
        """Decide one record again, and count what comes of it. Never raises for what a record holds."""
        tally = self.tally
        tally.looked_at += 1
        why = _beside(recorded)
        if why:
            tally.aside[why] += 1
            return
        if recorded.key <= self._changed_at:
            tally.patched += 1
        why, outcome, code, rule = self._answer(recorded)
        if why:
            tally.aside[why] += 1
            return
        if not recorded.outcome:
            before = self.asked(recorded, self._base_of(recorded.base))
            if before is None:
                tally.aside[UNREADABLE] += 1
                return
            recorded = as_decided(recorded, before)
        if outcome == recorded.outcome:
            tally.same += 1
        else:
            tally.note(recorded, BECOMES[outcome], code, rule)

    def _answer(self, recorded: Recorded) -> tuple[str, str, str, str]:
        """(why it is set aside or empty, outcome, code, rule) of the draft; remembered for equal requests."""
        assert recorded.request is not None  # the erased are set aside before
        assert recorded.entities is not None
        told = "\0".join((recorded.outcome, recorded.code, recorded.rule, recorded.base, *recorded.grants)).encode()
        parts = (recorded.request, recorded.entities, recorded.heard, told)
        key = hashlib.blake2b(b"\1".join(parts), digest_size=16).digest()
        found = self._known.get(key)
        if found is None:
            self.tally.distinct += 1
            answer = self._decided(recorded)
            found = self._known[key] = self._answers.setdefault(answer, answer)  # there are few; requests are many
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _decided(self, recorded: Recorded) -> tuple[str, str, str, str]:
        decision = self.asked(recorded, self._draft)
        if decision is None:
            return UNREADABLE, "", "", ""
        if decision.code in _UNASKED:
            return MISFIT, "", "", ""
        answer = ("", decision.outcome, decision.code, rule_of(decision))
        if self._trusting or not recorded.outcome or decision.outcome == recorded.outcome:
            return answer
        base = self._base_of(recorded.base)
        if base is not None and recorded.code == "forbidden" and recorded.rule not in base.program.by_id:
            return OVERLAID, "", "", ""  # by a norm: decisions name it by its content id
        again = None if base is None else self.asked(recorded, base)
        if again is None or (again.outcome, again.code) != (recorded.outcome, recorded.code):
            return NOT_AGAIN, "", "", ""
        return answer

    def asked(self, recorded: Recorded, engine: Engine | None) -> Decision | None:
        """What ``engine`` says of a record; ``None`` where the record is no request, or there is no engine."""
        if engine is None or recorded.request is None:
            return None
        try:
            request, entities = parsed(recorded)
            heard = Heard.from_json(json.loads(recorded.heard)) if recorded.heard else None
            request = fitted(request, engine.program.schema, Judging(request.speech, heard))
            known = self._directory.with_recorded(engine.evaluator, entities)
            return engine.evaluator.decide(request, known, grants=list(recorded.grants))
        except RefusedError as refused:
            return refused.decision()
        except EntityError:
            return engine.evaluator.decide(request, entities)  # which says what does not fit
        except (RequestError, ValueError, KeyError, TypeError, AttributeError):
            return None


def as_decided(recorded: Recorded, decision: Decision) -> Recorded:
    """A record with what was decided."""
    return replace(recorded, outcome=decision.outcome, code=decision.code, rule=rule_of(decision))


def parsed(recorded: Recorded) -> tuple[Request, list[Any]]:
    """The request and the entities of a record, each entity once.

    Raises ``RequestError``, ``ValueError``, ``TypeError``, ``KeyError``.
    """
    value = json.loads(recorded.request or b"null")
    value.pop("credential", None)
    entities = json.loads(recorded.entities or b"[]")
    distinct = {_uid(entity): entity for entity in entities}  # what the directory says comes last
    return Request.from_json(value), list(distinct.values())


def rule_of(decision: Decision) -> str:
    """The rule to count a decision under: what holds, forbids, errs or permits first; empty for a default deny."""
    if decision.outcome == "hold" and decision.procedures:
        return decision.procedures[0]
    if decision.reasons:
        return decision.reasons[0]
    return next((error.rule for error in decision.errors if error.rule), "")


def _beside(recorded: Recorded) -> str:
    """Why a record says nothing about rules; empty where it does."""
    if recorded.request is None or recorded.entities is None:
        return ERASED
    if recorded.code in BESIDE_THE_RULES:
        return BESIDE_THE_RULES[recorded.code]
    return OVERLAID if recorded.rule.startswith(_OVERLAYS) else ""
