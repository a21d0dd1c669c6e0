"""``ws.trying``: one request, as a form, decided against the draft and beside it against what is in force.

Nothing is recorded: trying is looking. What is filled in may be taken from a recorded decision or from a test case.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from workbench.engine.decision import Decision
from workbench.engine.entities import Entities, EntityError
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request, RequestError, as_uid
from workbench.engine.values import EntityUid
from workbench.language.program import Program
from workbench.service.analysis_subjects import subject_of
from workbench.service.directories import Directories
from workbench.service.drafting import Drafting
from workbench.service.errors import WorkbenchError
from workbench.service.judging import spoken_cases
from workbench.service.rules import rule_views
from workbench.service.session import Session
from workbench.service.trial_filling import blank, with_field
from workbench.service.trial_form import Entity, Field, Trial, fields_of
from workbench.service.views import Draft, EventRow, RuleView
from workbench.service.vocabulary import schema_of
from workbench.service.watching import Watching
from workbench.store.ledger import read_head

_KEPT = 4  # texts whose engine is kept
_MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class Near:
    """A permit that came near: what it lacked, as conditions with what was read for them (path → value)."""

    rule: RuleView
    failed: tuple[str, ...]
    reads: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one constitution says. ``trouble``: why it could not be asked at all; then there is no outcome.

    ``rules`` determined it; ``reads`` are what they looked at (path → value), ``missing`` those of them that the
    request does not give. ``errors``: (rule, message). ``spared``: for a forbid, what would have kept it from applying.
    """

    name: str
    outcome: str = ""
    code: str = ""
    remedy: str = ""
    rules: tuple[RuleView, ...] = ()
    reads: Mapping[str, Any] | None = None
    missing: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    spared: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()
    trouble: str = ""
    decision: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial with its form, decided twice."""

    trial: Trial
    fields: tuple[Field, ...]
    draft: Verdict
    force: Verdict

    @property
    def differs(self) -> bool:
        """Whether the draft decides otherwise than what is in force."""
        return bool(self.draft.outcome and self.force.outcome) and self.draft.outcome != self.force.outcome


@dataclass(frozen=True, slots=True)
class Added:
    """A test case that asks what was tried; ``new`` where it was added, else the draft had it already."""

    name: str
    new: bool


class Trying:
    """The use cases of Try."""

    def __init__(self, session: Session, drafting: Drafting, watching: Watching, directories: Directories) -> None:
        self._session = session
        self._drafting = drafting
        self._watching = watching
        self._directories = directories
        self._engines: OrderedDict[tuple[str, str], tuple[Program, Evaluator]] = OrderedDict()
        self._lock = Lock()

    # ---- where a form comes from -------------------------------------------------------------------------------------

    def recorded(self, limit: int = 50) -> tuple[EventRow, ...]:
        """The newest decisions, newest first: what a form may be filled in from."""
        return tuple(reversed(self._watching.last_events(limit)))

    def cases(self) -> tuple[str, ...]:
        """The names of the draft's test cases."""
        return tuple(str(case.get("name", "")) for case in self._drafting.draft().tests)

    def blank(self) -> Trial:
        """A form with nothing filled in but who and what. Raises :class:`WorkbenchError`: ``bad_schema``,
        ``no_action``."""
        return blank(schema_of(self._drafting.draft().schema), self._known())

    def of_event(self, seq: int) -> Trial:
        """The request of a recorded decision, with the facts that were believed then.

        Raises :class:`WorkbenchError`: ``no_event``, ``redacted``.
        """
        event = self._watching.event(seq)
        request = dict(event.request)
        if not {"principal", "action", "resource"} <= request.keys():
            raise WorkbenchError("it cannot be tried", f"what decision {seq} asked has been erased", "", "redacted")
        return _trial(request, event.entities, f"decision {seq}")

    def of_case(self, name: str) -> Trial:
        """The request of a test case of the draft. Raises :class:`WorkbenchError`: ``no_test``, ``bad_request``."""
        for case in self._drafting.draft().tests:
            if case.get("name") == name:
                (heard,) = spoken_cases([case], schema_of(self._drafting.draft().schema))
                return _trial(dict(heard.get("request", {})), tuple(case.get("entities", ())), f"test “{name}”")
        raise WorkbenchError("no such test", f"the draft has no test `{name}`", "", "no_test")

    # ---- filling it in, deciding -------------------------------------------------------------------------------------

    def with_field(self, trial: Trial, key: str, text: str) -> Trial:
        """The trial with one field filled in. Raises :class:`WorkbenchError`: as ``trial_form.with_field``."""
        return with_field(schema_of(self._drafting.draft().schema), trial, key, text, self._known())

    def tried(self, trial: Trial) -> Tried:
        """Decide it against the draft and against what is in force. Raises :class:`WorkbenchError` (``bad_schema``)."""
        draft, known = self._drafting.draft(), self._known()
        fields = fields_of(schema_of(draft.schema), trial, known)
        return Tried(trial, fields, self._of_draft(draft, trial, known), self._in_force(trial, known))

    def as_case(self, tried: Tried, expect: str = "") -> Mapping[str, Any]:
        """The trial as a test case; ``expect`` what the draft says where it is not given.

        Raises :class:`WorkbenchError` (``bad_request``) for one that no rule was asked about.
        """
        outcome = expect or tried.draft.outcome
        if outcome not in ("allow", "deny", "hold") or tried.draft.code in ("invalid_request", "invalid_entity"):
            what = tried.draft.trouble or "; ".join(message for _, message in tried.draft.errors)
            raise WorkbenchError("not a test case yet", what, "fill in what is missing first", "bad_request")
        trial = tried.trial
        case: dict[str, Any] = {
            "name": _name(trial, outcome),
            "request": trial.request(),
            "entities": self._needed(trial),
            "expect": outcome,
        }
        return case

    def add_case(self, tried: Tried, expect: str = "") -> Added:
        """Add it to the draft's test cases, for a person to confirm. Raises as :meth:`as_case`."""
        case = self.as_case(tried, expect)
        before = {str(each.get("name", "")) for each in self._drafting.draft().tests}
        tests = self._drafting.add_tests([case]).tests
        new = [str(each.get("name", "")) for each in tests if str(each.get("name", "")) not in before]
        if new:
            return Added(new[-1], new=True)
        same = (str(each.get("name", "")) for each in tests if each.get("request") == case["request"])
        return Added(next(same, str(case["name"])), new=False)

    # ---- within ------------------------------------------------------------------------------------------------------

    def _known(self) -> tuple[Entity, ...]:
        return self._directories.entities()

    def _needed(self, trial: Trial) -> list[Entity]:
        """The entities of the trial, and those of the directory that they lead to: a test case stands for itself."""
        known = {(e["uid"]["type"], e["uid"]["id"]): e for e in self._known()}
        found = {(e["uid"]["type"], e["uid"]["id"]): e for e in trial.entities}
        waiting = [uid for entity in found.values() for uid in _leads_to(entity)]
        while waiting:
            uid = waiting.pop()
            if uid not in found and uid in known:
                found[uid] = known[uid]
                waiting += _leads_to(known[uid])
        return list(found.values())

    def _of_draft(self, draft: Draft, trial: Trial, known: Sequence[Entity]) -> Verdict:
        try:
            engine = self._engine(draft.cedar_plus, draft.schema, "the draft")
        except WorkbenchError as error:
            return Verdict("the draft", trouble=error.detail or error.title)
        return verdict("the draft", *engine, trial, known)

    def _in_force(self, trial: Trial, known: Sequence[Entity]) -> Verdict:
        with self._session.read() as connection:
            checked = self._session.laws.checked(connection, read_head(connection).active_digest)
        name = f"version {checked.version.constitution_version}"
        content = checked.version.content
        try:
            engine = self._engine(content.cedar_plus_source, content.schema_text, name, checked.program)
        except WorkbenchError as error:
            return Verdict(name, trouble=error.detail or error.title)
        return verdict(name, *engine, trial, known)

    def _engine(
        self, cedar_plus: str, schema: str, name: str, program: Program | None = None
    ) -> tuple[Program, Evaluator]:
        key = (cedar_plus, schema)
        with self._lock:
            found = self._engines.get(key)
            if found is not None:
                self._engines.move_to_end(key)
                return found
        made = program or subject_of(name, cedar_plus, schema).program
        engine = (made, Evaluator(made))
        with self._lock:
            self._engines[key] = engine
            while len(self._engines) > _KEPT:
                self._engines.popitem(last=False)
        return engine


def _trial(request: Mapping[str, Any], entities: Sequence[Any], origin: str) -> Trial:
    try:
        uids = [str(as_uid(request[name], name)) for name in ("principal", "action", "resource")]
    except (RequestError, KeyError) as error:
        raise WorkbenchError("it cannot be tried", f"{origin}: {error}", "", "bad_request") from None
    context = request.get("context")
    distinct = {uid: {**entity, "uid": {"type": uid.type, "id": uid.id}} for uid, entity in _identified(entities)}
    principal, action, resource = uids
    said = context if isinstance(context, Mapping) else {}
    return Trial(principal, action, resource, said, tuple(distinct.values()), origin)


def _identified(entities: Sequence[Any]) -> Iterator[tuple[EntityUid, Entity]]:
    """Entities with their uids, in either of Cedar's forms; what has none is no entity."""
    for entity in entities:
        with suppress(RequestError):
            if isinstance(entity, Mapping) and isinstance(entity.get("uid"), Mapping):
                yield as_uid(entity["uid"]), entity


def verdict(name: str, program: Program, evaluator: Evaluator, trial: Trial, known: Sequence[Entity]) -> Verdict:
    """What ``program`` says of a trial, with the rules in words. ``known``: what is believed besides. Never raises."""
    said = {(e["uid"]["type"], e["uid"]["id"]) for e in trial.entities}
    believed = [e for e in known if (e["uid"]["type"], e["uid"]["id"]) not in said]
    try:
        entities = Entities.from_json([*believed, *trial.entities], program.schema)
        decision = evaluator.decide(Request.from_json(trial.request()), entities)
    except (EntityError, RequestError) as error:
        return Verdict(name, "deny", "invalid_entity", errors=(("", str(error)),))
    return told(name, program, decision)


def told(name: str, program: Program, decision: Decision) -> Verdict:
    """A decision with its rules in words."""
    wanted = [*decision.reasons, *decision.procedures, *(e.rule for e in decision.errors if e.rule)]
    wanted += [miss.rule for miss in decision.why_not]
    views = {view.id: view for view in rule_views(program, set(wanted) | _procedure_ids(program, decision))}
    determined = dict.fromkeys([*decision.reasons, *sorted(_procedure_ids(program, decision))])
    determined |= dict.fromkeys(error.rule for error in decision.errors if error.rule)
    reads: dict[str, Any] = {}
    missing: dict[str, None] = {}
    for item in decision.evidence:
        if item.rule in determined:
            reads |= {read.path: read.value for read in item.reads}
            missing |= {read.path: None for read in item.reads if read.missing}
    near = tuple(
        Near(views[miss.rule], miss.failed, {read.path: read.value for read in miss.reads})
        for miss in decision.why_not
        if miss.rule in views
    )
    return Verdict(
        name=name,
        outcome=decision.outcome,
        code=decision.code,
        remedy=decision.remedy,
        rules=tuple(views[rule] for rule in determined if rule in views),
        reads=reads,
        missing=tuple(missing),
        near=near,
        spared=tuple(condition for each in decision.spared_by for condition in each.conditions),
        errors=tuple((error.rule, error.message) for error in decision.errors),
        decision=decision.to_dict(),
    )


def _procedure_ids(program: Program, decision: Decision) -> frozenset[str]:
    return frozenset(rule.id for rule, procedure in program.procedures if procedure.name in decision.procedures)


def _leads_to(entity: Entity) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    waiting: list[Any] = [entity.get("attrs", {}), entity.get("tags", {}), entity.get("parents", [])]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            uid = value.get("__entity", value)
            if isinstance(uid, Mapping) and isinstance(uid.get("type"), str) and isinstance(uid.get("id"), str):
                found.append((uid["type"], uid["id"]))
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
    return found


def _name(trial: Trial, outcome: str) -> str:
    who, what, on = (as_uid(uid).id for uid in (trial.principal, trial.action, trial.resource))
    said = f"tried: {who} {what.replace('_', ' ')} on {on}, {outcome}"
    return said if len(said) <= _MOST_NAME else said[: _MOST_NAME - 1] + "…"
