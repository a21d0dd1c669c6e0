"""Which rules a decision rests on, directly or through others.

Imports nodes and the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.authoring.rego.index import Index
from workbench.authoring.rego.nodes import (
    Assign,
    Call,
    Every,
    Literal,
    Not,
    Ref,
    Scalar,
    SomeIn,
    Term,
    Test,
    Var,
    With,
    parts,
)


def reached(index: Index, names: Iterable[str]) -> set[str]:
    """The rules named, and all that they need."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in found or name not in index.rules:
            continue
        found.add(name)
        for rule in index.rules[name]:
            terms = [*rule.args, *(term for term in (rule.key, rule.value) if term is not None)]
            for body in rule.bodies:
                terms += [term for literal in body for term in _terms(literal)]
            for term in terms:
                pending += _named(index, term)
    return found


def _terms(literal: Literal) -> Iterator[Term]:
    match literal:
        case Test(term=term):
            yield term
        case Assign(left=left, right=right):
            yield from (left, right)
        case Not(inner=inner) | With(inner=inner):
            yield from _terms(inner)
        case SomeIn(key=key, value=value, domain=domain):
            yield from (term for term in (key, value, domain) if term is not None)
        case Every(domain=domain, body=body):
            yield domain
            for inner in body:
                yield from _terms(inner)
        case _:
            return


def _named(index: Index, term: Term) -> Iterator[str]:
    match term:
        case Var(name=name):
            yield name
        case Call(function=name):
            yield name.rpartition(".")[2]
        case Ref(base=Var(name="data"), steps=steps):
            yield from (str(step.value) for step in steps if isinstance(step, Scalar))
        case _:
            pass
    for part in parts(term):
        yield from _named(index, part)
