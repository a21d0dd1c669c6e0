"""The clauses of a German tree: their parts and their verb, wherever that stands. Pure.

What they mean as conditions is said by german_conditions. Imports german_phrases, meaning, the words of German.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.authoring import atoms
from workbench.authoring.german_phrases import Group, NounPhrase, Phrases, is_said
from workbench.authoring.german_trees import Measure, Word
from workbench.authoring.languages.german import german
from workbench.authoring.meaning import ANY, AttrRef, Cond, Join, Ref


@dataclass(frozen=True, slots=True)
class Clause:
    """``verb``: its terminal, or ``did`` with a participle, ``done`` in the passive; ``particle`` of a split verb."""

    parts: tuple[Any, ...]
    verb: str
    word: Word | None
    particle: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """Clauses with the operators between them."""

    clauses: tuple[Clause, ...]
    ops: tuple[str, ...]


class Clauses(Phrases):
    """Meanings of clauses."""

    # ---- parts

    def negation(self, span: tuple[int, int], _: Word) -> list[Any]:
        return [("not", "", span)]

    def phrases_piece(self, _span: tuple[int, int], phrases: Any) -> list[Any]:
        return [phrases]

    def pronoun(self, span: tuple[int, int], word: Word) -> list[Any]:
        return [("pronoun", word, span)]

    def relative_pronoun(self, span: tuple[int, int], word: Word) -> list[Any]:
        return [("relative", word, span)]

    def mention(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        """ "die geschätzten Kosten", "sein verbleibendes Budget", "die Priorität des Tickets"."""
        attributes = next(part[1] for part in parts if isinstance(part, tuple) and part[0] == "attribute")
        owner = next((part for part in parts if isinstance(part, Word)), None)
        whose = [part[1] for part in parts if isinstance(part, tuple) and part[0] == "type"]
        refs = [Ref(("principal", "resource"), word.type) for word in whose[0]] if whose else [ANY]
        return [("mention", AttrRef(attributes, ref), span, owner.text if owner else "") for ref in refs]

    def owner(self, _span: tuple[int, int], word: Word) -> list[Word]:
        return [word]

    def whose(self, _span: tuple[int, int], _: Word, of: Any) -> list[Any]:
        return [of]

    def compared_mention(self, span: tuple[int, int], sign: Word, mention: Any) -> list[Any]:
        return [("related", (german().comparator.signs[sign.text], mention[1]), span)]

    def compared(self, span: tuple[int, int], said: Any) -> list[Any]:
        return [("measure", said, span)] if isinstance(said, Measure) else [said]

    def amount(self, span: tuple[int, int], number: Word) -> list[Any]:
        return [("number", self.value_of(number), span)]

    def flag_part(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("flag", (parts[-1][1], False), span)]

    def no_flag_part(self, span: tuple[int, int], _: Word, flag: Any) -> list[Any]:
        return [("flag", (flag[1], True), span)]

    def over(self, span: tuple[int, int], word: Word) -> list[Any]:
        return [("over", german().window.over[word.text], span)]

    def text(self, span: tuple[int, int], word: Word) -> list[Any]:
        return [("text", str(self.value_of(word)), span)]

    def by(self, span: tuple[int, int], _: Word, phrases: Any) -> list[Any]:
        return [("by", phrases, span)]

    def held(self, span: tuple[int, int], said: Any) -> list[Any]:
        return [("held", said, span)]

    def group_part(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("group", next(part for part in parts if isinstance(part, Group)), span)]

    def counted_part(self, span: tuple[int, int], measure: Measure, noun: Word) -> list[Any]:
        return [("counted", (measure, meant), span) for meant in self.terms.meanings("COUNTED", noun.group)]

    # ---- texts

    def texts(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        quoted = tuple(str(self.value_of(p)) for p in parts if isinstance(p, Word) and p.name == "QUOTED")
        return [("texts", quoted)]

    def at_texts(self, span: tuple[int, int], *parts: Any) -> list[Cond]:
        """ "an Adressen bei example.com oder example.org"."""
        attributes = next(part[1] for part in parts if isinstance(part, tuple) and part[0] == "attribute")
        return [self.ending(attributes, [t if t.startswith("@") else f"@{t}" for t in parts[-1][1]], span)]

    def ending_texts(self, span: tuple[int, int], *parts: Any) -> list[Cond]:
        """ "an Adressen, die auf „@example.com“ enden"."""
        attributes = next(part[1] for part in parts if isinstance(part, tuple) and part[0] == "attribute")
        texts = next(part[1] for part in parts if isinstance(part, tuple) and part[0] == "texts")
        return [self.ending(attributes, texts, span)]

    def ending(self, attributes: Any, texts: Sequence[str], span: tuple[int, int]) -> Cond:
        leaves = [atoms.text_like(AttrRef(attributes, ANY), True, text, False, *span) for text in texts]
        return leaves[0] if len(leaves) == 1 else Join("||", tuple(leaves), True)

    # ---- clauses

    def clause(self, span: tuple[int, int], *parts: Any) -> list[Clause]:
        *before, last = parts
        verb, word = (last[0], last[1]) if isinstance(last, tuple) else (last.name, last)
        return [Clause(_tagged(before), verb, word, "", *span)]

    def did(self, _span: tuple[int, int], participle: Word, _: Word) -> list[Any]:
        return [("did", participle)]

    def done(self, _span: tuple[int, int], participle: Word, _: Word) -> list[Any]:
        return [("done", participle)]

    def clause_said(self, span: tuple[int, int], *parts: Any) -> list[Clause]:
        return [Clause((("flag", (parts[-1][1], False), span),), "VERB_EXIST", None, "", *span)]

    def clause_unsaid(self, span: tuple[int, int], *parts: Any) -> list[Clause]:
        return [Clause((("flag", (parts[-1][1], True), span),), "VERB_EXIST", None, "", *span)]

    def neither(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        """ "weder Supervisor noch Teamleiter"."""
        return [("neither", tuple(part for part in parts if isinstance(part, NounPhrase)), span)]

    def finite(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("finite", word)]

    def rest(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("rest", word)]

    def main(self, span: tuple[int, int], *parts: Any) -> list[Clause]:
        """A clause with its verb first or second: the finite verb, and what of it stands at the end."""
        if isinstance(parts[0], Clause):
            return [parts[0]]
        finite = next(part[1] for part in parts if isinstance(part, tuple) and part[0] == "finite")
        rest = next((part[1] for part in parts if isinstance(part, tuple) and part[0] == "rest"), None)
        others = _tagged(part for part in parts if not (isinstance(part, tuple) and part[0] in ("finite", "rest")))
        verb, word, particle = finite.name, finite, ""
        if rest is None:
            pass
        elif finite.name == "VERB_HAVE" and rest.name in ("ACTION", "VERB_COUNT"):
            verb, word = "did", rest
        elif finite.name == "VERB_BECOME" and rest.name == "ACTION":
            verb, word = "done", rest
        elif finite.name == "STEM" and rest.name == "PARTICLE":
            particle = rest.text
        elif finite.name == "VERB_EXIST_FIRST" and rest.name == "VERB_EXIST_REST":
            verb = "VERB_EXIST"
        else:
            return []
        if verb in ("STEM",) and not particle:
            return []
        if verb == "VERB_EXIST_FIRST":
            verb = "VERB_EXIST"
        return [Clause(others, verb, word, particle, *span)]

    def clause_joint(self, _span: tuple[int, int], *parts: Any) -> list[str]:
        return [next(part for part in parts if part in ("&&", "||"))]

    def conditions(self, _span: tuple[int, int], *parts: Any) -> list[Conditions]:
        clauses = tuple(part for part in parts if isinstance(part, Clause))
        return [Conditions(clauses, tuple(part for part in parts if part in ("&&", "||")))]

    mains = conditions

    def first(self, span: tuple[int, int], *parts: Any) -> list[Conditions]:
        return [Conditions((clause,), ()) for clause in self.main(span, *parts)]


def _tagged(parts: Iterable[Any]) -> tuple[Any, ...]:
    """Parts as tuples: conditions as ``cond``, what is said of somebody as ``said``."""
    return tuple(
        part if isinstance(part, tuple) else ("said", part) if is_said(part) else ("cond", part) for part in parts
    )
