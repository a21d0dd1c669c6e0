"""What the rules of a text come to for one kind of request: values of rules, elements of sets, functions applied.

Imports everything of this folder below it. A rule is worked out once for each kind of request; rules that need each
other are refused, as Rego itself does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.authoring.rego.bodies import condition_of, solve
from workbench.authoring.rego.evaluating import Scope, evaluate, forced
from workbench.authoring.rego.functions import FORCED, apply
from workbench.authoring.rego.index import Index
from workbench.authoring.rego.nodes import Literal, Place, Rule, Scalar, Var
from workbench.authoring.rego.operators import as_condition, equal
from workbench.authoring.rego.refusals import RefusalError
from workbench.authoring.rego.terms import (
    FALSE,
    TRUE,
    Branch,
    Branches,
    Const,
    Input,
    Rules,
    Size,
    Table,
    Value,
    any_of,
    conj,
    disj,
    live,
    neg,
)
from workbench.authoring.rego.worlds import World
from workbench.language.ast import Expr

MOST_CALLS = 24


class Run:
    """One kind of request. ``silent``: names of rules that are taken to hold never (what a forbid settles anyway)."""

    def __init__(self, world: World, index: Index, silent: frozenset[str] = frozenset()) -> None:
        self.world = world
        self.index = index
        self.silent = silent
        self._rules: dict[str, Branches] = {}
        self._elements: dict[str, Branches] = {}
        self._open: list[str] = []
        self.searches = 0

    # ---- what terms ask for ----

    def rule(self, name: str, place: Place) -> Branches:
        definitions = self.index.definitions(name)
        kind = definitions[0].kind if definitions else "complete"
        if kind in {"set", "keys"}:
            return [Branch(TRUE, Rules(name, kind == "keys"))]
        if kind != "complete":
            what = "a function" if kind == "function" else "an object that rules put together"
            raise RefusalError(
                "rule_kind", f"`{name}` is {what}, and no value", place, "use a set, or a table written out"
            )
        if name not in self._rules:
            self._rules[name] = self._entered(name, place, lambda: self._complete(name, definitions))
        return self._rules[name]

    def elements(self, rules: Rules, place: Place) -> Branches:
        name = rules.name
        if name in self.silent:
            return []
        if name not in self._elements:
            self._elements[name] = self._entered(name, place, lambda: self._collected(name))
        return self._elements[name]

    def call(self, name: str, args: Sequence[Value], place: Place) -> Branches:
        own = ".".join(("data", *self.index.package, ""))
        local = name.removeprefix(own)
        if local in self.index.rules:
            definitions = self.index.definitions(local)
            if self.index.defaults(local):
                raise RefusalError(
                    "default", f"the function `{local}` has a default", place, "write a rule without arguments"
                )
            if len(self._open) > MOST_CALLS:
                raise RefusalError("too_deep", "functions call each other too deep", place, "write it in one rule")
            return self._entered(f"{local}()", place, lambda: self._applied(local, definitions, args, place))
        if name == "object.get" and len(args) == 3:
            return self._get(args[0], args[1], args[2], place)
        given = [forced(self, arg, place) if name in FORCED else arg for arg in args]
        if name == "count" and args and isinstance(given[0], Rules):
            return [Branch(TRUE, Size(neg(any_of(self.elements(given[0], place)))))]
        return apply(name, given, place)

    def condition(self, body: Sequence[Literal], scope: Scope) -> Expr:
        return condition_of(self, body, scope)

    # ---- rules ----

    def _entered(self, name: str, place: Place, work: Callable[[], Branches]) -> Branches:
        if name in self._open:
            raise RefusalError(
                "recursion", f"`{name.removesuffix('()')}` needs itself", place, "write it without recursion"
            )
        self._open.append(name)
        try:
            return work()
        finally:
            self._open.pop()

    def _complete(self, name: str, definitions: tuple[Rule, ...]) -> Branches:
        default = self.index.default_value(name)
        found = [] if name in self.silent else self._settled(name, definitions, {})
        if default is not None and default.value is not None:
            found.append(Branch(neg(any_of(found)), Const(default.value)))
        return live(found)

    def _settled(self, name: str, definitions: Sequence[Rule], scope: Scope, when: Expr = TRUE) -> Branches:
        """The values of rules of one name. Raises ``RefusalError`` where two could hold with different values."""
        found: Branches = []
        several = len(definitions) > 1
        for rule in definitions:
            bodies: Sequence[tuple[Literal, ...]] = rule.bodies or ((),)
            several = several or len(bodies) > 1
            for body in bodies:
                before = self.searches
                ways = solve(self, body, scope)
                several = several or self.searches > before
                for way in ways:
                    values = (
                        [Branch(TRUE, Const(True))] if rule.value is None else evaluate(self, rule.value, way.scope)
                    )
                    found += [Branch(conj(when, way.condition, then), value) for then, value in values]
        merged: dict[Value, list[Expr]] = {}
        for condition, value in live(found):
            merged.setdefault(value, []).append(condition)
        if several and len(merged) > 1:
            help_ = "Rego fails where both hold: give each its own name, or let one rule say all"
            raise RefusalError("conflict", f"`{name}` can have several values", definitions[-1].place, help_)
        return [Branch(disj(*conditions), value) for value, conditions in merged.items()]

    def _collected(self, name: str) -> Branches:
        found: Branches = []
        for rule in self.index.definitions(name):
            for body in rule.bodies or ((),):
                for way in solve(self, body, {}):
                    assert rule.key is not None
                    found += [Branch(conj(way.condition, c), v) for c, v in evaluate(self, rule.key, way.scope)]
        return live(found)

    def _applied(self, name: str, definitions: tuple[Rule, ...], args: Sequence[Value], place: Place) -> Branches:
        found: Branches = []
        for rule in definitions:
            if rule.kind != "function" or len(rule.args) != len(args):
                raise RefusalError("rule_kind", f"`{name}` is no function of {len(args)} arguments", place)
        for rule in definitions:
            scope: dict[str, Value | None] = {}
            when: Expr = TRUE
            for parameter, given in zip(rule.args, args, strict=True):
                if isinstance(parameter, Var):
                    scope[parameter.name] = given
                elif isinstance(parameter, Scalar) and parameter.value is not None:
                    same = equal(forced(self, given, place), Const(parameter.value), self.world.uses, parameter.place)
                    when = conj(when, as_condition(same))
                else:
                    raise RefusalError(
                        "pattern_assignment", "an argument is taken apart", parameter.place, "take it by a name"
                    )
            if when != FALSE:
                found += self._settled(name, [rule], scope, when)
        if len({value for _, value in found}) > 1 and len(definitions) > 1:
            help_ = "Rego fails where both hold: give each its own name, or let one rule say all"
            raise RefusalError("conflict", f"`{name}` can have several values", definitions[-1].place, help_)
        return found

    def _get(self, whole: Value, key: Value, default: Value, place: Place) -> Branches:
        """``object.get``: what is there, else the default."""
        if not isinstance(key, Const) or not isinstance(key.value, str):
            raise RefusalError("index", "`object.get` with anything but one name", place, "write one name as the key")
        if isinstance(whole, Table):
            for name, value in whole.items:
                if name == key:
                    return [Branch(TRUE, value)]
            return [Branch(TRUE, default)]
        if not isinstance(whole, Input):
            raise RefusalError("index", "`object.get` of something that has no parts", place, "ask for an attribute")
        path = (*whole.path, key.value)
        found = self.world.lookup(path)
        if found is None:
            return [Branch(TRUE, default)]
        return live([Branch(found.present, Input(path)), Branch(neg(found.present), default)])
