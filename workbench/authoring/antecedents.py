"""Sentences that begin with a pronoun, said in full: "Agents may issue refunds. They must not exceed 500." Pure.

The pronoun is taken for whoever, or whatever, the sentence before begins with; where that one says who does what,
an amount is that of what is done. A pronoun that could as well stand for somebody else is left alone, and refused by
the compiler. Imports sentences, sentence_memory, standing, lexicon, result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.authoring.languages.english import English
from workbench.authoring.lexicon import lexicon_of
from workbench.authoring.result import SentenceResult, WordLink
from workbench.authoring.sentence_memory import SentenceMemory
from workbench.authoring.sentences import Sentence
from workbench.authoring.standing import Standing, sentence_read
from workbench.authoring.words import same_noun, tokenize
from workbench.language.diagnostics import LineMap
from workbench.language.schema import Schema


@dataclass(frozen=True, slots=True)
class Meant:
    """A sentence as it is compiled. ``lead`` stands where the first ``cut`` code points of it, a pronoun, stood."""

    text: str
    lead: str = ""
    cut: int = 0

    @property
    def pronoun_replaced(self) -> bool:
        return bool(self.lead)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the sentence before begins with, and does; others named in it who might act."""

    lead: str
    action: str
    others: tuple[str, ...]


def meant(sentences: Sequence[Sentence], schema: Schema, memory: SentenceMemory) -> tuple[Meant, ...]:
    """Each sentence as it is compiled: most as they stand."""
    words = lexicon_of(schema).words
    found: list[Meant] = []
    before: _Before | None = None
    for sentence in sentences:
        said = Meant(sentence.text)
        first = next(iter(tokenize(sentence.text)), None)
        points = isinstance(words, English) and first is not None and first.lower in words.pronoun.elsewhere
        if points and first is not None and before is not None:
            said = _in_full(sentence.text, first.end, before, words, schema, memory)
        found.append(said)
        if not points:
            before = _before(sentence.text, schema, memory)
    return tuple(found)


def read_in_text(
    sentence: Sentence,
    said: Meant,
    lines: LineMap,
    schema: Schema,
    standing: Standing,
    memory: SentenceMemory,
    choices: Mapping[str, str],
    *,
    ask: bool = True,
) -> SentenceResult:
    """One sentence of a text as :func:`~workbench.authoring.standing.sentence_read` reads it, its pronoun replaced."""
    if not said.pronoun_replaced:
        return sentence_read(sentence.text, sentence.start, lines, schema, standing, memory, choices, ask=ask)
    result = sentence_read(said.text, sentence.start, lines, schema, standing, memory, choices, ask=ask)
    note = f'"{sentence.text[: said.cut]}" is taken for "{said.lead}", with which the sentence before begins'
    moved = len(said.lead) - said.cut
    last = sentence.end
    return replace(
        result,
        text=sentence.text,
        start=sentence.start,
        end=sentence.end,
        meant=said.text,
        candidates=tuple(replace(each, assumptions=(note, *each.assumptions)) for each in result.candidates),
        words=tuple(
            WordLink(max(link.start - moved, sentence.start), min(link.end - moved, last), link.part)
            for link in result.words
            if link.end - moved > sentence.start and link.start - moved < last
        ),
    )


def _in_full(text: str, cut: int, before: _Before, words: English, schema: Schema, memory: SentenceMemory) -> Meant:
    """``text`` with its pronoun replaced; as it stands where nothing, or more than one thing, makes sense of it."""
    made = [
        found
        for lead in (before.lead, *before.others)
        if (found := _sensible(text, cut, lead, before.action, words, schema, memory)) is not None
    ]
    return made[0] if len(made) == 1 and made[0].lead == before.lead else Meant(text)


def _sensible(
    text: str, cut: int, lead: str, action: str, words: English, schema: Schema, memory: SentenceMemory
) -> Meant | None:
    full = lead + text[cut:]
    tries = [full]
    if action:
        stop = full[len(full.rstrip(".!;")) :]
        tries.append(f"{full.removesuffix(stop)} {words.order.when_they[0]} {action}{stop}")
        for phrase in words.order.do_so:
            tries.append(re.sub(rf"\b{phrase}\b", lambda _: action, full, count=1, flags=re.IGNORECASE))
    for tried in dict.fromkeys(tries):
        if memory.result(tried, schema, ask=False).status != "refused":
            return Meant(tried, lead, cut)
    return None


def _before(text: str, schema: Schema, memory: SentenceMemory) -> _Before | None:
    """What a sentence offers to the pronoun of the next; nothing where it has no reading itself."""
    result = memory.result(text, schema, ask=False)
    if result.status == "refused":
        return None
    start, links = result.start, sorted(result.words, key=lambda link: (link.start, -link.end))
    modalities = {link.start: link for link in links if link.part == "modality"}
    for link in links:
        if link.start != start or link.part not in ("subject", "action"):
            continue
        after = next((m for at, m in sorted(modalities.items()) if 0 <= at - link.end <= 1), None)
        if after is not None or link.part == "action":
            lead = text[: link.end - start]
            done = [
                each for each in links
                if link.part == "subject" and each.part == "action" and after is not None
                and 0 <= each.start - after.end <= 1
            ]  # fmt: skip
            action = text[done[0].start - start : done[0].end - start] if done else ""
            return _Before(lead, action, tuple(_others(text[link.end - start :], lead, schema)))
    return None


def _others(rest: str, lead: str, schema: Schema) -> Iterator[str]:
    """Nouns for others who may act, in the rest of the sentence."""
    principals = {name for action in schema.actions.values() for name in action.principals}
    words = [w for w in lexicon_of(schema).types if w.type in principals and len(w.phrase.nouns) == 1]
    mine = {token.noun for token in tokenize(lead)}
    for token in tokenize(rest):
        noun = token.noun
        named = token.kind == "word" and any(same_noun(noun, word.phrase.nouns[0]) for word in words)
        if named and not any(same_noun(noun, other) for other in mine):
            yield token.text
