"""The bugs: each is a text that stands exactly once in the whole room of the analyses, and what stands there instead.

Code may move between its modules; where a text itself changes, the old text here must follow, and
``test_soundness_mutants`` says which.
"""

from __future__ import annotations

from functools import partial

from tests.engine.mutants import seeded

Mutant = partial(seeded.Mutant, room="analysis")

MUTANTS = {
    # ---- terms ---------------------------------------------------------------------------------------------------
    "`<` is `<=`": Mutant(
        "return self.not_(self.le(right, left))",
        "return self.le(left, right)",
    ),
    "constants compare the other way": Mutant(
        "self.boolean(left.data <= right.data)", "self.boolean(left.data >= right.data)"
    ),
    "a negated `and` is negated part by part": Mutant(
        "found = self.or_(*map(self.not_, term.args))", "found = self.and_(*map(self.not_, term.args))"
    ),
    "a contradiction is dropped": Mutant(
        "                if self.not_(part) in parts:\n                    return zero",
        "                if self.not_(part) in parts:\n                    continue",
    ),
    "what contradicts a part is taken to follow from it": Mutant(
        "left = [inner for inner in part.args if self.not_(inner) not in parts]",
        "left = [inner for inner in part.args if self.not_(inner) in parts] or [*part.args]",
    ),
    "an `else` is an `or`": Mutant(
        "self.and_(self.implies(condition, then), self.or_(condition, otherwise))",
        "self.and_(self.implies(condition, then), self.implies(condition, otherwise))",
    ),
    "an `if` under a negation keeps its branches": Mutant(
        "return self.ite(condition.args[0], otherwise, then)", "return self.ite(condition.args[0], then, otherwise)"
    ),
    "days are rounded down": Mutant("self.div(term, by), self.neg(down))", "self.div(term, by), self.div(term, by))"),
    "the least Long is none": Mutant("self.le(self.integer(I64_MIN), term)", "self.lt(self.integer(I64_MIN), term)"),
    "a pattern without `*` is the empty text": Mutant(
        "return self.eq(text, self.text(parts[0]))", 'return self.eq(text, self.text(""))'
    ),
    "sets are equal if one is in the other": Mutant(
        "return self.and_(self.subset(left, right), self.subset(right, left))", "return self.subset(left, right)"
    ),
    "a literal set meets another if all of it does": Mutant(
        "self.or_(*(self.member(two, each) for each in one.args))",
        "self.and_(*(self.member(two, each) for each in one.args))",
    ),
    # ---- values --------------------------------------------------------------------------------------------------
    "the name of a field may hold anything": Mutant("field if field.isidentifier() else quote(field)", "field"),
    "an absent field is equal to any": Mutant("parts.append(terms.eq(left.present, right.present))", "pass"),
    # ---- expressions ---------------------------------------------------------------------------------------------
    "both sides of `&&` are always evaluated": Mutant(
        "terms.and_(ok, terms.or_(skip, right_ok))", "terms.and_(ok, right_ok)"
    ),
    "`||` stops where its left side is false": Mutant(
        'skip = terms.not_(known) if op == "&&" else known', "skip = terms.not_(known)"
    ),
    "every branch of an `if` is evaluated": Mutant(
        "terms.ite(condition, then_ok, else_ok)", "terms.and_(then_ok, else_ok)"
    ),
    "attributes of missing entities can be read": Mutant(
        "return self.exists(value.term), field_of(", "return self.terms.true, field_of("
    ),
    "`has` sees what a missing entity would have": Mutant(
        "self.terms.and_(found, there, field.present)", "self.terms.and_(found, field.present)"
    ),
    "tags of missing entities are there": Mutant(
        "there = terms.and_(self.exists(receiver.term), terms.app(", "there = terms.and_(terms.true, terms.app("
    ),
    "sums do not overflow": Mutant(
        "terms.and_(ok, terms.is_i64(result)), Scalar(LONG, result)", "ok, Scalar(LONG, result)"
    ),
    "a negated Long does not overflow": Mutant(
        "terms.and_(ok, terms.is_i64(negated)), Scalar(LONG, negated)", "ok, Scalar(LONG, negated)"
    ),
    "`>` is `<`": Mutant('low, high = (one, two) if op in ("<", "<=") else (two, one)', "low, high = (one, two)"),
    "an entity is not in itself": Mutant(
        'self.terms.or_(same, self.terms.app("in", "Bool", (entity, group)))',
        'self.terms.app("in", "Bool", (entity, group))',
    ),
    "groups of groups are none": Mutant(
        "wanted not in self.schema.entity_ancestors(kind) or (entity is group)",
        "wanted not in self.schema.entity_types[kind].parents or (entity is group)",
    ),
    "`in` a set is in all of it": Mutant(
        "return terms.or_(*(self.inside(entity, each) for each in groups.args))",
        "return terms.and_(*(self.inside(entity, each) for each in groups.args))",
    ),
    "`is … in` is `is`": Mutant("if expr.container is None:", "if expr.container is None or True:"),
    "`containsAll` is the other way round": Mutant(
        'terms.subset(other, whole) if method == "containsAll"', 'terms.subset(whole, other) if method == "containsAll"'
    ),
    # ---- extension values ----------------------------------------------------------------------------------------
    "`greaterThan` is `greaterThanOrEqual`": Mutant(
        '"greaterThan": lambda terms, a, b: terms.lt(b, a)', '"greaterThan": lambda terms, a, b: terms.le(b, a)'
    ),
    "a date moves without end": Mutant(
        "return terms.is_i64(moved), Scalar(DATETIME, moved)", "return fine, Scalar(DATETIME, moved)"
    ),
    "`toTime` has the sign of the date": Mutant(
        "return fine, Scalar(DURATION, terms.mod(it, DAY_MS))",
        "return fine, Scalar(DURATION, terms.sub(it, terms.mul(terms.integer(DAY_MS), terms.quotient(it, DAY_MS))))",
    ),
    "multicast is loopback": Mutant('_LOOPBACK if method == "isLoopback" else _MULTICAST', "_LOOPBACK"),
    # ---- rules and programs --------------------------------------------------------------------------------------
    "a rule errs out of its scope": Mutant("terms.and_(within, terms.not_(ok))", "terms.not_(ok)"),
    "an `unless` is a `when`": Mutant(
        'body = condition.body if condition.kind == "when" else Unary("!", condition.body)\n            one_ok',
        "body = condition.body\n            one_ok",
    ),
    "conditions after a false one are evaluated": Mutant(
        "ok = terms.and_(ok, terms.or_(terms.not_(holds), one_ok))", "ok = terms.and_(ok, one_ok)"
    ),
    "what errs is skipped": Mutant("erring = terms.or_(*errors) if ours else terms.false", "erring = terms.false"),
    "a forbid yields to a permit": Mutant(
        "passes = terms.and_(permitted, terms.not_(forbidden), terms.not_(erring))",
        "passes = terms.and_(permitted, terms.not_(erring))",
    ),
    "procedures hold under Cedar's semantics too": Mutant('or (rule.kind == "procedure" and not ours)', "or False"),
    "observed rules bind": Mutant(
        'if rule.stage == "observe" or rule.kind == "prefer" or (rule.kind', 'if rule.kind == "prefer" or (rule.kind'
    ),
    "`principal is T in g` is `principal is T`": Mutant(
        'if scope.kind in ("any", "is"):', 'if scope.kind in ("any", "is", "is_in"):'
    ),
    # ---- facts ---------------------------------------------------------------------------------------------------
    "a Long may be any integer": Mutant(
        '        if term.sort == "Int":\n            yield', '        if term.sort == "?":\n            yield'
    ),
    "an enumerated entity may have any id": Mutant("ids = self._encoder.ids(term.sort[2:])", "ids = None"),
    "missing entities are in groups": Mutant("yield terms.implies(term, self._encoder.exists(entity))", "pass"),
    "what is not a subset lacks nothing": Mutant(
        "            return terms.or_(predicate, terms.not_(there))\n        return terms.implies(predicate, there)\n",
        "            return terms.true\n        return terms.implies(predicate, there)\n",
    ),
    "sets meet in nothing": Mutant(
        "            return terms.or_(predicate, terms.not_(there))\n        return terms.implies(predicate, there)\n",
        "            return terms.or_(predicate, terms.not_(there))\n        return terms.true\n",
    ),
    "new members are in no subset": Mutant(
        "        for predicate in self._predicates:\n            for item in new:",
        "        for predicate in ():\n            for item in new:",
    ),
    # ---- the solver ----------------------------------------------------------------------------------------------
    "two literals may be one": Mutant("if len(known) > 1:", "if len(known) > 1_000_000:"),
    "literals are named up to a NUL": Mutant('z3.Const(f"={data!a}"', 'z3.Const(f"={data}"'),
    "an address's range is any of its length": Mutant(
        "z3.And(ip[0] == other[0], z3.UGE(ip[2], other[2]), apart == 0)",
        "z3.And(ip[0] == other[0], z3.UGE(ip[2], other[2]))",
    ),
    "a wider range is in a narrower one": Mutant(
        "z3.And(ip[0] == other[0], z3.UGE(ip[2], other[2]), apart == 0)",
        "z3.And(ip[0] == other[0], apart == 0)",
    ),
    "an IPv4 address has 31 bits": Mutant(
        "z3.LShR(bits, z3.BitVecVal(32, _WIDTH, self.context)) == 0",
        "z3.LShR(bits, z3.BitVecVal(31, _WIDTH, self.context)) == 0",
    ),
    "the rest is the whole": Mutant("return args[0] % args[1]", "return args[0] / args[1]"),
    # ---- from a model to a world ---------------------------------------------------------------------------------
    "memberships do not pass on": Mutant("follows = space.encoder.inside(low.args[0], high.args[1])", "follows = low"),
    "a group may be in itself": Mutant("circle = low.args[0].sort == high.args[1].sort", "circle = False"),
    "a literal may match what it does not": Mutant(
        "not isinstance(value, Other) and reading.value(like) != matches(value, like.data)", "False"
    ),
    "what few texts match, none does": Mutant("only = _language(said)", "only: list[str] = []"),
    "optional attributes are always there": Mutant(
        "                if there is None or not self._reading.value(there):\n                    continue",
        "                if there is None:\n                    continue",
    ),
    "sets are empty": Mutant(
        'elif term.op == "member" and reading.value(term):', 'elif term.op == "member" and False:'
    ),
    "decimals and dates are taken for each other": Mutant(
        '{"decimal": Decimal4, "datetime": Datetime,', '{"decimal": Decimal4, "datetime": Duration,'
    ),
    # ---- what is asked -------------------------------------------------------------------------------------------
    "rules that err deny nothing in proofs": Mutant(
        "return self._any(self.said(rule).erring for rule in self.rules) if self.ours else self.space.terms.false",
        "return self.space.terms.false",
    ),
    "what is not supported says nothing": Mutant(
        "found = Encoded(satisfied, terms.and_(erring, terms.not_(satisfied)))", "found = self.space.nothing"
    ),
    "what is newly held is not looked for": Mutant(
        "changed = terms.and_(getattr(after, wanted), terms.not_(getattr(before, wanted)))",
        "changed = terms.and_(getattr(after, wanted), terms.not_(getattr(before, wanted)), terms.not_(after.hold))",
    ),
    "an unchanged rule of a changed schema says what it said": Mutant("if same and self.same_schema:", "if same:"),
    "an attribute that one side requires may be absent": Mutant(
        "if term.args and name in self._merged.entities.present:", "if False:"
    ),
    "an invariant that errs is kept": Mutant("    return both(plainly, by_error)", "    return plainly"),
    "what is held is always permitted": Mutant(
        "terms.or_(law.forbidden(), law.erring(), law.triggered())", "terms.or_(law.forbidden(), law.erring())"
    ),
    "a forbid's error is no forbid in a mutant": Mutant(
        "return terms.and_(terms.not_(said.satisfied), terms.not_(said.erring)) if permitted else terms.false",
        "return terms.not_(said.satisfied) if permitted else terms.false",
    ),
    "every request of a row is permitted if some permit is satisfied": Mutant(
        "return both(unpermitted, inquiry.seek(environment, stopped, denied))", "return unpermitted"
    ),
}

ASKING = frozenset(
    f"workbench.analysis.{name}"
    for name in ("difference", "equivalence", "invariants", "law", "matrix", "merged", "tightening")
)
"""The modules that ask; a bug in one of them shows where it is asked, and not in what single rules say."""
