"""Why a sentence was refused, and what would work: diagnostics that hang on words. Pure.

Imports lexicon (through the grammar), the words of English, settle's failures, language.diagnostics.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from workbench.authoring.languages.english import english
from workbench.authoring.lexicon import Lexicon
from workbench.authoring.nominals import is_verb, names_doing
from workbench.authoring.prepare import Failures
from workbench.authoring.shapes import Shapes
from workbench.authoring.words import Token, same_noun
from workbench.language.diagnostics import Diagnostic, LineMap, Span

_CODE = re.compile(
    r"```|[{}]|&&|\|\||==|!=|=>|::|\b(?:permit|forbid|prefer\s+score)\s*\(|@\w+\s*\(|\b(?:principal|resource|context)\.\w"
    r"|<\s*/?\s*\w+\s*>|;\s*//",
)
_MOST = 5


class Refusal:
    """Makes the diagnostics of one sentence, with places in the text that it stands in."""

    def __init__(self, text: str, within: str, offset: int) -> None:
        self._text = text
        self._offset = offset
        self._lines = LineMap(within)

    def _at(self, start: int, end: int, code: str, message: str, help_: str, expected: str = "") -> Diagnostic:
        span = Span(self._offset + start, self._offset + max(end, start + 1))
        first, last = self._lines.position(span.start), self._lines.position(span.end)
        return Diagnostic(code, message, span, first, last, expected=expected, help=help_)

    def before_reading(self, most: int) -> tuple[Diagnostic, ...]:
        """Refusals that need no reading: control characters, length, policy code, instructions to the compiler."""
        for index, char in enumerate(self._text):
            if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Cn") and char not in "\n\t\r":
                shown = f"U+{ord(char):04X}"
                return (self._at(index, index + 1, "CA007", f"invisible character `{shown}`", "remove it"),)
        if len(self._text) > most:
            return self.too_long()
        code = _CODE.search(self._text)
        if code is not None:
            message = f"`{code.group().strip()}` looks like policy code, not English"
            help_ = "write the rule in plain English here, or edit the Cedar+ text itself"
            return (self._at(code.start(), code.end(), "CA005", message, help_),)
        for phrase in english().diagnostic.injection:
            found = re.search(rf"\b{re.escape(phrase)}\b", self._text, re.IGNORECASE)
            if found is not None:
                message = f"`{found.group()}` reads like an instruction to the compiler"
                help_ = "the text is data and changes nothing; say who may or must never do what"
                return (self._at(found.start(), found.end(), "CA005", message, help_),)
        return ()

    def too_long(self) -> tuple[Diagnostic, ...]:
        """For a sentence beyond the bounds of the grammar."""
        message = "the sentence is too long or has too many readings"
        return (self._at(0, min(len(self._text), 80), "CA007", message, "split it into several sentences"),)

    def after_reading(self, grammar: Shapes, failures: Failures) -> tuple[Diagnostic, ...]:
        """For a sentence without a reading: on the words that stand in the way."""
        found = list(self._blocking(grammar))
        if found:
            return tuple(found[:_MOST])
        settled = self._unsettled(grammar, failures)
        if settled is not None:
            return (settled,)
        return (self._stuck(grammar),)

    # ---- words

    def _blocking(self, grammar: Shapes) -> Iterator[Diagnostic]:
        tokens, lexicon = grammar.tokens, grammar.lexicon
        ordinary = [
            self._proportion(token)
            for index, token in enumerate(tokens)
            if token.lower in lexicon.words.diagnostic.proportion and token.lemma not in lexicon.vocabulary
            if not (index and f"{tokens[index - 1].lower} {token.lower}" in lexicon.words.diagnostic.no_proportion)
        ]
        if ordinary:
            yield from ordinary
            return
        obligation = _obligation(tokens, lexicon)
        if obligation is not None:
            yield self._obligation(obligation)
            return
        for index, token in enumerate(tokens):
            if _names_group(tokens, index, lexicon):
                continue
            if token.kind == "other":
                message = f"`{token.text}` is no part of a sentence that can be read"
                yield self._on(token, "CA001", message, "use words, numbers, quoted values and plain punctuation")
            elif token.kind == "time" and token.value == -1:
                yield self._on(token, "CA009", f"`{token.text}` is no time of day", "write times as 08:00 or 6 pm")
            elif token.kind == "word" and not _known(token, lexicon):
                yield self._unknown(token, lexicon)

    def _on(self, token: Token, code: str, message: str, help_: str, expected: str = "") -> Diagnostic:
        return self._at(token.start, token.end, code, message, help_, expected)

    def _proportion(self, token: Token) -> Diagnostic:
        message = f"`{token.text}` is a proportion or a habit, which no single decision can keep"
        return self._on(
            token, "CA003", message, "say what is never or always allowed, or use `prefer …` to steer choices"
        )

    def _obligation(self, token: Token) -> Diagnostic:
        message = f"`{token.text}` asks that something be done; a rule can only allow or deny what is attempted"
        help_ = (
            "say what must never be done, or what requires approval from whom within what time; "
            "watch deadlines with a monitor"
        )
        return self._on(token, "CA004", message, help_)

    def _unknown(self, token: Token, lexicon: Lexicon) -> Diagnostic:
        vague = lexicon.words.diagnostic
        judged = token.lower.endswith(vague.vague_endings) and token.lower not in lexicon.vocabulary
        if token.lower in vague.vague or judged:
            message = f"`{token.text}` is a judgement that the schema gives no way to measure"
            flags = ", ".join(f"`{name}`" for name in _flags(lexicon)[:4])
            help_ = "name a measured attribute with a value or a limit, or let a checker set a flag in the context"
            return self._on(token, "CA003", message, help_ + (f" (there are {flags})" if flags else ""))
        near = lexicon.nearest(token.text)
        message = f"`{token.text}` is no word of the schema"
        if near:
            help_ = "did you mean " + ", ".join(f"`{word}`" for word in near) + "?"
        else:
            help_ = "add it to a `@phrase` or `@values` annotation of the schema, or say it with words that are there"
        return self._on(token, "CA001", message, help_, near[0] if near else "")

    # ---- readings that came to nothing

    def _unsettled(self, grammar: Shapes, failures: Failures) -> Diagnostic | None:
        """The words were understood but do not fit the schema together."""
        if not failures.found:
            return None
        tokens = grammar.tokens
        for start, end, message in failures.found:
            if message == "window":
                span = (tokens[start].start, tokens[end - 1].end)
                return self._at(
                    *span, "CA009", "a count needs the time it is counted over", "say `a day`, `per hour` …"
                )
            if message == "unit":
                span = (tokens[start].start, tokens[end - 1].end)
                return self._at(*span, "CA009", "a number needs its unit here", "say `30 days`, `8 hours`, `100 GB` …")
            if message == "limit":
                span = (tokens[start].start, tokens[end - 1].end)
                help_ = "say `at most 3` or `no more than 3` and over what time"
                return self._at(*span, "CA009", "a number of times needs a limit", help_)
            if message == "universal":
                word = next((t for t in tokens if t.lower in grammar.words.article.universal), tokens[0])
                message = f"`{word.text}` after a prohibition has two meanings"
                return self._on(word, "CA002", message, "say `any` (none of them) or name the ones that are meant")
        spans = [(start, end, message) for start, end, message in failures.found if end > start]
        if not spans:
            message = next((m for _, _, m in failures.found if m and m != "type"), "")
            help_ = "name an action together with the types that it applies to in the schema"
            return self._at(
                0,
                len(self._text),
                "CA008",
                message or "the actor, the action and the object do not fit together",
                help_,
            )
        subjects = [span for span, part in grammar.parts.items() if part == "subject"]
        later = [s for s in spans if not any(first <= s[0] and s[1] <= last for first, last in subjects)]
        start, end, message = min(later or spans, key=lambda s: (s[1] - s[0], s[0]))
        words = self._text[tokens[start].start : tokens[end - 1].end]
        help_ = self._could(grammar, tokens[start:end])
        return self._at(
            tokens[start].start, tokens[end - 1].end, "CA008",
            message or f"`{words}` is nothing that this action, its actor or its object has", help_,
        )  # fmt: skip

    def _could(self, grammar: Shapes, tokens: Sequence[Token]) -> str:
        if any(token.kind == "number" for token in tokens):
            names = dict.fromkeys(w.name for w in grammar.lexicon.attributes if w.type and _numeric(w.type))
            said = ", ".join(f"`{name}`" for name in list(names)[:8])
            return f"name the number that is meant; the schema has {said}" if said else "the schema has no number"
        if any(token.kind == "time" for token in tokens):
            return "the schema needs a Long attribute named `hour` for whole hours"
        near = [word for token in tokens if token.kind == "word" for word in grammar.lexicon.nearest(token.text, 2)]
        return "the schema has " + ", ".join(f"`{w}`" for w in dict.fromkeys(near)) if near else "see the schema"

    def _only_never(self, grammar: Shapes) -> Diagnostic | None:
        """ "Only bots must not …": who else must, or may, is not said."""
        tokens, words = grammar.tokens, grammar.words
        if not tokens or tokens[0].lower not in words.connective.only:
            return None
        for index, token in enumerate(tokens):
            if grammar.longest(index, words.modality.forbid) >= 0:
                message = f"`{tokens[0].text}` with a prohibition does not say what the others may do"
                help_ = "say `only … may …`, or `… must never …` without `only`"
                return self._on(token, "CA002", message, help_)
        return None

    def _stuck(self, grammar: Shapes) -> Diagnostic:
        tokens = grammar.tokens
        first = tokens[0] if tokens else None
        states = grammar.longest(0, grammar.words.modality.forbid_it) >= 0  # "it is forbidden …" points to nothing
        if first is not None and first.lower in grammar.words.pronoun.elsewhere and not states:
            message = f"`{first.text}` points to another sentence"
            return self._on(first, "CA006", message, "name the actor in this sentence: `agents …`, `supervisors …`")
        forbidden = self._only_never(grammar)
        if forbidden is not None:
            return forbidden
        at = tokens[min(grammar.reach, len(tokens) - 1)] if tokens else None
        start, end = (at.start, at.end) if at else (0, len(self._text))
        word = self._text[start:end]
        message = (
            "the sentence ends before it says a rule"
            if grammar.reach >= len(tokens)
            else f"`{word}` has no part in the rule as read so far"
        )
        if tokens and tokens[min(grammar.reach, len(tokens)) - 1].lower in grammar.words.approval.noun:
            return self._at(
                start, end, "CA002", "it is not said who approves", "say `approval from a …` and within what time"
            )
        help_ = (
            "shapes that work: `agents must never …`, `… may …`, `only … may …`, `… may be … only if …`, "
            "`… requires approval from …`, `prefer … for …`, each with `if`, `unless`, `except`"
        )
        return self._at(start, end, "CA002", message, help_)


def _names_group(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Whether a word stands beside the noun of a kind of group ("the *billing* team"), where any name may stand."""
    parents = {parent for entity in lexicon.schema.entity_types.values() for parent in entity.parents}
    nouns = [word.phrase.nouns[-1] for word in lexicon.types if word.type in parents]
    if not 0 < index < len(tokens) - 1 or tokens[index].kind != "word":
        return False
    before = tokens[index - 1].lower in (*lexicon.words.article.a_the, *lexicon.words.preposition.group)
    return before and any(same_noun(tokens[index + 1].noun, noun) for noun in nouns)


def _known(token: Token, lexicon: Lexicon) -> bool:
    if not {token.lower, token.lemma}.isdisjoint(lexicon.words.function_words) or token.lemma in lexicon.vocabulary:
        return True
    if any(same_noun(token.noun, "".join(word.phrase.nouns)) for word in lexicon.types):
        return True
    made, verbs = lexicon.words.nominal, {phrase.verb for phrase in lexicon.actions}
    return any(
        is_verb(token.lemma, verb) or names_doing(token.lower, verb, made.irregular, made.false) for verb in verbs
    )


def _obligation(tokens: Sequence[Token], lexicon: Lexicon) -> Token | None:
    """The "must" of a sentence that obliges: not followed by a negation, "be", "stop", "only" …"""
    words = lexicon.words.diagnostic
    be = lexicon.words.copula.be
    for index, token in enumerate(tokens[:-1]):
        after = tokens[index + 1].lower
        if token.lower in words.obliging or (token.lower in words.obliging_with_to and after in words.obliging_to):
            if token.lower in words.always_obliging:
                return token
            if after not in words.not_obliging:
                if after in be and index + 2 < len(tokens) and tokens[index + 2].lower in words.limiting:
                    continue
                return token
    return None


def _flags(lexicon: Lexicon) -> list[str]:
    return list(dict.fromkeys(w.name for w in lexicon.attributes if getattr(w.type, "name", "") == "Bool"))


def _numeric(of: object) -> bool:
    return getattr(of, "name", "") in ("Long", "decimal")
