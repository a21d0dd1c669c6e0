"""What a rule reaches, by its form alone: the cases in which it applies, and whether another rule applies in them too.

Pure; may import the language. A rule's conditions are taken apart at ``&&`` and ``||`` into cases, each a set of atoms
that must all be true. One rule covers another where each case of the other is seen to be a case of it: every atom
wanted is there, or follows from one that is (a text that holds ``attack`` holds ``tack``). Nothing is said where that
is not seen: "covers" is always so, "does not cover" may be wrong. No solver is needed, and a thousand norms are no
matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from workbench.engine.operators import matches
from workbench.language.ast import (
    WILDCARD,
    ActionScope,
    Binary,
    EntityScope,
    Expr,
    GetAttr,
    Like,
    Lit,
    Prefer,
    Procedure,
    Statement,
    Unary,
    Var,
)
from workbench.language.schema import Schema

Case = frozenset[Expr]
Uid = tuple[str, str]
MOST_CASES = 64  # beyond that a condition is one atom
ANYONE = EntityScope("any")
_VERB, _HAY = GetAttr(Var("context"), "verb"), GetAttr(Var("context"), "hay")


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a rule applies: its scope, with every action that a request may name spelled out, and the cases in which
    its conditions are met (none of them: never)."""

    principal: EntityScope
    actions: frozenset[Uid]
    resource: EntityScope
    cases: tuple[Case, ...]


def reach_of(statement: Statement, schema: Schema) -> Reach | None:
    """The reach of a permit, a forbid, or a procedure that holds requests; ``None`` for every other statement."""
    if isinstance(statement, Prefer):
        return None
    if isinstance(statement, Procedure):
        if statement.action is None:
            return None
        bodies = [] if statement.when is None else [statement.when]
        return Reach(ANYONE, actions_of(statement.action, schema), ANYONE, _cases(bodies))
    conditions = [each.body if each.kind == "when" else Unary("!", each.body) for each in statement.conditions]
    scope = statement.scope
    return Reach(scope.principal, actions_of(scope.action, schema), scope.resource, _cases(conditions))


def actions_of(scope: ActionScope, schema: Schema) -> frozenset[Uid]:
    """The actions that a scope lets through and that requests may name."""
    if scope.kind == "any":
        return frozenset(uid for uid, action in schema.actions.items() if action.principals)
    named = [(entity.type, entity.id) for entity in scope.entities]
    if scope.kind == "eq":
        return frozenset(uid for uid in named if uid in schema.actions and schema.actions[uid].principals)
    return frozenset(action.uid for uid in named for action in schema.members_of(uid) if action.principals)


def _cases(bodies: Sequence[Expr]) -> tuple[Case, ...]:
    found = _product([_split(body) for body in bodies])
    whole = found if found is not None else [frozenset(bodies)]
    return tuple(dict.fromkeys(case for case in whole if possible(case)))


def _split(body: Expr) -> list[Case]:
    """The cases of one expression; itself as an atom where they would be too many."""
    if isinstance(body, Binary) and body.op == "&&":
        found = _product([_split(body.left), _split(body.right)])
    elif isinstance(body, Binary) and body.op == "||":
        found = _split(body.left) + _split(body.right)
    elif body == Lit(True):
        found = [frozenset()]
    elif body == Lit(False):
        found = []
    else:
        found = [frozenset({body})]
    return [frozenset({body})] if found is None or len(found) > MOST_CASES else found


def _product(parts: Sequence[list[Case]]) -> list[Case] | None:
    many = 1
    for part in parts:
        many *= len(part)
    return None if many > MOST_CASES else [frozenset().union(*each) for each in product(*parts)]


# ---- atoms -----------------------------------------------------------------------------------------------------------


def possible(case: Case) -> bool:
    """Whether nothing in a case is seen to contradict the rest."""
    texts: dict[Expr, Lit] = {}
    for path, value in _equalities(case):
        if texts.setdefault(path, value) != value:
            return False
    for atom in case:
        if isinstance(atom, Unary) and atom.op == "!" and atom.arg in case:
            return False
        if isinstance(atom, Like) and atom.expr in texts and not _fits(atom, texts[atom.expr]):
            return False
    return True


def _equalities(case: Iterable[Expr]) -> Iterator[tuple[Expr, Lit]]:
    for atom in case:
        if isinstance(atom, Binary) and atom.op == "==":
            if isinstance(atom.right, Lit):
                yield atom.left, atom.right
            elif isinstance(atom.left, Lit):
                yield atom.right, atom.left


def _fits(atom: Like, value: Lit) -> bool:
    if not isinstance(value.value, str):
        return False
    pieces = [""]
    for piece in atom.pattern:
        if isinstance(piece, str):
            pieces[-1] += piece
        else:
            pieces.append("")
    return matches(value.value, tuple(pieces))


def word_of(atom: Expr) -> tuple[Expr, str] | None:
    """``(text, word)`` of ``text like "*word*"``, else ``None``."""
    if isinstance(atom, Like) and len(atom.pattern) == 3:
        first, word, last = atom.pattern
        if first is WILDCARD and last is WILDCARD and isinstance(word, str):
            return atom.expr, word
    return None


def follows(wanted: Expr, from_: Expr, *, world: bool = False) -> bool:
    """Whether ``wanted`` is seen to be true wherever ``from_`` is. ``world``: the whole account holds the verb."""
    if wanted == from_:
        return True
    one, other = word_of(wanted), word_of(from_)
    if one is not None and other is not None:
        same = one[0] == other[0] or (world and one[0] == _HAY and other[0] == _VERB)
        return same and one[1] in other[1]
    if isinstance(wanted, Like):
        return any(path == wanted.expr and _fits(wanted, value) for path, value in _equalities((from_,)))
    return False


# ---- one scope in another --------------------------------------------------------------------------------------------


def scope_covers(wide: Reach, narrow: Reach) -> bool:
    """Whether whatever the scope of ``narrow`` lets through, that of ``wide`` does."""
    return (
        narrow.actions <= wide.actions
        and _entity_covers(wide.principal, narrow.principal)
        and _entity_covers(wide.resource, narrow.resource)
    )


def _entity_covers(wide: EntityScope, narrow: EntityScope) -> bool:
    if wide.kind == "any":
        return True
    if (wide.kind, wide.entity, wide.type) == (narrow.kind, narrow.entity, narrow.type):
        return True
    if wide.kind == "in" and wide.entity is not None and wide.entity == narrow.entity:
        return narrow.kind in ("eq", "is_in")
    return wide.kind == "is" and narrow.kind == "is_in" and wide.type == narrow.type
