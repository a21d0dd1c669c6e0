"""Sentences of a text that stand behind no rule: whoever proposes or signs the text should know of them.

A sentence that Author could not take is still part of the English that people sign, and does nothing. The compiler is
asked only about sentences that no rule carries, and loads when it is first needed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from workbench.language.diagnostics import LineMap
from workbench.language.program import Program
from workbench.service.views import Blocker

if TYPE_CHECKING:
    from workbench.authoring.sentence_memory import SentenceMemory

MOST_READ = 20
"""Sentences that are read to learn whether a rule says the same; those beyond count as behind none."""
_BEFORE = 3  # sentences before one that may tell whom its pronoun means
_MOST_NAMED, _MOST_LETTERS = 3, 80


def unruled_warnings(english: str, program: Program) -> tuple[Blocker, ...]:
    """One warning (``no_rule``) that names the sentences behind no rule; none where every sentence has one."""
    left = unruled(english, program)
    if not left:
        return ()
    named = ", ".join(f"“{_short(each)}”" for each in left[:_MOST_NAMED])
    more = f" and {len(left) - _MOST_NAMED} more" if len(left) > _MOST_NAMED else ""
    many = "1 sentence of the English stands" if len(left) == 1 else f"{len(left)} sentences of the English stand"
    help = "by itself a sentence has no effect; Author says what it lacks"
    return (Blocker("no_rule", f"{many} behind no rule: {named}{more}", help),)


def unruled(english: str, program: Program) -> tuple[str, ...]:
    """The sentences of ``english`` behind no rule of ``program``, in order.

    Behind a rule is a sentence that a rule carries as ``@english``, or that says exactly what standing rules say.
    """
    from workbench.authoring.antecedents import meant, read_in_text
    from workbench.authoring.sentences import split_sentences
    from workbench.authoring.standing import Standing

    sentences, standing = split_sentences(english), Standing(program)
    left = [place for place, sentence in enumerate(sentences) if not standing.of(sentence.text)]
    if not left or program.schema is None:
        return ()
    lines, memory, found = LineMap(english), _memory(), []
    for done, place in enumerate(left):
        sentence = sentences[place]
        if done < MOST_READ:
            said = meant(sentences[max(place - _BEFORE, 0) : place + 1], program.schema, memory)[-1]
            read = read_in_text(sentence, said, lines, program.schema, standing, memory, {}, ask=False)
            if read.status == "kept":
                continue
        found.append(sentence.text)
    return tuple(found)


@lru_cache(maxsize=1)
def _memory() -> SentenceMemory:
    """What this process has read: review looks again at every change."""
    from workbench.authoring.sentence_memory import SentenceMemory

    return SentenceMemory()


def _short(sentence: str) -> str:
    said = " ".join(sentence.split())
    return said if len(said) <= _MOST_LETTERS else said[: _MOST_LETTERS - 1] + "…"
