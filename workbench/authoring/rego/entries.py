"""Which rules of a Rego file decide, and what each of them is for Cedar: a permit or a forbid.

Imports nodes, the index and refusals. Rego itself knows no decision; by custom a caller asks `allow`, or whether `deny`
has anything in it, or both. One body is one unit, and becomes one rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal as Fixed

from workbench.authoring.rego.elements import MESSAGE
from workbench.authoring.rego.index import Index
from workbench.authoring.rego.nodes import Assign, Literal, Place, Rule, Scalar, Test, Var
from workbench.authoring.rego.refusals import RefusalError

ALLOW = ("allow",)
DENY = ("deny", "violation")


@dataclass(frozen=True)
class Unit:
    """One body of a rule that decides. ``message``: the text that a `deny` gives, where it is a constant."""

    effect: Fixed["permit", "forbid"]
    name: str
    body: tuple[Literal, ...]
    place: Place
    message: str = ""


@dataclass(frozen=True)
class Entries:
    """What decides: ``units`` in the order of the text, and what could not even be taken for one.

    ``allowed``: a request is allowed unless something forbids it (`default allow := true`).
    """

    allow: str
    deny: tuple[str, ...]
    units: tuple[Unit, ...]
    refused: tuple[tuple[Unit, RefusalError], ...]
    allowed: bool


def entries_of(index: Index, allow: str = "", deny: Iterable[str] = ()) -> Entries:
    """The deciding rules. ``allow``, ``deny``: names to use instead of the customary ones; those that are not in the
    text are left out. Raises ``RefusalError`` where no rule decides, or a default says what cannot be."""
    allow = next((name for name in ((allow,) if allow else ALLOW) if name in index.rules), "")
    denies = tuple(name for name in (tuple(deny) or DENY) if name in index.rules)
    if not allow and not denies:
        names = ", ".join(f"`{name}`" for name in list(index.rules)[:6]) or "none"
        help_ = f"name the rules that decide: `--allow NAME`, `--deny NAME` (the file has {names})"
        raise RefusalError("no_entry", "no rule is called `allow` or `deny`", Place(1, 1), help_)
    units: list[Unit] = []
    refused: list[tuple[Unit, RefusalError]] = []
    allowed = False
    if allow:
        default = index.default_value(allow)
        if default is not None and not isinstance(default.value, bool):
            raise RefusalError(
                "default", f"the default of `{allow}` is neither true nor false", default.place, "write `false`"
            )
        allowed = default is not None and default.value is True
        _add(units, refused, index, allow, _allowing)
    for name in denies:
        default = index.default_value(name)
        if default is not None and default.value is not False:
            help_ = "write `default deny := false`, and `default allow := false` for what is not allowed"
            raise RefusalError("default", f"`{name}` holds by default", default.place, help_)
        _add(units, refused, index, name, _denying)
    order = sorted(units, key=lambda unit: unit.place)
    return Entries(allow, denies, tuple(order), tuple(refused), allowed)


def _add(units: list[Unit], refused: list[tuple[Unit, RefusalError]], index: Index, name: str, read: object) -> None:
    effect: Fixed["permit", "forbid"] = "permit" if read is _allowing else "forbid"
    try:
        definitions = index.definitions(name)
    except RefusalError as problem:
        found = [rule for rule in index.rules[name] if not rule.default]
        refused += [(Unit(effect, name, (), rule.place), problem) for rule in found]
        return
    for rule in definitions:
        try:
            units += _allowing(rule, len(definitions)) if read is _allowing else _denying(rule)
        except RefusalError as problem:
            refused.append((Unit(effect, name, (), rule.place), problem))


def _allowing(rule: Rule, of: int) -> list[Unit]:
    """The units of one definition of `allow`."""
    if rule.kind != "complete":
        help_ = "write `allow if { … }`; a caller asks whether it is true"
        raise RefusalError("rule_kind", f"`{rule.name}` is not true or false", rule.place, help_)
    bodies = rule.bodies or ((),)
    if rule.value is None or (isinstance(rule.value, Scalar) and rule.value.value is True):
        return [Unit("permit", rule.name, body, _at(body, rule, len(bodies))) for body in bodies]
    if isinstance(rule.value, Scalar):
        if rule.value.value is False:
            return [Unit("forbid", rule.name, body, _at(body, rule, len(bodies))) for body in bodies]
        raise RefusalError(
            "rule_kind", f"`{rule.name}` is not true or false", rule.value.place, "let it be true or false"
        )
    if of > 1 or len(bodies) > 1:
        help_ = "Rego fails where two differ: write what is allowed as bodies"
        raise RefusalError("conflict", f"`{rule.name}` can have several values", rule.place, help_)
    body = (*bodies[0], Test(rule.value, rule.value.place))
    return [Unit("permit", rule.name, body, rule.place)]


def _denying(rule: Rule) -> list[Unit]:
    """The units of one definition of `deny`: a flag, or the messages of all that is wrong."""
    bodies = rule.bodies or ((),)
    if rule.kind in {"set", "keys"} and rule.key is not None:
        defined = Assign(Var(MESSAGE, rule.key.place), rule.key, False, rule.key.place)
        return [
            Unit("forbid", rule.name, (*body, defined), _at(body, rule, len(bodies)), _message(rule, body))
            for body in bodies
        ]
    true = rule.value is None or (isinstance(rule.value, Scalar) and rule.value.value is True)
    if rule.kind != "complete" or not true:
        raise RefusalError(
            "rule_kind", f"`{rule.name}` is neither a flag nor a set", rule.place, "write `deny contains … if`"
        )
    return [Unit("forbid", rule.name, body, _at(body, rule, len(bodies))) for body in bodies]


def _at(body: tuple[Literal, ...], rule: Rule, of: int) -> Place:
    return body[0].place if of > 1 and body else rule.place


def _message(rule: Rule, body: tuple[Literal, ...]) -> str:
    """The constant that a body gives out, for a person to read."""
    key = rule.key
    if isinstance(key, Var):
        for literal in body:
            if isinstance(literal, Assign) and isinstance(literal.left, Var) and literal.left.name == key.name:
                key = literal.right
                break
    return key.value if isinstance(key, Scalar) and isinstance(key.value, str) else ""
