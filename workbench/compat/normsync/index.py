"""An index over norms: which of a thousand an action meets, without looking at each (specification §2).

Imports the records. Words of a norm hold no white space, so each lies inside *one* word of the action's account. The
index therefore knows, for every word that it has met, which of the norms' words are parts of it: by a trie walk when
the word is new, by one look-up when it came before. (Words are remembered, never answers: the vocabulary of a world is
small, its actions are not.) A norm stands under each of its prohibited words and, below that, under the rarest of
its condition words; what is left of its condition is one subset test.

``plain`` is the same by the letter of the specification, norm by norm: for norms whose fields the index cannot watch,
for texts that cannot be cut into words cheaply, and as the reference in tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

from workbench.compat.normsync.norm import MUTATIONS, WorldNorm

LONGEST_WORD = 64  # characters; longer words are searched for each known token, for a trie walk is quadratic
LONGEST_HAY = 4_096  # characters; longer accounts likewise
FEW_TOKENS = 24  # below so many tokens a search for each is as quick as a walk
REMEMBERED = 4_096  # words; then all are forgotten
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

    __slots__ = ("active", "condition", "live", "norm", "order", "prohibited", "rest")

    def __init__(self, norm: Any, order: int) -> None:
        self.norm = norm
        self.order = order
        self.active = bool(norm.active)
        self.condition = norm.condition
        self.prohibited = norm.prohibited
        self.rest: frozenset[str] = frozenset()
        self.live = False

    def is_readable(self) -> bool:
        return type(self.condition) is str and type(self.prohibited) is str

    def is_blind(self) -> bool:
        """Whether the index can do nothing for it: a norm that does not tell of its changes, or one to stumble over."""
        return type(self.norm) is not WorldNorm or (self.active and not self.is_readable())

    def is_unchanged(self) -> bool:
        norm = self.norm
        same = norm.condition is self.condition and norm.prohibited is self.prohibited
        return same and bool(norm.active) is self.active


_Bucket = dict[str, list[_Entry]]  # rarest condition word ("" for none) → norms
_Known = tuple[frozenset[str], tuple[_Bucket, ...]]  # condition words inside a word, buckets of prohibited ones


class _Tables:
    """All tokens of the norms, and where each leads. Grows in place; is replaced when too much in it is dead."""

    __slots__ = ("buckets", "conditions", "dead", "tokens", "trie", "uses", "words")

    def __init__(self) -> None:
        self.buckets: dict[str, _Bucket] = {}
        self.conditions: set[str] = set()
        self.dead = 0
        self.tokens: set[str] = set()
        self.trie: dict[str, Any] = {}
        self.uses: dict[str, int] = {}
        self.words = _Words(self)

    def take(self, fresh: Iterable[_Entry]) -> None:
        """Index these entries; the words of all are counted first, so that the rarest is known."""
        read = [
            (entry, dict.fromkeys(tokens(entry.condition)), dict.fromkeys(tokens(entry.prohibited)))
            for entry in fresh
            if entry.active and entry.is_readable()
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
            self.conditions.update(required)
            for token in (*required, *forbidden):
                self._learn(token)
            for token in forbidden:
                self.buckets.setdefault(token, {}).setdefault(key, []).append(entry)
        if read:
            self.words = _Words(self)  # last: a reader that still holds the old one must not write into the new

    def drop(self, entry: _Entry) -> None:
        """Let a norm fire no more; it stays where it stands until the tables are built anew."""
        self.dead += entry.live
        entry.live = False

    def _learn(self, token: str) -> None:
        if token in self.tokens:
            return
        self.tokens.add(token)
        node = self.trie
        for char in token:
            node = node.setdefault(char, {})
        node[""] = token

    def inside(self, word: str) -> list[str]:
        """The known tokens that are parts of a word."""
        if len(word) > LONGEST_WORD or len(self.tokens) < FEW_TOKENS:
            return [token for token in list(self.tokens) if token in word]
        found, root, size = [], self.trie, len(word)
        for start in range(size):
            node, at = root.get(word[start]), start + 1
            while node is not None:
                if "" in node:
                    found.append(node[""])
                node, at = (node.get(word[at]), at + 1) if at < size else (None, at)
        return found

    def fired(self, hay: str, verb: str) -> list[Any]:
        """The norms that fire, in order."""
        words = self.words
        buckets = [bucket for word in verb.split() for bucket in words[word][1]]
        if not buckets:
            return []
        met = {""}  # also the key of norms without a condition
        if len(hay) > LONGEST_HAY:
            met.update(token for token in list(self.conditions) if token in hay)
        else:
            for word in hay.split():
                met |= words[word][0]
        hits: dict[int, Any] = {}
        for bucket in buckets:
            for key in met:
                for entry in bucket.get(key, ()):
                    if entry.live and entry.rest <= met:
                        hits[entry.order] = entry.norm
        return list(hits.values()) if len(hits) < 2 else [hits[order] for order in sorted(hits)]


class _Words(dict[str, _Known]):
    """What is known of the words met before; never emptied when norms change, but replaced (readers may hold it)."""

    __slots__ = ("tables",)

    def __init__(self, tables: _Tables) -> None:
        self.tables = tables

    def __missing__(self, word: str) -> _Known:
        tables = self.tables
        found = dict.fromkeys(tables.inside(word))
        buckets = (tables.buckets.get(token) for token in found)
        known = frozenset(tables.conditions.intersection(found)), tuple(b for b in buckets if b is not None)
        if len(word) <= LONGEST_WORD:
            if len(self) >= REMEMBERED:
                self.clear()
            self[word] = known
        return known


class NormIndex:
    """The index of one monitor: ``sync`` follows the norms, ``fired`` asks. Several threads may do both at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: list[_Entry] = []
        self._tables = _Tables()
        self._plain: list[Any] | None = None  # all norms, where one of them is beyond the index
        self._stamp = -1

    def is_current(self, count: int) -> bool:
        """Whether nothing can have changed since the last ``sync``: no norm anywhere, nor the number of norms."""
        return self._stamp == MUTATIONS.last and len(self._entries) == count

    def fired(self, hay: str, verb: str) -> list[Any]:
        """The norms that fire, in order. ``hay`` and ``verb`` are lower-cased, as the specification says."""
        if self._plain is not None:
            return plain(self._plain, hay, verb)
        return self._tables.fired(hay, verb)

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
                    if not entry.is_unchanged():
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
            self._plain = [entry.norm for entry in kept] if any(entry.is_blind() for entry in kept) else None
            self._stamp = stamp
