"""Grammar of mentions: who is meant, which attribute, which values (lists of them too). Pure.

Imports reader, atoms, meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain as concat

from workbench.authoring import atoms
from workbench.authoring.lexicon import CONTEXT, AttributeWord, Phrase, is_number
from workbench.authoring.meaning import (
    ABOUT,
    ANY,
    EITHER,
    OWNERS,
    PRINCIPAL,
    REQUEST,
    REQUESTER,
    RESOURCE,
    AttrRef,
    Cond,
    Join,
    Not,
    Ref,
)
from workbench.authoring.reader import Reader
from workbench.authoring.words import split_name
from workbench.language.schema import EntityRef

_REQUESTER = AttributeWord(CONTEXT, (REQUESTER,), EntityRef(""), Phrase((REQUESTER,), REQUESTER))
Items = Callable[[int], Iterator[tuple[Cond, int]]]


class Mentions(Reader):
    """Who and what."""

    # ---- who

    def refs(self, i: int) -> Iterator[tuple[Ref, int]]:
        """A mention of the principal, the resource or the request: a pronoun, or a noun with "the"."""
        who = self.words.who
        for phrases, ref in ((who.principal, PRINCIPAL), (who.resource, RESOURCE), (who.request, REQUEST)):
            j = self.longest(i, phrases)
            if j >= 0:
                yield ref, j
        token = self.at(i)
        if token is None:
            return
        if token.lower in self.words.pronoun.you:
            yield PRINCIPAL, self.used(i + 1)
        elif token.lower in self.words.pronoun.any:
            yield ANY if token.lower in self.words.pronoun.anything else EITHER, self.used(i + 1)
        k = self.longest(i, self.words.article.pointing)
        for word, j in self.types(k if k >= 0 else i):
            yield Ref(("principal", "resource"), word.type), j

    def owners(self, i: int) -> Iterator[tuple[Ref, int]]:
        """What may stand before an attribute: "the", "its", "the ticket's", "their own" or nothing."""
        yield ANY, i
        j = self.longest(i, self.words.article.a_the_any)
        if j >= 0:
            yield ANY, j
        token = self.at(i)
        if token is not None and token.lower in self.words.possessive.any:
            owner = PRINCIPAL if token.lower in self.words.possessive.your else ANY
            yield owner, self.used(i + 1)
            k = self.longest(i + 1, self.words.possessive.own)
            if k >= 0:
                yield PRINCIPAL, k
        if token is not None and token.lower not in self.words.pronoun.any:
            for ref, j in self.refs(i):
                after = self.at(j)
                if self.possessed(after):
                    yield ref, self.used(j + 1)

    def others(self, i: int) -> Iterator[tuple[AttrRef, int]]:
        """An attribute that something is compared with. Whoever acts has an entity only where it is said whose it is:
        "a deputy" or "the deputy" may be anybody's.
        """
        token = self.at(i)
        owned = token is not None and token.lower in self.words.possessive.any
        for mention, j in self.attribute(i):
            if mention.ref == ANY and not owned and any(isinstance(w.type, EntityRef) for w in mention.words):
                yield AttrRef(mention.words, ABOUT), j
            else:
                yield mention, j

    # ---- which attribute

    def attribute(self, i: int) -> Iterator[tuple[AttrRef, int]]:
        """A mention of an attribute, with its owner where that is said."""
        for ref, j in self.owners(i):
            for words, k in concat(self.attributes(j), self._nested(j), self._exact(j)):
                yield AttrRef(words, ref), k
                yield from self._further(AttrRef(words, ref), k)
                m = self.longest(k, self.words.preposition.of)
                if m >= 0 and ref == ANY:
                    for of, n in self.refs(m):
                        yield AttrRef(words, of), n
                    for base, n in self.attribute(m):
                        yield AttrRef(words, Ref(OWNERS, via=base)), n
        j = self.longest(i, self.words.who.requester)
        if j >= 0:  # whom a procedure is about, where it says who approves
            asker = AttrRef((_REQUESTER,), REQUEST)
            yield asker, j
            yield from self._further(asker, j)
        j = self.longest(i, self.words.unit.number_of)
        for words, k in self.attributes(j) if j >= 0 else ():
            numbers = tuple(word for word in words if is_number(word.type))
            if numbers:
                yield AttrRef(numbers, ANY), k

    def _further(self, base: AttrRef, j: int) -> Iterator[tuple[AttrRef, int]]:
        """ "[the steward]'s clearance": an attribute of the entity or the record that an attribute names."""
        if self.possessed(self.at(j)):
            for words, k in self.attributes(self.used(j + 1)):
                mention = AttrRef(words, Ref(OWNERS, via=base))
                yield mention, k
                yield from self._further(mention, k)

    def _nested(self, i: int) -> Iterator[tuple[tuple[AttributeWord, ...], int]]:
        """ "team's budget": a field of a record, by the names on the way to it."""
        found: dict[int, dict[AttributeWord, None]] = {}
        for word in self.lexicon.attributes:
            j = i if len(word.path) > 1 else -1
            for place, step in enumerate(word.path):
                token = self.at(j) if j >= 0 and place else None
                if place and self.possessed(token):
                    j += 1
                last = place == len(word.path) - 1
                j = self._lemmas(j, word.phrase.items if last else split_name(step)) if j >= 0 else -1
            if j > i:
                found.setdefault(j, {})[word] = None
        for j, words in found.items():
            yield tuple(words), j

    def _exact(self, i: int) -> Iterator[tuple[tuple[AttributeWord, ...], int]]:
        quoted = self.quoted(i)
        if quoted is not None:
            words = tuple(self._by_name.get(quoted[0], ()))
            if words:
                yield words, quoted[1]

    @cached_property
    def _by_name(self) -> dict[str, list[AttributeWord]]:
        found: dict[str, list[AttributeWord]] = {}
        for word in self.lexicon.attributes:
            found.setdefault(word.name, []).append(word)
        return found

    # ---- values

    def value_items(self, ref: Ref) -> Items:
        """One value of any attribute of ``ref``."""

        def items(i: int) -> Iterator[tuple[Cond, int]]:
            start = self.longest(i, self.words.article.a_the)
            for words, j in self.values(start if start >= 0 else i):
                yield atoms.values(words, ref, i, j), j

        return items

    def attribute_items(self, mention: AttrRef) -> Items:
        """One value of the attribute mentioned: listed in the schema, quoted, or a plain word where none is listed."""

        def items(i: int) -> Iterator[tuple[Cond, int]]:
            k = self.longest(i, self.words.article.a_the)
            start = k if k >= 0 else i
            listed: list[int] = []
            for words, j in self.values(start):
                mine = tuple(w for w in words if any(w.path == m.path and w.place == m.place for m in mention.words))
                if mine:
                    listed.append(j)
                    yield atoms.known_value(mention, mine, i, j), j
            quoted = self.quoted(start)
            if quoted is not None:
                yield atoms.named_value(mention, quoted[0], i, quoted[1], exact=True), quoted[1]
            token = self.at(start)
            if token is not None and token.kind == "word" and not listed and self.free(start):
                yield atoms.named_value(mention, token.text, i, start + 1, exact=False), self.used(start + 1)

        return items

    def free(self, i: int) -> bool:
        """Whether the word at ``i`` may be a value that the schema does not list."""
        token = self.at(i)
        return (
            token is not None
            and token.kind == "word"
            and token.lower not in self.words.function_words
            and token.lower not in self.words.diagnostic.proportion
            and token.lower not in self.words.diagnostic.no_values
            and token.lower.isascii()
        )

    def listing(self, i: int, items: Items) -> Iterator[tuple[Cond, int]]:
        """A list of values: "a", "a or b", "either a or b", "both a and b", "any / all / none of a, b and c"."""
        for cond, _, j in self._listed(i, items, None):
            yield cond, j
        lists = self.words.listing
        for opening, phrases, op in (
            ("either", lists.either, "||"), ("any", lists.any_of, "||"), ("both", lists.both, "&&"),
            ("all", lists.all_of, "&&"), ("none", lists.none_of, "!"), ("neither", lists.neither, "!"),
        ):  # fmt: skip
            j = self.longest(i, phrases)
            if j < 0:
                continue
            for cond, said, k in self._listed(self.maybe(j, *lists.following), items, opening):
                if (
                    said == ""
                    or (opening in ("either", "neither") and said != "||")
                    or (opening == "both" and said != "&&")
                ):
                    continue
                parts = cond.parts if isinstance(cond, Join) else (cond,)
                if op == "!":
                    yield Not(Join("||", parts, True)), k
                else:
                    yield Join("&&" if op == "&&" else "||", parts, True), k

    def _listed(self, i: int, items: Items, opening: str | None) -> Iterator[tuple[Cond, str, int]]:
        """``(condition, operator said, end)``; the operator is empty for a single item."""

        def more(parts: list[Cond], j: int) -> Iterator[tuple[Cond, str, int]]:
            joins = self.words.connective
            for words, op in ((joins.or_, "||"), (joins.and_, "&&"), (joins.nor, "||")):
                if words == joins.nor and opening != "neither":
                    continue
                k = self.longest(self.comma(j), words)
                if k >= 0:
                    for part, m in items(k):
                        whole = (*parts, part)
                        yield Join("||" if op == "||" else "&&", whole, True), op, m
            k = self.say(j, ",")
            if k >= 0:
                for part, m in items(k):
                    yield from more([*parts, part], m)

        for first, j in items(i):
            if opening is None or opening not in ("either", "both", "neither"):
                yield first, "", j
            yield from more([first], j)

    def gapped(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """An attribute phrase with a gap ("carries …", "works in …") filled with values, said of ``ref``."""
        groups: dict[tuple[str | None, ...], list[AttributeWord]] = {}
        for word in self.lexicon.attributes:
            items = word.phrase.items
            if word.phrase.gapped and items.count(None) == 1 and items[0] is not None:
                groups.setdefault(items, []).append(word)
        for items, words in groups.items():
            cut = items.index(None)
            head, tail = items[:cut], items[cut + 1 :]
            j = self._lemmas(i, head) if head else i
            if j < 0:
                continue
            mention = AttrRef(tuple(words), ref)
            for cond, k in self.listing(j, self.attribute_items(mention)):
                m = self._lemmas(k, tail) if tail else k
                if m >= 0:
                    yield cond, m

    # ---- sameness and groups

    def sameness(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "their own region", "the same region as the agent", "the agent's region": one attribute, two owners."""
        j = self.longest(i, self.words.sameness.the_same)
        if j >= 0:
            for words, k in self.attributes(j):
                m = self.longest(k, self.words.sameness.as_)
                if m < 0:
                    yield atoms.same(AttrRef(words, ANY), i, k), k
                    continue
                for _, n in self.refs(m):
                    yield atoms.same(AttrRef(words, ANY), i, n), n
                n = self.longest(m, self.words.sameness.as_own)
                if n >= 0:
                    yield atoms.same(AttrRef(words, ANY), i, n), n
            return
        token = self.at(i)
        if token is None:
            return
        starts = []
        if token.lower in self.words.possessive.any:
            starts.append(self.maybe(self.used(i + 1), *self.words.possessive.own))
        else:
            for ref, j in self.refs(i):
                after = self.at(j)
                if self.possessed(after) and ref.owners != REQUEST.owners:
                    starts.append(self.maybe(self.used(j + 1), *self.words.possessive.own))
        for j in starts:
            for words, k in self.attributes(j):
                yield atoms.same(AttrRef(words, ANY), i, k), k

    def groups(self, i: int) -> Iterator[tuple[tuple[str, ...], str, bool, int]]:
        """A named group: "the billing team", "team billing", ``the team "billing"`` → (types, name, exact, end)."""
        start = self.maybe(i, *self.words.article.the_a)
        parents = {p for e in self.lexicon.schema.entity_types.values() for p in e.parents}
        for word, j in self.types(start):
            if word.type not in parents:
                continue
            quoted = self.quoted(j)
            if quoted is not None:
                yield (word.type,), quoted[0], True, quoted[1]
            elif self._names_group(j):
                yield from self._group_name(word.type, j, j + 1)
        quoted = self.quoted(start)
        names = [(quoted[0], True, quoted[1])] if quoted is not None else []
        if self._names_group(start):
            names.append(("", False, start + 1))
        for name, exact, j in names:
            for word, k in self.types(j):
                if word.type in parents:
                    if exact:
                        yield (word.type,), name, True, k
                    else:
                        yield from self._group_name(word.type, start, k)

    def _names_group(self, i: int) -> bool:
        """Whether a plain word may be a group's name: no word for a kind of entity is."""
        return self.free(i) and not self.types(i)

    def _group_name(self, of: str, at: int, end: int) -> Iterator[tuple[tuple[str, ...], str, bool, int]]:
        """The name as written: a capital is its own within the sentence, and the sentence's at its start."""
        text = self.tokens[at].text
        enum = self.lexicon.schema.entity_types[of].enum
        name = text if at else text.lower()
        if enum is not None and name not in enum and name.lower() in enum:
            name = name.lower()
        if enum is None or name in enum:
            yield (of,), name, False, self.used(end)

    def membership(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "in the billing team", "a member of team billing", "part of …"."""
        j = self.longest(i, self.words.preposition.member)
        if j < 0:
            return
        for types, name, exact, k in self.groups(j):
            first = atoms.member(types, name, ref, i, k, exact=exact)
            yield first, k
            yield from self._more_groups([first], types, ref, i, k)

    def _more_groups(
        self, before: list[Cond], types: tuple[str, ...], ref: Ref, i: int, j: int
    ) -> Iterator[tuple[Cond, int]]:
        """ "[in zones A], B or C": any of them; with "and" it may be all of them as well."""
        joins = self.words.connective
        for words, ops in ((joins.or_, ("||",)), (joins.and_, ("||", "&&")), (None, ())):
            k = self.longest(self.comma(j), words) if words is not None else self.comma(j)
            if k < 0 or (words is None and k == j):
                continue
            for name, exact, m in self._bare_group(k):
                parts = [*before, atoms.member(types, name, ref, i, m, exact=exact)]
                for op in ops:
                    yield Join("||" if op == "||" else "&&", tuple(parts), True), m
                if words is None:
                    yield from self._more_groups(parts, types, ref, i, m)

    def _bare_group(self, i: int) -> Iterator[tuple[str, bool, int]]:
        """The name of a further group of a list, whose kind was said before."""
        quoted = self.quoted(i)
        if quoted is not None:
            yield quoted[0], True, quoted[1]
        token = self.at(i)
        if token is not None and token.kind == "word" and self.free(i):
            yield token.text, False, self.used(i + 1)
