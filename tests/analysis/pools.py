"""What the values of random worlds are drawn from: the edges of every type, and what the rules name."""

from __future__ import annotations

from collections.abc import Iterator

from tests.engine.pools import DATETIMES, DECIMALS, DURATIONS, IPS, LONGS, STRINGS
from workbench.engine.functions import FUNCTIONS
from workbench.engine.values import EvalError
from workbench.language import ast
from workbench.language.ast import EntityScope, Statement, bodies, walk
from workbench.language.schema import Schema

TEXTS = {"decimal": DECIMALS, "ipaddr": IPS, "datetime": DATETIMES, "duration": DURATIONS}


class Pools:
    """What values are drawn from: the edges of every type, and what the rules name, with its neighbours."""

    def __init__(self, schema: Schema, statements: list[Statement]) -> None:
        self.longs, self.strings = list(LONGS), list(STRINGS)
        self.texts = {name: list(texts) for name, texts in TEXTS.items()}
        self.ids = {name: list(kind.enum or ("a", "b")) for name, kind in schema.entity_types.items()}
        self.tags = ["t1"]
        for node in (node for statement in statements for node in nodes_of(statement)):
            match node:
                case ast.Lit(value=int() as value) if type(value) is int:
                    self.longs += [each for each in (value - 1, value, value + 1) if -(2**63) <= each < 2**63]
                case ast.Lit(value=str() as text):
                    self.strings.append(text)
                case ast.EntityLit(type=type_, id=id_) if type_ in self.ids and schema.entity_types[type_].enum is None:
                    self.ids[type_].append(id_)
                case ast.Call(function=function, args=(ast.Lit(value=str() as text),)):
                    if _reads(node):
                        self.texts["ipaddr" if function == "ip" else function].append(text)
                case ast.Method(method="hasTag" | "getTag", args=(ast.Lit(value=str() as tag),)):
                    self.tags.append(tag)
        self.ids = {name: list(dict.fromkeys(ids)) for name, ids in self.ids.items()}
        self.tags = list(dict.fromkeys(self.tags))


def nodes_of(statement: Statement) -> Iterator[ast.Expr]:
    """Every node of the rule's expressions, and the entities of its scope."""
    for body in bodies(statement):
        yield from walk(body)
    scope = getattr(statement, "scope", None)
    for side in () if scope is None else (scope.principal, scope.resource):
        assert isinstance(side, EntityScope)
        if isinstance(side.entity, ast.EntityLit):
            yield side.entity


def _reads(call: ast.Call) -> bool:
    """Whether the constructor takes its text."""
    argument = call.args[0]
    assert isinstance(argument, ast.Lit)
    try:
        FUNCTIONS[call.function](argument.value)
    except EvalError:
        return False
    return True
