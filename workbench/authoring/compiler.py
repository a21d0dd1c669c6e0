"""One sentence → every reading of it as Cedar+, a question, or a refusal. Pure and deterministic.

The grammar accepts a sentence only when every word of it has a part; every reading is settled under the schema; one
reading is ``compiled``, several are ``ambiguous`` and none is ``refused``. Nothing is ever chosen among readings.
Imports speech (the grammars), settle, paraphrase, questions; language for rendering.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.authoring.meaning import flat, negate
from workbench.authoring.paraphrase import paraphrase
from workbench.authoring.prepare import Failures
from workbench.authoring.questions import asked
from workbench.authoring.reader import TooManyReadings
from workbench.authoring.result import Reading, SentenceResult, WordLink
from workbench.authoring.settle import Settled, settle
from workbench.authoring.speech import refusal_of, utterance
from workbench.language.ast import Expr, Policy, Procedure, Statement
from workbench.language.render import render_statement
from workbench.language.schema import Schema

MOST_CHARACTERS = 1000
MOST_TOKENS = 160


def compile_sentence(
    text: str, schema: Schema, *, offset: int = 0, within: str | None = None, ask: bool = True, language: str = "en"
) -> SentenceResult:
    """Compile one sentence.

    ``offset`` and ``within`` say where it stands in a larger text, so that every place in the result is one of that
    text. Without ``ask`` an ambiguous sentence has no question yet (:func:`~workbench.authoring.questions.asked` takes
    its time, which whoever follows the typing does not have). Never raises on bad English; the sentence is data,
    whatever it says. ``language``: of :data:`~workbench.authoring.speech.LANGUAGES`, else ``LanguageError``.
    """
    whole = within if within is not None else text
    refusal = refusal_of(language, text, whole, offset)
    bad = refusal.before_reading(MOST_CHARACTERS)
    if bad:
        return SentenceResult(text, offset, offset + len(text), "refused", diagnostics=bad)
    said = utterance(language, text, schema, whole, offset)
    tokens, lexicon = said.tokens, said.lexicon
    if len(tokens) > MOST_TOKENS:
        return SentenceResult(text, offset, offset + len(text), "refused", diagnostics=refusal.too_long())
    failures = Failures()
    readings: dict[tuple[object, ...], Settled] = {}
    try:
        for norm in said.norms():
            for settled in settle(norm, lexicon, failures):
                readings.setdefault(_said(settled.statements), settled)
        readings = _of_one_scope(readings)
    except TooManyReadings:
        return SentenceResult(text, offset, offset + len(text), "refused", diagnostics=refusal.too_long())
    words = tuple(
        WordLink(offset + tokens[i].start, offset + tokens[j - 1].end, part)
        for (i, j), part in sorted(said.parts.items())
        if j > i
    )
    if not readings:
        return SentenceResult(
            text, offset, offset + len(text), "refused",
            diagnostics=said.refused(failures), words=words,
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


def _said(statements: tuple[Statement, ...]) -> tuple[object, ...]:
    """What statements say: the name that a procedure was given is no part of it, nor whether "not" or "unless" did."""
    return tuple(_alike(each) for each in statements)


def _of_one_scope(readings: dict[tuple[object, ...], Settled]) -> dict[tuple[object, ...], Settled]:
    """The readings but those that forbid in another scope than they permit, where one with that permit does not.

    "Only engineers in Europe may restart systems in Asia": the permit and the ban each find out whose Asia is meant.
    """
    sound = {settled.statements[0] for settled in readings.values() if _one_scope(settled.statements)}
    return {
        key: settled
        for key, settled in readings.items()
        if settled.statements[0] not in sound or _one_scope(settled.statements)
    }


def _one_scope(statements: tuple[Statement, ...]) -> bool:
    """Whether a permit and the ban beside it are about the same requests, but for who is spared."""
    match statements:
        case (Policy(effect="permit") as permit, Policy(effect="forbid") as forbid):
            return _when(forbid) <= _when(permit)
        case _:
            return True


def _when(policy: Policy) -> frozenset[Expr]:
    return frozenset(part for c in policy.conditions if c.kind == "when" for part in flat(c.body, "&&"))


def _alike(statement: Statement) -> object:
    match statement:
        case Procedure():
            return replace(statement, name="")
        case Policy(effect=effect, scope=scope, conditions=conditions):
            needed = [c.body if c.kind == "when" else negate(c.body) for c in conditions]
            return effect, scope, frozenset(part for body in needed for part in flat(body, "&&"))
        case _:
            return statement
