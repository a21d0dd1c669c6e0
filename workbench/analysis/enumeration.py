"""Whether a changed rule decides anything otherwise, found by trying: for where the solver is not installed. Pure.

First every combination of what the rule itself, before and after, can tell apart: where it says the same in all of
them, and the combinations are exact, nothing is ever decided otherwise. Where it does not, the rest of the request is
tried until the difference shows. A bounded number of requests is tried; what they leave open is said to be undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from workbench.analysis.defaults import plain_value
from workbench.analysis.domains import ABSENT, Domain, Path, Uid, domain_of, own_uid, plain_reference
from workbench.analysis.environments import bearing, environments
from workbench.analysis.examined import Alone, Examined, concluded, examine, with_change
from workbench.analysis.expecting import Decided
from workbench.analysis.model import Case
from workbench.analysis.results import RequestEnvironment
from workbench.analysis.silent import ESCALATED, asks_otherwise, escalated_to, is_silent
from workbench.analysis.tidy import tidied
from workbench.engine.values import EntityUid, to_json
from workbench.language.ast import Procedure
from workbench.language.program import Program, Rule
from workbench.language.schema import Attribute, EntityRef, RecordType, Schema

MOST_OWN = 3_000
MOST_REST = 1_500
MOST_TRIED = 6_000
TOO_MANY = "not decided by trying: there are too many requests to try"
NOT_EXACT = "not decided by trying: the rule computes something that finitely many requests do not settle"


@dataclass(frozen=True, slots=True)
class Tried:
    """``same``: nothing is decided otherwise. Else a case, or ``why`` it is not known."""

    same: bool = False
    case: Case | None = None
    why: str = ""


class Enumeration:
    """Over one program, which has a schema. ``most``: how many requests are tried in all; ``check`` is called for each
    (it may raise ``Stopped``).
    """

    def __init__(self, program: Program, most: int, check: Callable[[], None]) -> None:
        assert program.schema is not None
        self._left, self._check = most, check
        self._program, self._schema = program, program.schema
        self._alone = Alone(program.schema)

    def changed(self, rule: Rule, by: Rule | None) -> Tried:
        """With ``by`` in the place of ``rule`` (``None``: nothing)."""
        both = [rule] if by is None else [rule, by]
        why, left = "", min(MOST_TRIED, self._left)
        for environment in environments(self._schema):
            if not bearing(both, environment, self._schema):
                continue
            if left <= 0:
                return Tried(why=TOO_MANY)
            search = _Search(self._program, self._schema, self._alone, environment, rule, by, left, self._check)
            found = search.run()
            left -= search.tried
            self._left -= search.tried
            if found.case is not None:
                return found
            why = why or found.why
        if not why and by is not None and asks_otherwise(rule, by) and escalated_to(rule, self._program.rules):
            why = ESCALATED
        return Tried(not why, None, why)


class _Search:
    def __init__(
        self,
        program: Program,
        schema: Schema,
        alone: Alone,
        environment: RequestEnvironment,
        rule: Rule,
        by: Rule | None,
        most: int,
        check: Callable[[], None],
    ) -> None:
        self._check = check
        self._program, self._schema, self._alone = program, schema, alone
        self._environment, self._rule, self._by = environment, rule, by
        self._most = most
        self.tried = 0
        self._unfit = False  # some request did not fit the schema, so that not all were tried that there are

    def run(self) -> Tried:
        both = [self._rule] if self._by is None else [self._rule, self._by]
        own = domain_of(bearing(both, self._environment, self._schema), self._environment, self._schema)
        rest = domain_of(
            bearing((*self._program.rules, *both), self._environment, self._schema), self._environment, self._schema
        )
        further = Domain(rest.exact, {path: values for path, values in rest.cells.items() if path not in own.cells})
        # Of what the rule asks about, the other rules may tell more values apart than the rule does.
        fine = Domain(own.exact, {path: rest.cells.get(path, values) for path, values in own.cells.items()})
        complete = own.exact and fine.size <= min(MOST_OWN, self._most)
        if not complete and own.exact and own.size <= min(MOST_OWN, self._most) and self._says_the_same(own):
            return Tried(same=True)
        searched = rest.exact and further.size <= MOST_REST
        apart = False
        for settings in islice(_combinations(fine), MOST_OWN):
            case = self._case(settings)
            if case is None:
                continue
            if self.tried >= self._most:
                return Tried(why=TOO_MANY)
            if not self._says_otherwise(case):
                continue
            apart = True
            for more in islice(_combinations(further), MOST_REST):
                whole = self._case({**settings, **more})
                if whole is not None and self._shows(whole):
                    return Tried(case=self._tidied(whole))
                if self.tried >= self._most:
                    return Tried(why=TOO_MANY)
        if complete and (not apart or searched) and not self._unfit:
            return Tried(same=True)
        return Tried(why=NOT_EXACT if not (own.exact and (not apart or rest.exact)) else TOO_MANY)

    # ---- asked

    def _says_the_same(self, own: Domain) -> bool:
        """Whether the rule alone, before and after, says the same in every combination of what it can tell apart."""
        for settings in _combinations(own):
            case = self._case(settings)
            if case is not None and (self.tried >= self._most or self._says_otherwise(case)):
                return False
        return not self._unfit

    def _examined(self, case: Case) -> Examined | None:
        self.tried += 1
        self._check()
        found = examine(self._program, [{"request": case.request, "entities": list(case.entities)}], self._alone)
        self._unfit |= not found
        return found[0] if found else None

    def _says_otherwise(self, case: Case) -> bool:
        """Whether the rule alone says something else; where the change is silent, whether it says anything."""
        examined = self._examined(case)
        if examined is None:
            return False
        before = examined.said.get(self._rule.id, "nothing")
        after = "nothing"
        if self._by is not None and bearing((self._by,), self._environment, self._schema):
            after = self._alone.said(self._by, examined.request, examined.entities)
        same_kind = self._by is not None and self._by.kind == self._rule.kind and not is_silent(self._rule, self._by)
        return before != after if same_kind else (before, after) != ("nothing", "nothing")

    def _shows(self, case: Case) -> bool:
        examined = self._examined(case)
        if examined is None:
            return False
        before = concluded(examined.rules, examined.said)
        return told_apart(before, with_change(examined, self._rule.id, self._by, self._alone, self._schema))

    def _tidied(self, case: Case) -> Case:
        return tidied(case, self._schema, self._shows, complete=True)

    # ---- made

    def _case(self, settings: Mapping[Path, Any]) -> Case | None:
        """The request with these settings; ``None`` where they contradict each other."""
        return _World(self._schema, self._environment, settings).case()


def told_apart(before: Decided, after: Decided) -> bool:
    """Whether a test case can tell the one from the other."""
    asked = [{name: _asks(one.asked[name]) for name in one.procedures} for one in (before, after)]
    return (before.outcome, set(before.procedures), before.score, before.observed, asked[0]) != (
        after.outcome,
        set(after.procedures),
        after.score,
        after.observed,
        asked[1],
    )


def _asks(procedure: Procedure) -> tuple[Any, ...]:
    return (
        procedure.requires,
        procedure.timelock,
        procedure.timeout,
        procedure.on_timeout,
        procedure.on_rejection,
    )


def _combinations(domain: Domain) -> Iterator[dict[Path, Any]]:
    """All settings; those near the plain ones first, so that a bounded look at a large domain is a fair one."""
    paths = list(domain.cells)
    plain = {path: domain.cells[path][0] for path in paths}
    if domain.size > MOST_OWN:
        yield plain
        for path in paths:
            yield from ({**plain, path: value} for value in domain.cells[path][1:])
        for place, path in enumerate(paths):
            for other in paths[place + 1 :]:
                for one, two in product(domain.cells[path][1:], domain.cells[other][1:]):
                    yield {**plain, path: one, other: two}
        return
    for values in product(*(domain.cells[path] for path in paths)):
        yield dict(zip(paths, values, strict=True))


class _World:
    """A request and its entities, made of settings."""

    def __init__(self, schema: Schema, environment: RequestEnvironment, settings: Mapping[Path, Any]) -> None:
        self._schema, self._environment, self._settings = schema, environment, settings
        types = {"principal": environment.principal, "resource": environment.resource}
        self._uids: dict[str, Uid] = {
            side: settings.get((side,), own_uid(kind, side, schema)) for side, kind in types.items()
        }
        self._rows: dict[Uid, dict[str, Any]] = {}
        self._gone: set[Uid] = set()
        self._set: dict[tuple[int, str], Any] = {}
        self._parents: dict[Uid, set[Uid]] = {}

    def case(self) -> Case | None:
        for side, uid in self._uids.items():
            self._row(uid, known=self._settings.get((side, "#known"), True))
            groups = self._settings.get((side, "#in"), frozenset())
            self._parents.setdefault(uid, set()).update(groups)
        context = self._plain(self._schema.actions[self._environment.action].context.attributes)
        for path in sorted((path for path in self._settings if not path[-1].startswith("#")), key=len):
            if len(path) > 1 and not self._put(path, self._settings[path], context):
                return None
        if self._gone & set(self._rows):
            return None
        request = {
            "principal": str(EntityUid(*self._uids["principal"])),
            "action": str(EntityUid(*self._environment.action)),
            "resource": str(EntityUid(*self._uids["resource"])),
            "context": context,
        }
        rows = [
            {
                "uid": {"type": kind, "id": id},
                "attrs": attrs,
                "parents": [{"type": of, "id": name} for of, name in sorted(self._parents.get((kind, id), ()))],
            }
            for (kind, id), attrs in self._rows.items()
        ]
        return Case(request, tuple(rows))

    def _row(self, uid: Uid, *, known: bool) -> None:
        declared = self._schema.entity_types.get(uid[0])
        if not known:
            self._gone.add(uid)
        elif declared is not None and declared.enum is None and uid not in self._rows:
            self._rows[uid] = self._plain(declared.attributes)

    def _put(self, path: Path, value: Any, context: dict[str, Any]) -> bool:
        """Whether the setting could be made; on an entity that is not known, or an absent record, it is idle."""
        holder, fields = self._holder(path[:-1], context)
        if holder is None or fields is None:
            return True
        of = fields[path[-1]].type
        key = id(holder), path[-1]
        if self._set.setdefault(key, value) != value:  # two ways lead to it, and ask for different things
            return False
        if value is ABSENT:
            holder.pop(path[-1], None)
        elif isinstance(of, RecordType):
            holder.setdefault(path[-1], self._plain(of.attributes))
        elif isinstance(of, EntityRef):
            if (*path, "#known") in self._settings:
                self._row(value, known=self._settings[*path, "#known"])
            holder[path[-1]] = {"__entity": {"type": value[0], "id": value[1]}}
        else:
            holder[path[-1]] = value
        return True

    def _plain(self, attributes: Mapping[str, Attribute]) -> dict[str, Any]:
        """What a record must have, at its plainest."""
        return {name: self._plainest(each) for name, each in attributes.items() if each.required}

    def _plainest(self, attribute: Attribute) -> Any:
        of = attribute.type
        if isinstance(of, RecordType):
            return self._plain(of.attributes)
        if isinstance(of, EntityRef):
            kind, name = plain_reference(of, self._schema)
            return {"__entity": {"type": kind, "id": name}}
        return to_json(plain_value(of))

    def _holder(
        self, path: Path, context: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, Mapping[str, Attribute] | None]:
        """The record that the path leads to, with its declaration."""
        if path[0] == "context":
            record: dict[str, Any] | None = context
            fields = self._schema.actions[self._environment.action].context.attributes
        else:
            uid = self._uids[path[0]]
            record, fields = self._rows.get(uid), self._schema.entity_types[uid[0]].attributes
        for step in path[1:]:
            inner = None if record is None else record.get(step)
            of = fields[step].type
            if isinstance(of, EntityRef):
                named = (inner or {}).get("__entity", {})
                record = self._rows.get((named.get("type", ""), named.get("id", "")))
                fields = self._schema.entity_types[of.name].attributes
            else:
                assert isinstance(of, RecordType)
                record, fields = inner, of.attributes
        return record, fields
