"""From what a model proposes to readings that a person can judge: each proposal is read, doubted, and rendered. Pure.

A rewrite is read by the built-in compiler; Cedar+ of the model's passes the parser, the checker and the engine, loses
every annotation, and may hold neither templates nor procedures for amendments. Nothing here is ever `compiled`: a
model's proposal is a reading that a person confirms. Imports the compiler, model_answer, model_faith, language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from workbench.authoring.compiler import compile_sentence
from workbench.authoring.model_answer import CedarAnswer, RewriteAnswer, as_said
from workbench.authoring.model_clusters import decides_alike
from workbench.authoring.model_faith import alarms, shown_letters, strange_letters
from workbench.authoring.paraphrase import paraphrase
from workbench.authoring.result import Reading, SentenceResult
from workbench.authoring.sentences import split_sentences
from workbench.language.ast import Policy, Procedure, Slot, Statement
from workbench.language.check import check
from workbench.language.diagnostics import Diagnostic
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.render import render_statement
from workbench.language.schema import Schema

Way: TypeAlias = Literal["rewrite", "direct"]
UNREAD = "written by a model, not read by the compiler"
MOST_STATEMENTS = 8


@dataclass(frozen=True, slots=True)
class Proposal:
    """One answer of a model that came through. ``rewrite``: the sentences that the compiler read; empty for ``direct``.

    ``assumed``: what the model says that it assumed. ``marks``: what a person should look at before confirming.
    """

    way: Way
    reading: Reading
    rewrite: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        return self.reading.statements


class Unusable(Exception):  # noqa: N818 - the ordinary outcome of a model's answer, never an error to callers
    """An answer that comes to nothing. ``findings``: one sentence each, to be fed back. ``code``: why, in one word.

    Codes: ``model_refused`` (the model says that it cannot), ``model_not_read`` (the compiler or the checker does not
    take it), ``model_unfaithful`` (it says more than the sentence), ``model_strange_letters``.
    """

    def __init__(self, code: str, findings: Sequence[str]) -> None:
        super().__init__(code)
        self.code = code
        self.findings = tuple(findings)


def findings_of(diagnostics: Sequence[Diagnostic]) -> tuple[str, ...]:
    """Diagnostics as sentences for a model."""
    return tuple(f"{d.message}{f' ({d.help})' if d.help else ''}" for d in diagnostics)


# ---- a rewrite in controlled English ---------------------------------------------------------------------------------


def read_rewrite(answer: RewriteAnswer, sentence: str, schema: Schema) -> Proposal:
    """The rules that the compiler makes of the rewritten sentences. Raises :class:`Unusable`."""
    said = [each.text for line in answer.sentences for each in split_sentences(line)]
    if not said:
        raise _cannot(answer.cannot, "there is no sentence in the answer")
    if answer.cannot.strip():
        raise Unusable("model_not_read", ["either give sentences or say why not, not both"])
    _familiar("\n".join(said), sentence, schema)
    findings: list[str] = []
    readings: list[Reading] = []
    for number, text in enumerate(said, start=1):
        result = compile_sentence(text, schema)
        if result.status == "compiled":
            readings.append(result.candidates[0])
            continue
        findings.extend(f"sentence {number}: {finding}" for finding in _unread(result))
    if findings:
        raise Unusable("model_not_read", findings)
    statements = tuple(dict.fromkeys(s for reading in readings for s in reading.statements))
    notes = tuple(dict.fromkeys(note for reading in readings for note in reading.assumptions))
    marks = _doubted(sentence, statements, schema, " ".join(said))
    _checked(statements, schema)
    reading = _reading(statements, schema, notes)
    return Proposal("rewrite", reading, tuple(said), _assumed(answer.assumed), marks)


def _unread(result: SentenceResult) -> Iterator[str]:
    if result.status == "ambiguous":
        readings = "; ".join(f"({n}) {r.paraphrase}" for n, r in enumerate(result.candidates[:6], start=1))
        yield f"it can be read in several ways, say which: {readings}"
    yield from findings_of(result.diagnostics)


# ---- Cedar+ of the model's own ---------------------------------------------------------------------------------------


def read_cedar(answer: CedarAnswer, sentence: str, schema: Schema) -> Proposal:
    """The model's own rules, if they parse, check and say no more than the sentence. Raises :class:`Unusable`."""
    if not answer.cedar_plus.strip():
        raise _cannot(answer.cannot, "there are no rules in the answer")
    if answer.cannot.strip():
        raise Unusable("model_not_read", ["either give rules or say why not, not both"])
    _familiar(answer.cedar_plus, sentence, schema)
    parsed = parse(answer.cedar_plus)
    if parsed.diagnostics:
        raise Unusable("model_not_read", findings_of(parsed.diagnostics))
    if not parsed.statements:
        raise Unusable("model_not_read", ["there are no rules in the answer"])
    if len(parsed.statements) > MOST_STATEMENTS:
        raise Unusable("model_not_read", [f"more than {MOST_STATEMENTS} rules for one sentence"])
    if found := list(_out_of_bounds(parsed.statements)):
        raise Unusable("model_not_read", found)
    # annotations are the model's words about its own rules (an id, an English text, a stage): none of them is kept
    bare = tuple(dict.fromkeys(replace(desugar(s), annotations=()) for s in parsed.statements))
    _checked(bare, schema)
    marks = (UNREAD, *_doubted(sentence, bare, schema))
    return Proposal("direct", _reading(bare, schema, ()), (), _assumed(answer.assumed), marks)


def _out_of_bounds(statements: Sequence[Statement]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, Procedure):
            if statement.amendment is not None:
                yield "a procedure for amendments is not for a model to write"
        elif any(isinstance(scope.entity, Slot) for scope in (statement.scope.principal, statement.scope.resource)):
            yield "templates (`?principal`, `?resource`) are not for a model to write"


# ---- both ------------------------------------------------------------------------------------------------------------


def _familiar(text: str, sentence: str, schema: Schema) -> None:
    strange = strange_letters(text, sentence, schema)
    if strange:
        finding = f"letters that neither the sentence nor the schema has: {shown_letters(strange)}; use plain ones"
        raise Unusable("model_strange_letters", [finding])


def _checked(statements: Sequence[Statement], schema: Schema) -> None:
    names = {s.name for s in statements if isinstance(s, Procedure)}
    # a procedure that escalates to one of the constitution's own is checked with a stand-in for that one
    wanted = {
        f.procedure
        for s in statements
        if isinstance(s, Procedure)
        for f in (s.on_timeout, s.on_rejection)
        if f is not None and f.procedure and f.procedure not in names
    }
    stand_ins = [_stand_in(name, statements) for name in sorted(wanted)]
    source = "\n\n".join(render_statement(s) for s in (*statements, *stand_ins))
    errors = check(source, schema).errors
    if errors:
        raise Unusable("model_not_read", findings_of(errors))


def _stand_in(name: str, statements: Sequence[Statement]) -> Procedure:
    like = next(s for s in statements if isinstance(s, Procedure))
    return replace(like, name=name, annotations=(), on_timeout=None, on_rejection=None)


def _doubted(sentence: str, statements: Sequence[Statement], schema: Schema, rewrite: str = "") -> tuple[str, ...]:
    found = alarms(sentence, statements, schema, rewrite)
    if objections := (*found.objections, *dict.fromkeys(_without_effect(statements, schema))):
        raise Unusable("model_unfaithful", objections)
    return found.marks


def _without_effect(statements: Sequence[Statement], schema: Schema) -> Iterator[str]:
    """Rules that look narrower, or stricter, than they are."""
    for statement in statements:
        if not isinstance(statement, Policy) or not statement.conditions:
            continue
        if statement.effect == "permit":  # met by every request, as far as is known: better refused than believed
            if decides_alike((statement,), (replace(statement, conditions=()),), schema).alike:
                yield "its conditions leave nothing out: it permits whatever its scope covers"
        else:
            idle = decides_alike((statement,), (), schema)
            if idle.alike and idle.proved:
                yield "it forbids nothing: no request meets its conditions"


def _reading(statements: tuple[Statement, ...], schema: Schema, notes: tuple[str, ...]) -> Reading:
    return Reading(
        statements,
        "\n\n".join(render_statement(s) for s in statements),
        " ".join(paraphrase(s, schema) for s in statements),
        notes,
    )


def _assumed(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(as_said(line) for line in lines[:8])


def _cannot(why: str, otherwise: str) -> Unusable:
    """The model's own no; it is quoted as its words, for a person, and not argued with."""
    if why.strip():
        return Unusable("model_refused", [as_said(why)])
    return Unusable("model_not_read", [otherwise])
