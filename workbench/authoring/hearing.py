"""What the grammar understands a phrase as: so that the renderer says nothing which would be taken for another. Pure.

What has more readings than are worth enumerating is not understood: the compiler refuses it, too.
Imports the grammar, lexicon, meaning; language for the tree.
"""

from __future__ import annotations

from workbench.authoring.lexicon import Lexicon
from workbench.authoring.meaning import OWNERS, Env, Place, resolve
from workbench.authoring.norm import Doing, Subject
from workbench.authoring.prepare import Failures
from workbench.authoring.reader import TooManyReadings
from workbench.authoring.settle import settle
from workbench.authoring.shapes import Shapes
from workbench.authoring.tails import Tails
from workbench.authoring.words import tokenize
from workbench.language.ast import Expr, Statement
from workbench.language.schema import ExtensionType, Type


class Hearing:
    """Reads phrases in one environment. Every answer is a set of readings; the empty set is "not understood"."""

    def __init__(self, lexicon: Lexicon, env: Env) -> None:
        self._lexicon = lexicon
        self._env = env
        self._heard: dict[tuple[str, bool], frozenset[Expr]] = {}

    def attributes(self, said: str) -> set[tuple[str, tuple[str, ...]]]:
        """The attributes that ``said`` may name."""
        tokens = tokenize(said)
        found: set[Place] = set()
        try:
            for mention, end in Tails(self._lexicon, tokens).attribute(0):
                if end == len(tokens):
                    found.update(self._env.places(mention))
        except TooManyReadings:
            return set()
        return {(place.owner, place.path) for place in found}

    def conditions(self, said: str, unknown: bool = False) -> frozenset[Expr]:
        """The expressions that a clause may stand for; ``unknown`` is what it counts as when something is missing."""
        if (said, unknown) not in self._heard:
            tokens = tokenize(said)
            found: set[Expr] = set()
            try:
                for cond, end in Tails(self._lexicon, tokens).conditions(0):
                    if end == len(tokens):
                        found.update(option.expr for option in resolve(cond, self._env, unknown))
            except TooManyReadings:
                found.clear()
            self._heard[said, unknown] = frozenset(found)
        return self._heard[said, unknown]

    def kind(self, owner: str, path: tuple[str, ...]) -> Type | None:
        """The type of an attribute, where every type concerned has it alike."""
        found = self._env.attribute(owner, path) if owner in OWNERS else None
        return found.type if found is not None else None

    def extension(self, owner: str, path: tuple[str, ...]) -> str:
        """ "decimal", "datetime" … for an attribute of such a type, else the empty string."""
        kind = self.kind(owner, path)
        return kind.name if isinstance(kind, ExtensionType) else ""


def statements(lexicon: Lexicon, said: str) -> set[tuple[Statement, ...]]:
    """The rules that a whole sentence may mean."""
    tokens = tokenize(said)
    try:
        readings = [settle(norm, lexicon, Failures()) for norm in Shapes(lexicon, tokens).norms()]
    except TooManyReadings:
        return set()
    return {settled.statements for found in readings for settled in found}


def doings(lexicon: Lexicon, said: str) -> set[Doing]:
    """What a verb phrase may mean."""
    tokens = tokenize(said)
    try:
        return {doing for doing, end in Tails(lexicon, tokens).doing(0) if end == len(tokens)}
    except TooManyReadings:
        return set()


def subjects(lexicon: Lexicon, env: Env, said: str, unknown: bool) -> list[tuple[Subject, frozenset[tuple[Expr, ...]]]]:
    """Whom a noun phrase may mean, each with the conditions that it may set on them."""
    tokens = tokenize(said)
    found = []
    try:
        whole = [subject for subject, end in Tails(lexicon, tokens).subject(0) if end == len(tokens)]
    except TooManyReadings:
        return []
    for subject in whole:
        within = Env(lexicon, env.actions, subject.type)
        sides = [[option.expr for option in resolve(cond, within, unknown)] for cond in subject.conds]
        exprs: set[tuple[Expr, ...]] = {()}
        for side in sides:
            exprs = {(*before, expr) for before in exprs for expr in side}
        if exprs:
            found.append((subject, frozenset(exprs)))
    return found
