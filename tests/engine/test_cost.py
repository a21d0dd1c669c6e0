"""The cost bound bounds: steps counted by an interpreter of our own, on random policies and data, never pass it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.generate import Generator
from tests.engine.support import program
from workbench.engine import Entities, Evaluator, Request
from workbench.engine import operators as ops
from workbench.engine.conversion import record_of
from workbench.engine.cost import MAX_BYTES, MAX_PARTS, Bound, Steps, bound_of
from workbench.engine.env import Env
from workbench.engine.functions import FUNCTIONS
from workbench.engine.rules import CompiledRule, scope_tests
from workbench.engine.values import EntityUid, EvalError, Record, SetValue, Value, equal
from workbench.language import ast
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema_reader import read_schema
from workbench.service.receipts import MAX_REQUEST

seeds = st.integers(0, 10**6)


def program_of(source: str, schema: str | None = None) -> Program:
    # as a model: the worlds here have sets of records, which the linter refuses; the bound must hold all the same
    result = check(source, None if schema is None else read_schema(schema))
    assert result.program is not None, result.diagnostics
    return result.program


def bound(source: str, schema: str | None = None) -> Bound:
    return bound_of(program_of(source, schema))


# ---- an interpreter that counts --------------------------------------------------------------------------------------


def parts(value: Value) -> int:
    """A value's parts: itself, and those inside it."""
    if isinstance(value, SetValue):
        return 1 + sum(map(parts, value.members()))
    if isinstance(value, Record):
        return 1 + sum(map(parts, value.values()))
    return 1


def data_parts(value: Any) -> int:
    """The same of JSON, where a text is one more for every 64 characters."""
    if isinstance(value, dict):
        return 1 + sum(map(data_parts, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(data_parts, value))
    return 1 + len(value) // 64 if isinstance(value, str) else 1


class Counting:
    """Evaluates core expressions as the definition of a step says, one node after the other."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.steps = 0

    def rule(self, rule: CompiledRule) -> bool | None:
        """Whether the rule is satisfied; ``None`` where it fails."""
        self.steps += 3 + len(rule.scope.action.entities)
        try:
            for condition in rule.conditions:
                body = condition.body if condition.kind == "when" else ast.Unary("!", condition.body)
                if not ops.as_bool(self.of(body)):
                    return False
        except EvalError:
            return None
        return True

    def visit(self, size: int) -> None:
        self.steps += size

    def of(self, node: ast.Expr) -> Value:
        self.steps += 1
        find = self.env.find
        match node:
            case ast.Lit(value=value):
                return value
            case ast.EntityLit(type=kind, id=name):
                return EntityUid(kind, name)
            case ast.Var(name=name):
                value: Value = getattr(self.env, name)
                return value
            case ast.Unary(op="!", arg=arg):
                return not ops.as_bool(self.of(arg))
            case ast.Unary(arg=arg):
                return ops.negate(self.of(arg))
            case ast.Binary(op="&&", left=left, right=right):
                return ops.as_bool(self.of(left)) and ops.as_bool(self.of(right))
            case ast.Binary(op="||", left=left, right=right):
                return ops.as_bool(self.of(left)) or ops.as_bool(self.of(right))
            case ast.Binary(op="==" | "!=" as op, left=left, right=right):
                a, b = self.of(left), self.of(right)
                self.visit(min(parts(a), parts(b)))
                return equal(a, b) == (op == "==")
            case ast.Binary(op="in", left=left, right=right):
                a, b = self.of(left), self.of(right)
                self.visit(parts(b))
                return ops.is_in(a, b, find)
            case ast.Binary(op=op, left=left, right=right):
                return ARITHMETIC[op](self.of(left), self.of(right))
            case ast.Has(expr=expr, path=path):
                self.steps += len(path) - 1
                return ops.has_path(self.of(expr), path, find)
            case ast.Like(expr=expr, pattern=pattern):
                text = ops.as_string(self.of(expr))
                self.visit(len(pattern) + 1 + len(text) // 64)
                return glob(text, pattern)
            case ast.Is(expr=expr, type=kind, container=container):
                uid = ops.as_entity(self.of(expr))
                if container is None or uid.type != kind:
                    return uid.type == kind
                inside = self.of(container)
                self.visit(parts(inside))
                return ops.is_in(uid, inside, find)
            case ast.If(condition=condition, then=then, otherwise=otherwise):
                return self.of(then) if ops.as_bool(self.of(condition)) else self.of(otherwise)
            case ast.GetAttr(expr=expr, attr=attr):
                return ops.get_attr(self.of(expr), attr, find)
            case ast.SetLit(items=items):
                members = [self.of(item) for item in items]
                self.visit(sum(map(parts, members)))
                return SetValue.of(members)
            case ast.RecordLit(items=fields):
                self.visit(len(fields))
                return Record([(name, self.of(item)) for name, item in fields])
            case ast.Call(function=name, args=args):
                values = [self.of(arg) for arg in args]
                self.visit(sum(1 + (len(v) // 64 if isinstance(v, str) else 0) for v in values))
                return FUNCTIONS[name](*values)
            case ast.Method(receiver=receiver, method=method, args=args):
                return self.method(method, [self.of(receiver), *map(self.of, args)])
        raise AssertionError(node)

    def method(self, name: str, values: list[Value]) -> Value:
        find = self.env.find
        match name, values:
            case "hasTag", [a, b]:
                return ops.has_tag(a, b, find)
            case "getTag", [a, b]:
                return ops.get_tag(a, b, find)
            case "isEmpty", [a]:
                return ops.is_empty(a)
            case "contains", [a, b]:
                self.visit(parts(b))
                return ops.contains(a, b)
            case "containsAll", [a, b]:
                self.visit(parts(b))
                return ops.contains_all(a, b)
            case "containsAny", [a, b]:
                self.visit(min(parts(a), parts(b)))
                return ops.contains_any(a, b)
        return FUNCTIONS[name](*values)


ARITHMETIC: dict[str, Callable[[Value, Value], Value]] = {
    "+": ops.add,
    "-": ops.subtract,
    "*": ops.multiply,
    "<": ops.less,
    "<=": ops.less_or_equal,
    ">": lambda a, b: not ops.less_or_equal(a, b),
    ">=": lambda a, b: not ops.less(a, b),
}


def glob(text: str, pattern: tuple[str | ast.Wildcard, ...]) -> bool:
    """``like`` by definition: which prefixes of the text the pattern so far can end at."""
    ends = {0}
    for piece in pattern:
        if isinstance(piece, str):
            ends = {end + len(piece) for end in ends if text.startswith(piece, end)}
        else:
            ends = set(range(min(ends), len(text) + 1)) if ends else ends
    return len(text) in ends


def compiled(made: Program) -> list[CompiledRule]:
    return [CompiledRule.of(place, rule) for place, rule in enumerate(made.rules)]


def env_of(request: dict[str, Any], rows: list[Any]) -> Env:
    asked = Request.from_json(request)
    store = Entities.from_json(rows)
    return Env(asked.principal, asked.action, asked.resource, record_of(asked.context), store.find)


def all_parts(request: dict[str, Any], rows: list[Any]) -> int:
    fields = [value for row in rows for value in (row["attrs"], row.get("tags", {}))]
    return sum(map(data_parts, [request.get("context", {}), *fields]))


# ---- it bounds -------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_no_request_takes_more_steps_than_the_bound(seed: int) -> None:
    """Counted where the interpreter agrees with the engine on every rule, so that it counts the same work."""
    make = Generator(seed)
    rules, rows = program(make.policies(8)), make.entities()
    evaluator, limit = Evaluator(rules), bound_of(rules).worst
    assert limit.rules == 8
    for _ in range(4):
        request = make.request()
        counting = Counting(env_of(request, rows))
        outcomes = [(rule, counting.rule(rule)) for rule in compiled(rules)]
        decision = evaluator.decide(request, rows, semantics="cedar")
        satisfied = {rule.id for rule, outcome in outcomes if outcome}
        assert set(decision.reasons) <= satisfied
        assert {error.rule for error in decision.errors} == {
            rule.id for rule, outcome in outcomes if outcome is None and rule_reached(rule, counting.env)
        }
        assert 0 < counting.steps <= limit.steps.at(all_parts(request, rows))


def rule_reached(rule: CompiledRule, env: Env) -> bool:
    """Whether the scope matches; the interpreter asks the conditions anyway, which is the dearer reading."""
    return all(test(env) for test in scope_tests(rule.scope))


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_the_engine_itself_makes_calls_in_proportion(seed: int) -> None:
    """Function calls that the compiled rules make, C functions included: a few for each step, whatever the rule."""
    make = Generator(seed)
    made, rows = program(make.policies(8)), make.entities()
    limit = bound_of(made).worst.steps
    rules = compiled(made)
    for _ in range(3):
        request = make.request()
        env = env_of(request, rows)
        assert calls_of(rules, env) <= 3 * limit.at(all_parts(request, rows))


def calls_of(rules: list[CompiledRule], env: Env) -> int:
    count = 0

    def profile(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        for rule in rules:
            with suppress(EvalError):
                rule.test(env)
    finally:
        sys.setprofile(None)
    return count


SCHEMA = """entity Team in [Team];
entity User in [Team] = { role: String, n: Long, tags: Set<String>, rec: { a: Long, b: String }, boss?: User }
  tags String;
entity Doc = { owner: User, tags: Set<String>, pairs: Set<{ k: String, v: Long }>, when: datetime, cost: decimal };
action all;
action read, write in [all] appliesTo {
  principal: [User], resource: [Doc],
  context: { n: Long, s: String, tags: Set<String>, rec: { a: Long, b: String }, who: User, many: Set<User> }
};
action idle;
"""
CONDITIONS = [
    "context.n == principal.n",
    'context.s == "x"',
    "context.rec == principal.rec",
    "context.tags == resource.tags",
    "resource.tags.containsAll(context.tags)",
    "context.tags.containsAny(resource.tags)",
    'resource.tags.contains("a")',
    'resource.pairs.contains({k: "x", v: context.n})',
    "principal in context.many",
    "principal in [context.who, resource.owner]",
    'principal is User in Team::"t"',
    'context.s like "*a*b*"',
    "context == context",
    'principal has boss && principal.boss has boss && principal.boss.boss.role == "x"',
    'principal.hasTag(context.s) && principal.getTag(context.s) like "a*"',
    "[context.tags, resource.tags].contains(principal.tags)",
    "(if context.n > 1 then context.tags else [context.s]) == resource.tags",
    "{a: context.n, b: context.s} == context.rec",
    'resource.cost.lessThan(decimal("1.5"))',
    '[resource.owner, context.who].containsAll([principal, User::"a"])',
    "context.n * 2 + principal.n - 1 > 4",
]


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_it_bounds_with_declared_types_too(seed: int) -> None:
    make = Generator(seed)
    r = make.r
    rules = []
    for place in range(6):
        scope = r.choice(
            ['action == Action::"read"', 'action in Action::"all"', "action", 'action in [Action::"read"]']
        )
        if scope == "action":
            scope = 'action in [Action::"read", Action::"write"]'
        bodies = " ".join(f"{r.choice(['when', 'unless'])} {{ {r.choice(CONDITIONS)} }}" for _ in range(3))
        rules.append(f'@id("r{place}") permit (principal, {scope}, resource) {bodies};')
    made = program_of("\n".join(dict.fromkeys(rules)), SCHEMA)
    limits = {item.action: item for item in bound_of(made).actions}
    assert list(limits) == ['Action::"read"', 'Action::"write"']
    words = ["a", "b", "ab", "x" * 70, "a" * 200]
    some = lambda: [r.choice(words) + str(r.randrange(50)) for _ in range(r.choice([0, 1, 3, 40]))]  # noqa: E731
    user = lambda name: {"__entity": {"type": "User", "id": name}}  # noqa: E731
    rec = lambda: {"a": r.randrange(3), "b": r.choice(words)}  # noqa: E731
    rows: list[Any] = [
        {
            "uid": {"type": "User", "id": name},
            "attrs": {"role": "x", "n": r.randrange(4), "tags": some(), "rec": rec()} | more,
            "parents": [{"type": "Team", "id": "t"}],
            "tags": {"a": "abc" * 99},
        }
        for name, more in (("a", {"boss": user("b")}), ("b", {"boss": user("a")}), ("c", {}))
    ]
    doc = {"owner": user("a"), "tags": some(), "when": "2024-01-01", "cost": "1.0"}
    doc["pairs"] = [{"k": word, "v": 1} for word in some()]
    typed = {"when": {"__extn": {"fn": "datetime", "arg": "2024-01-01"}}}
    typed["cost"] = {"__extn": {"fn": "decimal", "arg": "1.0"}}
    rows.append({"uid": {"type": "Doc", "id": "d"}, "attrs": doc | typed, "parents": []})
    for name in ("read", "write"):
        context = {"n": 1, "s": r.choice(words), "tags": some(), "rec": rec(), "who": user("b")}
        context["many"] = [user(who) for who in some()]
        request = {
            "principal": f'User::"{r.choice("abc")}"',
            "action": f'Action::"{name}"',
            "resource": 'Doc::"d"',
            "context": context,
        }
        decision = Evaluator(made).decide(request, rows)
        assert decision.code not in ("invalid_request", "invalid_entity"), decision.errors
        limit = limits[f'Action::"{name}"']
        counting = Counting(env_of(request, [*rows, *ACTION_ROWS]))
        asked = [rule for rule in compiled(made) if rule_reached(rule, counting.env)]
        for rule in asked:
            counting.rule(rule)
        assert len(asked) == limit.rules
        assert counting.steps <= limit.steps.at(all_parts(request, rows))


ACTION_ROWS = [
    {"uid": {"type": "Action", "id": name}, "attrs": {}, "parents": [{"type": "Action", "id": parent} for parent in up]}
    for name, up in (("read", ["all"]), ("write", ["all"]), ("all", []))
]


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_a_further_rule_never_lowers_it(seed: int) -> None:
    make = Generator(seed)
    texts = [make.policy() for _ in range(6)]
    before = bound_of(program("\n".join(texts[:5]))).worst
    after = bound_of(program("\n".join(texts))).worst
    assert after.rules == before.rules + 1
    assert after.depth >= before.depth
    assert after.steps.fixed > before.steps.fixed
    assert after.steps.per_part >= before.steps.per_part


# ---- it is no larger than it must be ---------------------------------------------------------------------------------

READ = 'permit (principal, action == Action::"read", resource)'


@pytest.mark.parametrize(
    ("condition", "steps"),
    [
        ("true", Steps(4 + 1)),
        ("context.n == principal.n", Steps(4 + 5 + 1)),  # two variables, two fields, the comparison; one part visited
        ('context.s == "x"', Steps(4 + 4 + 1)),
        ("context.rec == principal.rec", Steps(4 + 5 + 3)),  # the record and its two fields
        ("context.tags == resource.tags", Steps(4 + 5, 1)),
        ('resource.tags.contains("a")', Steps(4 + 4 + 1)),
        ("resource.tags.containsAll(context.tags)", Steps(4 + 5, 1)),
        ('resource.tags.containsAll(["a", "b"])', Steps(4 + 6 + 2 + 3)),
        ('context.tags.containsAny(["a", "b"])', Steps(4 + 6 + 2 + 3)),
        ("principal in context.many", Steps(4 + 4, 1)),
        ('principal in Team::"t"', Steps(4 + 3 + 1)),
        ('context.s like "a*"', Steps(4 + 3 + 2 + 1, 1)),
        ('principal has "boss"', Steps(4 + 2)),
        ('resource.cost.lessThan(decimal("1.5"))', Steps(4 + 5 + 1)),
        ("context.n + 1 - 2 > 3", Steps(4 + 8)),
    ],
)
def test_one_rule_costs(condition: str, steps: Steps) -> None:
    found = bound(f"{READ} when {{ {condition} }};", SCHEMA)
    assert found.worst.action == 'Action::"read"'
    assert found.worst.steps == steps
    assert found.actions[1].steps == Steps(0)


def test_a_request_can_need_all_of_it() -> None:
    """Nothing is left of the bound where every node must be visited and the sets are all the data there is."""
    source = "permit (principal, action, resource) when { context.t.containsAll(context.t) };"
    request = {"principal": 'U::"u"', "action": 'Action::"a"', "resource": 'U::"u"', "context": {"t": [*range(9)]}}
    counting = Counting(env_of(request, []))
    assert [counting.rule(rule) for rule in compiled(program_of(source))] == [True]
    limit = bound(source).worst.steps
    assert counting.steps == limit.at(10) == 3 + 5 + 10


def test_groups_procedures_and_preferences_count_where_they_apply() -> None:
    source = """permit (principal, action in Action::"all", resource);
prefer score(1.0) (principal, action == Action::"write", resource) when { context.n > 1 };
procedure ask { on action == Action::"write" when n > 1 require approval from principal where principal.role == "x" }
procedure change { on amendment major require approval from principal }
forbid (principal, action == Action::"idle", resource);
@stage("observe") permit (principal, action == Action::"read", resource);"""
    found = bound_of(program(source, SCHEMA))
    read, write = found.actions
    assert (read.rules, read.steps, read.depth) == (2, Steps(4 + 4), 0)
    assert (write.rules, write.steps, write.depth) == (3, Steps(4 + 8 + 8), 3)
    assert found.worst == write


@pytest.mark.parametrize(
    ("condition", "depth"),
    [
        ("context.n == 1 && context.n == 2 && context.n == 3 && context.n == 4", 4),
        ("context.n == 1 && (context.n == 2 || context.n == 3)", 5),
        ("context.n + 1 + 2 + 3 == 4", 4),
        ("true", 1),
    ],
)
def test_depth_counts_a_chain_once(condition: str, depth: int) -> None:
    assert bound(f"{READ} when {{ {condition} }};", SCHEMA).worst.depth == depth


def test_no_more_parts_than_the_limit_fit_a_request() -> None:
    assert MAX_BYTES == MAX_REQUEST
    for value in ([0] * 1000, [[]] * 1000, ["x" * 64] * 100, "x" * 5000, {"a": [[[[[1]]]]]}):
        text = json.dumps(value, separators=(",", ":"))
        assert data_parts(value) <= len(text) // 2 + 1
    assert data_parts([0] * 1000) * 2 == pytest.approx(len(json.dumps([0] * 1000, separators=(",", ":"))), abs=2)
    assert MAX_PARTS == MAX_BYTES // 2


def test_nothing_to_ask_costs_nothing() -> None:
    assert bound("").worst.steps == Steps(0)
    assert bound("", "entity User;").worst.steps.most == 0
