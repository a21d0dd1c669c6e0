"""One English sentence → every reading of it as Cedar+, a question, or a refusal. Pure and deterministic.

The grammar accepts a sentence only when every word of it has a part; every reading is settled under the schema; one
reading is ``compiled``, several are ``ambiguous`` and none is ``refused``. Nothing is ever chosen among readings.
Imports the grammar, settle, refusal, paraphrase, questions; language for rendering.
"""

from __future__ import annotations

from workbench.authoring.lexicon import lexicon_of
from workbench.authoring.paraphrase import paraphrase
from workbench.authoring.prepare import Failures
from workbench.authoring.questions import asked
from workbench.authoring.reader import TooManyReadings
from workbench.authoring.refusal import Refusal
from workbench.authoring.result import Reading, SentenceResult, WordLink
from workbench.authoring.settle import Settled, settle
from workbench.authoring.shapes import Shapes
from workbench.authoring.words import tokenize
from workbench.language.ast import Statement
from workbench.language.render import render_statement
from workbench.language.schema import Schema

MOST_CHARACTERS = 1000
MOST_TOKENS = 160


def compile_sentence(
    text: str, schema: Schema, *, offset: int = 0, within: str | None = None, ask: bool = True
) -> SentenceResult:
    """Compile one sentence.

    ``offset`` and ``within`` say where it stands in a larger text, so that every place in the result is one of that
    text. Without ``ask`` an ambiguous sentence has no question yet (:func:`~workbench.authoring.questions.asked` takes
    its time, which whoever follows the typing does not have). Never raises on bad English; the sentence is data,
    whatever it says.
    """
    refusal = Refusal(text, within if within is not None else text, offset)
    bad = refusal.before_reading(MOST_CHARACTERS)
    if bad:
        return SentenceResult(text, offset, offset + len(text), "refused", diagnostics=bad)
    tokens = tokenize(text)
    lexicon = lexicon_of(schema)
    if len(tokens) > MOST_TOKENS:
        return SentenceResult(text, offset, offset + len(text), "refused", diagnostics=refusal.too_long())
    grammar = Shapes(lexicon, tokens)
    failures = Failures()
    readings: dict[tuple[Statement, ...], Settled] = {}
    try:
        for norm in grammar.norms():
            for settled in settle(norm, lexicon, failures):
                readings.setdefault(settled.statements, settled)
    except TooManyReadings:
        return SentenceResult(text, offset, offset + len(text), "refused", diagnostics=refusal.too_long())
    words = tuple(
        WordLink(offset + tokens[i].start, offset + tokens[j - 1].end, part)
        for (i, j), part in sorted(grammar.parts.items())
        if j > i
    )
    if not readings:
        return SentenceResult(
            text, offset, offset + len(text), "refused",
            diagnostics=refusal.after_reading(grammar, failures), words=words,
        )  # fmt: skip
    candidates = tuple(
        Reading(
            settled.statements,
            "\n\n".join(render_statement(s) for s in settled.statements),
            " ".join(paraphrase(s, schema) for s in settled.statements),
            settled.notes,
        )
        for settled in readings.values()
    )
    if len(candidates) == 1:
        return SentenceResult(text, offset, offset + len(text), "compiled", candidates, words=words)
    found = asked(candidates, schema) if ask else None
    return SentenceResult(
        text, offset, offset + len(text), "ambiguous", candidates, found.text if found else "", words=words, asked=found
    )
