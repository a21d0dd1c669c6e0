"""An index over norms: which of a thousand an action meets, without looking at each (specification §2).

Imports the records. Words of a norm hold no white space, so each lies inside *one* word of the action's account. The
index therefore knows, for every word that it has met, which of the norms' words are parts of it: by a trie walk when
the word is new, by one look-up when it came before. (Words are remembered, never answers: the vocabulary of a world is
small, its actions are not.) A norm stands under each of its prohibited words and, below that, under the rarest of
its condition words; what is left of its condition is one subset test.

``plain`` is the same by the letter of the specification, norm by norm: for norms whose fields the index cannot watch or
read, and for a store inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from workbench.compat.normsync.norm import MUTATIONS, WorldNorm

LONGEST_WORD = 64  # characters; longer words are searched for each known token, for a trie walk is quadratic
LONGEST_HAY = 4_096  # characters; longer accounts likewise
FEW_TOKENS = 24  # below so many tokens a search for each is as quick as a walk
REMEMBERED = 4_096  # words, and as many that were met before those
SLACK = 64  # repealed norms that may stand in the index before it is built anew


def tokens(text: Any) -> list[str]:
    """The words that are looked for: lower case, ``==`` deleted (which joins what stood on its sides), then split."""
    found: list[str] = text.lower().replace("==", "").split()
    return found


def plain(norms: Iterable[Any], hay: str, verb: str) -> list[Any]:
    """The norms that fire, in order: all condition words inside ``hay``, one prohibited word inside ``verb``."""
    fired = []
    for norm in norms:
        if not norm.active:
            continue
        required, forbidden = tokens(norm.condition), tokens(norm.prohibited)
        if all(token in hay for token in required) and any(token in verb for token in forbidden):
            fired.append(norm)
    return fired


class _Entry:
    """A norm as it was when it was indexed; ``order`` says where it stands, ``live`` whether it may fire."""

    __slots__ = ("active", "blind", "condition", "live", "norm", "order", "prohibited", "readable", "rest")

    def __init__(self, norm: Any, order: int) -> None:
        self.norm = norm
        self.order = order
        self.active = bool(norm.active)
        self.condition = norm.condition
        self.prohibited = norm.prohibited
        self.readable = type(self.condition) is str and type(self.prohibited) is str
        # what the index can do nothing for: a norm that does not tell of its changes, or one to stumble over
        self.blind = type(norm) is not WorldNorm or (self.active and not self.readable)
        self.rest: frozenset[str] = frozenset()
        self.live = False


_Bucket = dict[str, list[_Entry]]  # rarest condition word ("" for none) → norms
_T = TypeVar("_T")


class _Vocabulary:
    """A set of tokens, and which of them are parts of a given word."""

    __slots__ = ("shortest", "tokens", "trie")

    def __init__(self) -> None:
        self.shortest = LONGEST_WORD  # characters
        self.tokens: set[str] = set()
        self.trie: dict[str, Any] = {}

    def add(self, token: str) -> None:
        if token not in self.tokens:
            self.tokens.add(token)
            self.shortest = min(self.shortest, len(token))
            node = self.trie
            for char in token:
                node = node.setdefault(char, {})
            node[""] = token

    def inside(self, text: str) -> list[str]:
        """The tokens that are parts of a text, by a search for each."""
        return [token for token in list(self.tokens) if token in text]

    def inside_word(self, word: str) -> list[str]:
        """The same (a token that is there twice may be told twice), by a walk of the trie from each character."""
        if len(word) > LONGEST_WORD or len(self.tokens) < FEW_TOKENS:
            return self.inside(word)
        found, begin, size = [], self.trie.get, len(word)
        for at, char in enumerate(word[: max(0, size + 1 - self.shortest)], 1):
            node = begin(char)
            while node is not None:
                if "" in node:
                    found.append(node[""])
                if at == size:
                    break
                node, at = node.get(word[at]), at + 1
        return found


class _Words(dict[str, _T]):
    """What is known of the words and verbs met before; ``known[word]`` learns what is new.

    When the norms change it is replaced and not emptied, for a reader may hold it still. It forgets by halves, so
    that words met once do not drive out those met all the time.
    """

    __slots__ = ("nothing", "older", "told", "vocabulary")

    def __init__(self, vocabulary: _Vocabulary, nothing: _T, told: Callable[[list[str]], _T]) -> None:
        self.vocabulary = vocabulary
        self.nothing = nothing  # what is told of a word without tokens
        self.told = told
        self.older: dict[str, _T] = {}

    def __missing__(self, word: str) -> _T:
        known = self.older.get(word)
        if known is None:
            found = self.vocabulary.inside_word(word)
            known = self.told(found) if found else self.nothing
        if len(word) <= LONGEST_WORD:
            if len(self) >= REMEMBERED:
                self.older = self.copy()
                self.clear()
            self[word] = known
        return known


class _Tables:
    """All tokens of the norms, and where each leads. Grows in place; is replaced when too much in it is dead."""

    __slots__ = ("buckets", "conditions", "dead", "prohibited", "uses", "verbs", "words")

    def __init__(self) -> None:
        self.buckets: dict[str, _Bucket] = {}
        self.conditions = _Vocabulary()
        self.prohibited = _Vocabulary()
        self.dead = 0
        self.uses: dict[str, int] = {}
        self._forget()

    def _forget(self) -> None:
        self.words: _Words[frozenset[str]] = _Words(self.conditions, frozenset(), frozenset)
        self.verbs: _Words[tuple[_Bucket, ...]] = _Words(self.prohibited, (), self._buckets_of)

    def _buckets_of(self, found: list[str]) -> tuple[_Bucket, ...]:
        return tuple(self.buckets[token] for token in dict.fromkeys(found))

    def take(self, fresh: Iterable[_Entry]) -> None:
        """Index these entries; the words of all are counted first, so that the rarest is known."""
        read = [
            (entry, dict.fromkeys(tokens(entry.condition)), dict.fromkeys(tokens(entry.prohibited)))
            for entry in fresh
            if entry.active and entry.readable
        ]
        for _, required, _ in read:
            for token in required:
                self.uses[token] = self.uses.get(token, 0) + 1
        for entry, required, forbidden in read:
            if not forbidden:
                continue
            key = min(required, key=lambda token: (self.uses[token], -len(token)), default="")
            entry.rest = frozenset(required) - {key}
            entry.live = True
            for token in required:
                self.conditions.add(token)
            for token in forbidden:
                self.buckets.setdefault(token, {}).setdefault(key, []).append(entry)
                self.prohibited.add(token)
        if read:
            self._forget()  # last: what a reader learns meanwhile goes into the words that are left behind here

    def drop(self, entry: _Entry) -> None:
        """Let a norm fire no more; it stays where it stands until the tables are built anew."""
        self.dead += entry.live
        entry.live = False

    def fired(self, hay: str, verb: str) -> list[Any]:
        """The norms that fire, in order."""
        buckets = self.verbs[verb]
        if not buckets:
            return []
        met = {""}  # also the key of norms without a condition
        if len(hay) > LONGEST_HAY:
            met.update(self.conditions.inside(hay))
        else:
            words = self.words
            for word in hay.split():
                if known := words[word]:
                    met |= known
        hits: dict[int, Any] = {}
        for bucket in buckets:
            for key in met:
                for entry in bucket.get(key, ()):
                    if entry.live and entry.rest <= met:
                        hits[entry.order] = entry.norm
        return list(hits.values()) if len(hits) < 2 else [hits[order] for order in sorted(hits)]


class NormIndex:
    """The index of one monitor: ``sync`` follows the norms, ``fired`` asks. Several threads may do both at once.

    ``fired(hay, verb)`` gives the norms that fire, in order; both texts are lower-cased, as the specification says.
    The index is current while ``stamp`` is the last mutation of any norm and ``count`` the number of its norms.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: list[_Entry] = []
        self._tables = _Tables()
        self.count = 0
        self.stamp = -1
        self.fired: Callable[[str, str], list[Any]] = self._tables.fired

    def sync(self, norms: Sequence[Any]) -> None:
        """Follow what happened to the norms: cheap for what was appended, taken out, or changed where it stands."""
        with self._lock:
            stamp = MUTATIONS.last  # read first: what changes meanwhile is followed next time
            old, at = self._entries, 0
            kept: list[_Entry] = []
            fresh: list[_Entry] = []
            gone: list[_Entry] = []
            following = old[-1].order + 1 if old else 0
            for norm in list(norms):
                while at < len(old) and old[at].norm is not norm:
                    gone.append(old[at])
                    at += 1
                if at < len(old):
                    entry, at = old[at], at + 1
                    same = norm.condition is entry.condition and norm.prohibited is entry.prohibited
                    if not (same and bool(norm.active) is entry.active):
                        gone.append(entry)
                        entry = _Entry(norm, entry.order)
                        fresh.append(entry)
                else:
                    entry, following = _Entry(norm, following), following + 1
                    fresh.append(entry)
                kept.append(entry)
            gone += old[at:]
            if self._tables.dead + len(gone) > SLACK + len(kept):
                kept = [_Entry(entry.norm, order) for order, entry in enumerate(kept)]
                tables = _Tables()
                tables.take(kept)
                self._tables = tables
            else:
                self._tables.take(fresh)
                for entry in gone:
                    self._tables.drop(entry)  # after its successor is in: no moment knows neither
            self._entries = kept
            blind = any(entry.blind for entry in kept)
            self.fired = partial(plain, [entry.norm for entry in kept]) if blind else self._tables.fired
            self.count, self.stamp = len(kept), stamp
