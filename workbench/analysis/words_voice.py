"""What words may draw on beside a result: the rules' own words, their kinds and names, what they read of a witness.

Pure; imports the engine and language. A :class:`Voice` without programs is mute about rules: results are then told by
ids alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from workbench.analysis.results import Judged, Witness
from workbench.engine.conversion import InputError, parse_uid
from workbench.engine.decision import Decision, NearMiss, Read
from workbench.engine.entities import Entities, EntityError
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request, RequestError
from workbench.language.ast import Policy, Procedure
from workbench.language.literals import is_plain_identifier, quote
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema

Say: TypeAlias = Callable[[str], str]
"""A rule's words by its id; the empty string where it has none."""
_Rows: TypeAlias = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Voice:
    """``program``: the one that answers are about (the newer one, for a difference); ``before``: the older one.

    ``say`` gives a rule's or an invariant's words by its id (its English, or its paraphrase).
    """

    program: Program | None = None
    before: Program | None = None
    invariants: Program | None = None
    say: Say | None = None
    _decisions: dict[int, tuple[Witness, Mapping[str, Decision]]] = field(default_factory=dict, repr=False)

    @property
    def schema(self) -> Schema | None:
        """The schema of the program that answers are about."""
        return None if self.program is None else self.program.schema

    def rule(self, rule_id: str) -> Rule | None:
        """A rule of the newer program, else of the older one, else an invariant; ``None`` where none is known."""
        for program in (self.program, self.before, self.invariants):
            if program is not None and rule_id in program.by_id:
                return program.by_id[rule_id]
        return None

    def invariant(self, invariant_id: str) -> Rule | None:
        """An invariant by its id, even where a rule has the same."""
        return None if self.invariants is None else self.invariants.by_id.get(invariant_id)

    def words(self, rule_id: str) -> str:
        """What the rule says, in words; the empty string where nobody knows."""
        return "" if self.say is None else self.say(rule_id)

    def name(self, rule_id: str) -> str:
        """As a person knows the rule: a procedure's name, which says more than the digest that may stand for its id."""
        rule = self.rule(rule_id)
        if rule is not None and "id" not in rule.annotations and isinstance(rule.statement, Procedure):
            return rule.statement.name
        return rule_id

    def conditional(self, rule_id: str) -> bool:
        """Whether the rule has conditions, so that it is news if it always applies. ``False`` for an unknown rule."""
        rule = self.rule(rule_id)
        if rule is None:
            return False
        if isinstance(rule.statement, Procedure):
            return rule.statement.when is not None
        return bool(rule.statement.conditions)

    def is_forbid(self, rule_id: str) -> bool:
        """Whether the rule is known to be a forbid."""
        rule = self.rule(rule_id)
        return rule is not None and rule.kind == "forbid"

    def may_forbid(self, rule_id: str) -> bool:
        """Whether the rule is a forbid, or unknown."""
        return self.rule(rule_id) is None or self.is_forbid(rule_id)

    def is_permit(self, rule_id: str) -> bool:
        """Whether the rule is known to be a permit."""
        rule = self.rule(rule_id)
        return rule is not None and isinstance(rule.statement, Policy) and rule.kind == "permit"

    # ---- what the rules made of a witness ----

    def reads(self, witness: Witness, rules: Sequence[str] = ()) -> tuple[Read, ...]:
        """What the deciding rules read of a witness, each field once.

        What ``rules`` and the determining rules read; for what is held, what permits it too; for a denial by default,
        what the nearest permit read, for that is why it does not apply. Empty without programs, and for a request that
        an engine would not take: a word more or less is no reason to fail.
        """
        wanted = {*rules}
        for judged in (witness.after, witness.before):
            if judged is not None:
                wanted |= {*judged.reasons, *judged.errors, *self.permits(witness, judged)}
        found: dict[str, Read] = {}
        decided = self._decided(witness)
        for decision in decided.values():
            for item in decision.evidence:
                if item.rule in wanted:
                    for read in item.reads:
                        found.setdefault(read.path, read)
        for judged in (witness.after, witness.before):
            miss = None if judged is None else self.nearest(witness, judged)
            for read in () if miss is None else miss.reads:
                found.setdefault(read.path, read)
        return tuple(found.values())

    def decides(self, witness: Witness) -> bool:
        """Whether a program is known here that takes the request, so that :meth:`reads` is all that was read.

        Or one whose schema has nobody that asks so, whatever the data, as the request itself shows.
        """
        decided = self._decided(witness)
        return "after" in decided or ("before" in decided and not self._has_such(witness.request))

    def _has_such(self, request: Mapping[str, Any]) -> bool:
        """Whether the schema lets this principal do this to this resource, if the data fit."""
        if self.schema is None:
            return True
        principal, action, resource = (parse_uid(request[name]) for name in ("principal", "action", "resource"))
        declared = self.schema.actions.get((action.type, action.id))
        if declared is None or principal.type not in declared.principals or resource.type not in declared.resources:
            return False
        lists = (self.schema.entity_types[uid.type].enum for uid in (principal, resource))
        return all(ids is None or uid.id in ids for ids, uid in zip(lists, (principal, resource), strict=True))

    def nearest(self, witness: Witness, judged: Judged) -> NearMiss | None:
        """The permit that came nearest to what no rule permits; ``None`` for anything else, or where none is known."""
        decision = self._side(witness, judged)
        if judged.code != "not_permitted" or decision is None or not decision.why_not:
            return None
        return decision.why_not[0]

    def _side(self, witness: Witness, judged: Judged) -> Decision | None:
        return self._decided(witness).get("before" if judged is witness.before else "after")

    def permits(self, witness: Witness, judged: Judged) -> tuple[str, ...]:
        """The permits behind what is held, which its reasons (the procedures) do not name; else none."""
        decision = self._side(witness, judged)
        if judged.outcome != "hold" or decision is None:
            return ()
        return tuple(item.rule for item in decision.evidence if item.effect == "permit" and item.stage == "enforce")

    def failure(self, witness: Witness, rule_id: str, *, invariant: bool = False) -> str:
        """Why the rule (or invariant) cannot be evaluated on the witness, as the engine says it; empty where it can, or
        unknown. A name with a backtick leaves no quotation in it to get out of.
        """
        for side, decision in self._decided(witness).items():
            for error in decision.errors:
                if error.rule == rule_id and (side == "invariants") == invariant:
                    rule = self.invariant(rule_id) if invariant else self.rule(rule_id)
                    about = (witness.request, witness.entities, None if rule is None else rule.statement)
                    return error.message.replace("`", "'") if "`" in repr(about) else error.message
        return ""

    def _decided(self, witness: Witness) -> Mapping[str, Decision]:
        """What our engine says, by the side; a side that would not take the request is left out."""
        kept = self._decisions.get(id(witness))
        if kept is None or kept[0] is not witness:
            kept = self._decisions[id(witness)] = (witness, self._ask(witness))
        return kept[1]

    def _ask(self, witness: Witness) -> Mapping[str, Decision]:
        found = {}
        for side, evaluator in self._evaluators.items():
            judged = witness.before if side == "before" else witness.after
            if judged is not None and judged.code == "invalid_request":
                continue  # nothing was read of it
            try:
                asked, rows = self._as_taken(witness, evaluator.schema)
                entities = Entities.from_json(list(rows), schema=evaluator.schema)
                found[side] = evaluator.decide(Request.from_json(asked), entities)
            except (RequestError, EntityError, InputError):
                continue  # fits one side's schema only
        return found

    def _as_taken(self, witness: Witness, schema: Schema | None) -> tuple[Mapping[str, Any], _Rows]:
        """The witness as a side takes it: where the two have different schemas, without what its own does not know."""
        if witness.before is None or self.before is None or schema is None or self.before.schema == self.schema:
            return witness.request, witness.entities
        from workbench.analysis.merged import projected  # with what encodes rules, which most words do without
        from workbench.analysis.model import Case

        case = projected(Case(witness.request, witness.entities), schema)
        return case.request, case.entities

    @cached_property
    def _evaluators(self) -> Mapping[str, Evaluator]:
        sides = {"after": self.program, "before": self.before, "invariants": self.invariants}
        return {side: Evaluator(program) for side, program in sides.items() if program is not None}


MUTE = Voice()
"""Knows nothing beyond the result."""


def cedar_value(value: Any) -> str:
    """A value of Cedar's JSON form as Cedar writes it; what cannot be seen is written as an escape."""
    match value:
        case {"__entity": {"type": str() as kind, "id": str() as name}} if len(value) == 1:
            return f"{kind}::{quote(name)}"
        case {"__extn": {"fn": str() as function, "arg": argument}} if len(value) == 1:
            return f"{function}({cedar_value(argument)})"
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case list() | tuple():
            return f"[{', '.join(map(cedar_value, value))}]"
        case dict():
            return f"{{{', '.join(f'{member(key)}: {cedar_value(item)}' for key, item in value.items())}}}"
    return str(value)


def member(name: str) -> str:
    """The name of an attribute as it stands in a record or after a dot."""
    return name if is_plain_identifier(name) else quote(name)
