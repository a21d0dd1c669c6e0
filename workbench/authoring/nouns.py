"""Nouns for who and what a rule speaks of: the agent, the ticket's owner, the archived file. Pure.

With a schema a noun or a wording is used only where the grammar takes it for that and for nothing else.
Imports lexicon, hearing, established, naming, flags, meaning; language for the tree.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.authoring.established import NOTHING, pruned
from workbench.authoring.flags import of, wordings
from workbench.authoring.hearing import Hearing
from workbench.authoring.lexicon import CONTEXT, Lexicon
from workbench.authoring.meaning import REQUESTER, Env
from workbench.authoring.naming import plain, quoted, sayable, type_noun
from workbench.language.ast import Binary, Expr, GetAttr, Var


class Nouns:
    """Nouns for the variables and attributes of rules about these principal and resource types.

    ``unknown``: what a condition counts as when something is missing. ``known``: the tests that hold where one speaks.
    ``approver``: the principal is one who approves. ``asked``: a procedure, where the context names its requester.
    """

    def __init__(
        self,
        lexicon: Lexicon | None,
        env: Env | None,
        *,
        unknown: bool = False,
        approver: bool = False,
        asked: bool = False,
    ) -> None:
        self.lexicon = lexicon
        self.env = env
        self.hearing = Hearing(lexicon, env) if lexicon is not None and env is not None else None
        self.unknown = unknown
        self.known: frozenset[Expr] = NOTHING
        self.approver = approver
        self.asked = asked

    def means(self, said: str, node: Expr) -> bool:
        """Whether the grammar takes a clause for ``node`` and for nothing else."""
        return self.heard(said) == {node}

    def heard(self, said: str) -> frozenset[Expr]:
        """What the grammar takes a clause for, here; nothing without a schema."""
        if self.hearing is None:
            return NOTHING
        return frozenset(pruned(expr, self.known) for expr in self.hearing.conditions(said, self.unknown))

    def possessive(self, owner: str, path: Sequence[str]) -> str:
        """ "the agent's", "the ticket's budget's": what stands before the last name of ``path``."""
        return of(self._holder(owner, path))

    def noun(self, owner: str) -> str:
        """ "the agent", "the ticket", "the request"; "the principal" where its type does not say who is meant."""
        if owner == CONTEXT:
            return "the request"
        if owner == "principal" and self.approver:
            return "the approver"
        if self.env is not None and owner in ("principal", "resource"):
            mine = self.env.types("principal" if owner == "principal" else "resource")
            others = self.env.types("resource" if owner == "principal" else "principal")
            if len(mine) == 1 and mine[0] not in others:
                said = type_noun(mine[0], self.lexicon)
                if said:
                    return f"the {said}"
        return f"the {owner}"

    def attribute(self, owner: str, path: Sequence[str]) -> str:
        """By its last name where that says which it is; else with the names on the way to it, or its exact name."""
        if self._is_requester(owner, path):
            said = "the requester"
            for step in path[1:]:
                said = f"{of(said)} {plain(step) if sayable(step) else quoted(step)}"
            return said
        chained = f"{of(self._holder(owner, path))} {plain(path[-1])}"
        exact = f"{of(self.noun(owner))} {quoted('.'.join(path))}"
        safe = all(sayable(step) for step in path)
        if self.hearing is None:
            return chained if safe else exact
        last = f"{of(self.noun(owner))} {plain(path[-1])}"
        for said in (last, chained, exact):
            if self.hearing.attributes(said) == {(owner, tuple(path))}:
                return said
        return chained if safe and not self.hearing.attributes(chained) else exact

    def _is_requester(self, owner: str, path: Sequence[str]) -> bool:
        if owner != CONTEXT or path[0] != REQUESTER or not self.asked or self.lexicon is None:
            return False
        return not any(word.place == CONTEXT and word.path == (REQUESTER,) for word in self.lexicon.attributes)

    def _holder(self, owner: str, path: Sequence[str]) -> str:
        """What has the last field of ``path``: "the agent", "the agent's team"."""
        said = self.noun(owner)
        for step in path[:-1]:
            said = f"{of(said)} {plain(step)}"
        return said

    def flag(self, owner: str, path: tuple[str, ...], negated: bool) -> str:
        """A clause that a yes-or-no attribute holds, in words that the grammar reads as it reads the plain ones."""
        certain = f"{self.attribute(owner, path)} {'is not' if negated else 'is'} true"
        if self._is_requester(owner, path):
            return certain
        if self.hearing is None:
            simple = len(path) == 1 and sayable(path[0]) and "_" not in path[0]
            return next(wordings(self.noun(owner), path, negated), certain) if simple else certain
        meant = self.hearing.conditions(certain)
        if not meant and "_" in path[-1]:  # not understood: a name of several words could be said of two attributes
            return certain
        phrases = [*self._phrases(owner, path), plain(path[-1])]
        for noun in dict.fromkeys((self._holder(owner, path), self.noun(owner))):
            for said in wordings(noun, phrases, negated):
                if self.hearing.conditions(said) == meant:
                    return said
        return certain

    def _phrases(self, owner: str, path: tuple[str, ...]) -> list[str]:
        """What the schema calls an attribute, besides its name."""
        if self.lexicon is None or self.env is None:
            return []
        places = (CONTEXT, *self.env.types("principal" if owner == "principal" else "resource"))
        words = [w for w in self.lexicon.attributes if w.path == path and not w.phrase.gapped]
        words = [w for w in words if w.place in (places[:1] if owner == CONTEXT else places[1:])]
        return [w.phrase.text for w in words if w.phrase.text != plain(path[-1])]


def path_of(node: Expr) -> tuple[str, tuple[str, ...]]:
    """``context.a.b`` → ("context", ("a", "b")); ("", ()) for anything else."""
    steps: list[str] = []
    while isinstance(node, GetAttr):
        steps.insert(0, node.attr)
        node = node.expr
    return (node.name, tuple(steps)) if isinstance(node, Var) else ("", ())


def chained(node: Expr, op: str) -> list[Expr]:
    """The operands of a chain that leans left, as the parser builds it."""
    parts: list[Expr] = []
    while isinstance(node, Binary) and node.op == op:
        parts.insert(0, node.right)
        node = node.left
    return [node, *parts]
