"""Texts for the strings of a model: the shortest one that matches some ``like`` patterns and not some others.

Pure; may import the language's syntax tree and the engine's operators. Strings are abstract in the solver's world: of
each it knows only which patterns it matches and which literals it is not. Here a text is found for such a string, or it
is established that there is none. The search is exact: it walks the product of the patterns' automata, A* with an
estimate that never exceeds the truth, so that the first text found is a shortest one, and none found means that none
exists.

An automaton's state is the set of places in the pattern that the text so far can have reached, as the bits of an int.
A place before a ``*`` takes in every place to the left of it, so those are dropped, which keeps the states few. Only
the letters of the patterns to be matched can be needed, and one fresh letter that occurs nowhere: in place of any other
letter it leaves the other patterns with fewer places reached, never more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from heapq import heappop, heappush
from typing import TypeAlias

from workbench.engine import operators
from workbench.language.ast import Wildcard

Pattern: TypeAlias = tuple[str | Wildcard, ...]
"""The ``pattern`` of a ``language.ast.Like``: literal pieces and ``WILDCARD``."""

STATES = 50_000
"""How many states of the product are looked at before the search is given up."""

_READABLE = "xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW0123456789"

_State: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], int]


_watch: ContextVar[Callable[[int], None]] = ContextVar("watch", default=lambda _: None)
_OFTEN = 256


@contextmanager
def watched(check: Callable[[], None], states: int) -> Iterator[None]:
    """Within, ``check`` is called every few states, and may raise; all searches together look at most at ``states``.

    Beyond that they raise :class:`TooManyStates`.
    """
    left = states

    def look(seen: int) -> None:
        nonlocal left
        left -= seen
        check()
        if left < 0:
            raise TooManyStates

    token = _watch.set(look)
    try:
        yield
    finally:
        _watch.reset(token)


class TooManyStates(Exception):  # noqa: N818  # a limit that was reached, not a fault
    """Whether there is such a text was not settled within :data:`STATES` states."""

    def __init__(self) -> None:
        super().__init__("too many combinations of `like` patterns to find a text that fits them")


def pieces(pattern: Pattern) -> tuple[str, ...]:
    """The pattern as ``engine.operators.matches`` takes it: what stands between its wildcards, empty texts included."""
    found = [""]
    for piece in pattern:
        if isinstance(piece, Wildcard):
            found.append("")
        else:
            found[-1] += piece
    return tuple(found)


def matches(text: str, pattern: Pattern) -> bool:
    """``text like pattern``, as the engine decides it."""
    return operators.matches(text, pieces(pattern))


def find_text(
    like: Sequence[Pattern], unlike: Sequence[Pattern], avoid: Collection[str], hints: Sequence[str] = ()
) -> str | None:
    """A text that matches every pattern of ``like``, none of ``unlike``, and is not in ``avoid``.

    The first of ``hints`` that fits, else a shortest one, of letters where it can be; ``None`` if there is none at all.
    Where looking for the shortest takes more than :data:`STATES` states, any that a greedy search finds; raises
    :class:`TooManyStates` where that finds none either within as many.
    """
    for text in hints:
        wanted = text not in avoid and all(matches(text, each) for each in like)
        if wanted and not any(matches(text, each) for each in unlike):
            return text
    search = _Search(like, unlike, avoid)
    try:
        return search.walk(search.at_least, 1)
    except TooManyStates:
        return search.walk(search.at_most, 10)


def common(like: Sequence[Pattern], unlike: Sequence[Pattern] = ()) -> bool:
    """Whether any text at all matches every pattern of ``like`` and none of ``unlike``.

    ``common((a, b))``: the patterns overlap; ``not common((a,), (b,))``: whatever matches ``a`` matches ``b``.
    Raises :class:`TooManyStates`.
    """
    return find_text(like, unlike, ()) is not None


class _Automaton:
    """One pattern, deterministic: places ``0 … end``, of which a state is a set, ``1 << place`` each."""

    def __init__(self, pattern: Pattern) -> None:
        self.units: list[str | None] = []  # one letter each; None for a wildcard
        for place, piece in enumerate(pieces(pattern)):
            if place and self.units[-1:] != [None]:
                self.units.append(None)
            self.units += piece
        self.end = len(self.units)
        self._stars = sum(1 << place for place, unit in enumerate(self.units) if unit is None)
        self._letters: dict[str, int] = {}
        for place, unit in enumerate(self.units):
            if unit is not None:
                self._letters[unit] = self._letters.get(unit, 0) | 1 << place
        self.start = self._closed(1)

    def _closed(self, state: int) -> int:
        stars = state & self._stars
        if stars:
            last = stars.bit_length() - 1
            state = (state | stars << 1) >> last << last
        return state

    def step(self, state: int, letter: str) -> int:
        return self._closed((state & self._letters.get(letter, 0)) << 1 | (state & self._stars))

    def accepts(self, state: int) -> bool:
        return bool(state >> self.end & 1)

    def accepts_for_good(self, state: int) -> bool:
        """Whether everything that can follow is accepted too: the place before a final ``*`` is reached."""
        return self.end > 0 and self.units[-1] is None and bool(state >> (self.end - 1) & 1)

    def needed(self, letters: Sequence[str]) -> list[tuple[int, ...]]:
        """Per place, how many of each letter have still to come after it."""
        return [tuple(self.units[place:].count(letter) for letter in letters) for place in range(self.end + 1)]


class _Trie:
    """The texts to avoid: nodes ``0 …``, and :attr:`OFF` once no avoided text can result any more."""

    OFF = -1

    def __init__(self, texts: Collection[str]) -> None:
        self._next: list[dict[str, int]] = [{}]
        self._ends: set[int] = set()
        for text in texts:
            node = 0
            for letter in text:
                if letter not in self._next[node]:
                    self._next[node][letter] = len(self._next)
                    self._next.append({})
                node = self._next[node][letter]
            self._ends.add(node)
        self.start = 0 if texts else self.OFF

    def step(self, node: int, letter: str) -> int:
        return self.OFF if node == self.OFF else self._next[node].get(letter, self.OFF)

    def avoids(self, node: int) -> bool:
        return node in self._ends


class _Search:
    def __init__(self, like: Sequence[Pattern], unlike: Sequence[Pattern], avoid: Collection[str]) -> None:
        self._like = [_Automaton(pattern) for pattern in dict.fromkeys(like)]
        self._unlike = [_Automaton(pattern) for pattern in dict.fromkeys(unlike)]
        self._trie = _Trie(avoid)
        wanted = {unit for each in self._like for unit in each.units if unit is not None}
        other = {unit for each in self._unlike for unit in each.units if unit is not None}
        self._letters = sorted(wanted, key=lambda letter: (_cost(letter), letter))
        self._needed = [each.needed(self._letters) for each in self._like]
        fresh = next(letter for letter in _candidates() if letter not in wanted | other.union(*avoid))
        self._alphabet = [(letter, _cost(letter)) for letter in (fresh, *self._letters)]
        self.start: _State = tuple(a.start for a in self._like), tuple(a.start for a in self._unlike), self._trie.start

    def walk(self, ahead: Callable[[_State], int], weight: int) -> str | None:
        """The first text found when states are taken in the order of what they cost so far and ``ahead``, weighted.

        A cheapest one if ``weight`` is 1 and ``ahead`` never exceeds what is still to come. Raises TooManyStates.
        """
        costs, came = {self.start: 0}, dict[_State, tuple[_State, str]]()
        done: set[_State] = set()
        open_ = [] if self._lost(self.start) else [(0, 0, 0, self.start)]
        watch = _watch.get()
        while open_:
            if len(done) % _OFTEN == _OFTEN - 1:
                watch(_OFTEN)
            _, _, _, state = heappop(open_)
            if state in done:
                continue
            done.add(state)
            if self._fits(state):
                return _spelled(came, state)
            if len(costs) > STATES:
                raise TooManyStates
            for letter, cost in self._alphabet:
                after, so_far = self._step(state, letter), costs[state] + cost
                if after not in done and so_far < costs.get(after, so_far + 1) and not self._lost(after):
                    costs[after], came[after] = so_far, (state, letter)
                    heappush(open_, (so_far + weight * ahead(after), -so_far, len(costs), after))
        return None

    def _step(self, state: _State, letter: str) -> _State:
        like, unlike, node = state
        return (
            tuple(a.step(at, letter) for a, at in zip(self._like, like, strict=True)),
            tuple(a.step(at, letter) for a, at in zip(self._unlike, unlike, strict=True)),
            self._trie.step(node, letter),
        )

    def _fits(self, state: _State) -> bool:
        like, unlike, node = state
        return (
            all(a.accepts(at) for a, at in zip(self._like, like, strict=True))
            and not any(a.accepts(at) for a, at in zip(self._unlike, unlike, strict=True))
            and not self._trie.avoids(node)
        )

    def _lost(self, state: _State) -> bool:
        """Whether nothing that follows can help."""
        like, unlike, _ = state
        return 0 in like or any(a.accepts_for_good(at) for a, at in zip(self._unlike, unlike, strict=True))

    def at_least(self, state: _State) -> int:
        """What has to follow at the least: of each letter, as many as the pattern that needs most of it."""
        needed = self._needed_from(state)
        return sum(max(counts) * _cost(letter) for letter, *counts in zip(self._letters, *needed, strict=True))

    def at_most(self, state: _State) -> int:
        """What has to follow if no pattern's letters serve another one."""
        needed = self._needed_from(state)
        return sum(sum(counts) * _cost(letter) for letter, *counts in zip(self._letters, *needed, strict=True))

    def _needed_from(self, state: _State) -> list[tuple[int, ...]]:
        return [needed[at.bit_length() - 1] for needed, at in zip(self._needed, state[0], strict=True)]


def _spelled(came: dict[_State, tuple[_State, str]], state: _State) -> str:
    letters = []
    while state in came:
        state, letter = came[state]
        letters.append(letter)
    return "".join(reversed(letters))


def _cost(letter: str) -> int:
    """Length first; of texts as long as each other, the one with more letters and digits, or at least printable."""
    return 1000 + (not letter.isalnum()) + 9 * (not letter.isprintable())


def _candidates() -> Iterator[str]:
    """Letters for what no pattern speaks of; there are far more of them than any rule can name."""
    yield from _READABLE
    yield from (chr(code) for code in range(0xC0, 0x3000) if chr(code).isalpha())
    yield from (chr(code) for code in range(0x4E00, 0x1_0000) if chr(code).isalpha())
