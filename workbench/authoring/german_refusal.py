"""Why a German sentence was refused, and what would work; said in English, hung on the German words. Pure.

Imports refusal for places and what needs no reading, german_shapes, the words of German, settle's failures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.authoring.german_lexicon import GermanLexicon
from workbench.authoring.german_shapes import GermanShapes
from workbench.authoring.german_words import fold, noun_bases
from workbench.authoring.languages.german import german
from workbench.authoring.prepare import Failures
from workbench.authoring.refusal import Refusal
from workbench.authoring.words import Token
from workbench.language.diagnostics import Diagnostic

_MOST = 5
_SHAPES = (
    "shapes that work: `… dürfen niemals …`, `… dürfen …`, `nur … dürfen …`, `… dürfen nur … werden, wenn …`, "
    "`… erfordert die Zustimmung …`, `bevorzuge … für …`, each with `wenn`, `es sei denn`, `außer`"
)


def lexicon_has(lexicon: GermanLexicon, noun: str) -> bool:
    """Whether some phrase of the schema has the noun."""
    bases = noun_bases(noun)
    spoken = [*lexicon.spoken_types, *lexicon.spoken_attributes, *lexicon.spoken_values]
    words = [word for _, phrase in spoken for word in phrase.words if word is not None]
    words += [word for action in lexicon.spoken_actions for chunk in action.chunks for word in chunk]
    return any(word[0].isupper() and not bases.isdisjoint(noun_bases(word)) for word in words)


class GermanRefusal(Refusal):
    """Makes the diagnostics of one German sentence."""

    def before_reading(self, most: int) -> tuple[Diagnostic, ...]:
        found = super().before_reading(most)
        if found:
            return found
        for phrase in german().diagnostic.injection:
            place = re.search(rf"\b{re.escape(phrase)}\b", fold(self._text))
            if place is not None:
                word = phrase.split()[0]
                at = next((m for m in re.finditer(r"\w+", self._text) if fold(m.group()) == word), None)
                start, end = (at.start(), at.end()) if at else (0, len(self._text))
                message = f"`{self._text[start:end]}` reads like an instruction to the compiler"
                help_ = "the text is data and changes nothing; say who may or must never do what"
                return (self._at(start, end, "CA005", message, help_),)
        return ()

    def unread(self, grammar: GermanShapes, failures: Failures) -> tuple[Diagnostic, ...]:
        """For a sentence without a reading that fits the schema: on the words that stand in the way."""
        found = list(self._in_the_way(grammar))
        if found:
            return tuple(found[:_MOST])
        pointing = self._pointing(grammar)
        if pointing is not None:
            return (pointing,)
        unfit = self._unfit(grammar, failures)
        return (unfit,) if unfit is not None else (self._unread(grammar),)

    def _said_of(self, token: Token, code: str, message: str, help_: str, expected: str = "") -> Diagnostic:
        return self._at(token.start, token.end, code, message, help_, expected)

    def _in_the_way(self, grammar: GermanShapes) -> Iterator[Diagnostic]:
        words = german().diagnostic
        lexicon = grammar.lexicon
        habits = [
            t for t in grammar.tokens if t.lemma in words.proportion and not (t.kind == "word" and lexicon.knows(t))
        ]
        for token in habits:
            message = f"`{token.text}` is a proportion or a habit, which no single decision can keep"
            help_ = "say what is never or always allowed, or use `bevorzuge …` to steer choices"
            yield self._said_of(token, "CA003", message, help_)
        approved = {word for phrase in german().approval.approved for word in phrase.split()} - {"werden"}
        obliging = words.obliging
        if any(t.lemma in german().verb.to for t in grammar.tokens):
            obliging = (*obliging, *words.obliging_with_to)
        duty = next((t for t in grammar.tokens if t.lemma in obliging), None)
        if habits:
            return
        if duty is not None and approved.isdisjoint(t.lemma for t in grammar.tokens):
            message = f"`{duty.text}` asks that something be done; a rule can only allow or deny what is attempted"
            help_ = (
                "say what must never be done, or what requires approval from whom within what time; "
                "watch deadlines with a monitor"
            )
            yield self._said_of(duty, "CA004", message, help_)
            return
        for token in grammar.tokens:
            if token.kind == "other":
                message = f"`{token.text}` is no part of a sentence that can be read"
                yield self._said_of(token, "CA001", message, "use words, numbers, quoted values and plain punctuation")
            elif token.kind == "time" and token.value == -1:
                yield self._said_of(
                    token, "CA009", f"`{token.text}` is no time of day", "write times as 08:00 or 20 Uhr"
                )
            elif token.kind == "word" and token.lemma not in german().function_words and not lexicon.knows(token):
                yield self._unheard(token, lexicon)

    def _unheard(self, token: Token, lexicon: GermanLexicon) -> Diagnostic:
        if token.lemma in german().diagnostic.vague:
            message = f"`{token.text}` is a judgement that the schema gives no way to measure"
            flags = dict.fromkeys(w.name for w in lexicon.attributes if getattr(w.type, "name", "") == "Bool")
            said = ", ".join(f"`{name}`" for name in list(flags)[:4])
            help_ = "name a measured attribute with a value or a limit, or let a checker set a flag in the context"
            return self._said_of(token, "CA003", message, help_ + (f" (there are {said})" if said else ""))
        near = lexicon.nearest(token.text)
        message = f"`{token.text}` is no German word of the schema"
        if near:
            help_ = "did you mean " + ", ".join(f"`{word}`" for word in near) + "?"
        else:
            help_ = "add it to a `@phrase_de` or `@values_de` annotation of the schema, or use words that are there"
        return self._said_of(token, "CA001", message, help_, near[0] if near else "")

    def _unfit(self, grammar: GermanShapes, failures: Failures) -> Diagnostic | None:
        """The words were understood but do not fit the schema together."""
        if not failures.found:
            return None
        tokens = grammar.tokens
        special = {
            "window": ("a count needs the time it is counted over", "say `pro Tag`, `in der Stunde` …", "CA009"),
            "limit": ("a number of times needs a limit", "say `höchstens 3` and over what time", "CA009"),
            "universal": ("`alle` after a prohibition has two meanings", "say `kein` (none of them)", "CA002"),
        }
        for start, end, message in failures.found:
            if message in special:
                said, help_, code = special[message]
                first, last = (start, end) if end > start else (0, len(tokens))
                return self._at(tokens[first].start, tokens[last - 1].end, code, said, help_)
        spans = [(start, end, message) for start, end, message in failures.found if end > start]
        if not spans:
            help_ = "name an action together with the types that it applies to in the schema"
            message = next((m for _, _, m in failures.found if m and m != "type"), "")
            message = message or "the actor, the action and the object do not fit together"
            return self._at(0, len(self._text), "CA008", message, help_)
        start, end, message = min(spans, key=lambda s: (s[1] - s[0], s[0]))
        first, last = tokens[start].start, tokens[min(end, len(tokens)) - 1].end
        message = message or f"`{self._text[first:last]}` is nothing that this action, its actor or its object has"
        return self._at(
            first, last, "CA008", message, "see the attributes and the `@phrase_de` annotations of the schema"
        )

    def _pointing(self, grammar: GermanShapes) -> Diagnostic | None:
        """A sentence that says who by a pronoun alone."""
        tokens = grammar.tokens
        if len(tokens) < 2 or tokens[0].lemma not in german().pronoun.elsewhere:
            return None
        if tokens[1].lemma not in german().modality.may:
            return None
        message = f"`{tokens[0].text}` points to another sentence"
        return self._said_of(tokens[0], "CA006", message, "name the actor in this sentence: `Agenten …`")

    def _unread(self, grammar: GermanShapes) -> Diagnostic:
        tokens = grammar.tokens
        if not tokens or grammar.reach >= len(tokens):
            message = "the words of the sentence do not make one rule together"
            return self._at(0, len(self._text), "CA002", message, _SHAPES)
        at = tokens[grammar.reach]
        if at.kind == "word" and at.text[0].islower() and at.lemma not in german().function_words:
            written = at.text.capitalize()
            if lexicon_has(grammar.lexicon, written):
                message = f"`{at.text}` has no part in the rule as read so far"
                return self._said_of(at, "CA002", message, f"nouns have a capital: `{written}`", written)
        return self._said_of(at, "CA002", f"`{at.text}` has no part in the rule as read so far", _SHAPES)
