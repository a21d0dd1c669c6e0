"""A whole English text → the constitution with its new rules appended, their tests, and what was not understood. Pure.

Standing rules keep their text and comments to the byte; rules written by hand are never touched. Imports
sentence_memory, standing, sentences, testgen; language for checking and rendering.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from workbench.authoring.antecedents import meant, read_in_text
from workbench.authoring.report import findings
from workbench.authoring.result import DocumentResult, SentenceResult
from workbench.authoring.sentence_memory import SentenceMemory
from workbench.authoring.sentences import split_sentences
from workbench.authoring.standing import Standing, bare, normal, sentence_read
from workbench.authoring.testgen import generate_tests
from workbench.language.ast import Annotation, Binary, Lit, Method, Policy, Prefer, Procedure, Statement, walk
from workbench.language.check import check
from workbench.language.diagnostics import Diagnostic, LineMap, Span
from workbench.language.program import Program
from workbench.language.render import render_statement
from workbench.language.schema import Schema

MOST_SENTENCES = 2000
MOST_DIRECTED = 60
"""New rules beyond which tests are made from conditions alone: directing them by mistakes costs rules x rules."""
_MOST_ID = 56


def compile_document(
    english: str,
    schema: Schema,
    current_source: str = "",
    *,
    choices: Mapping[str, str] | None = None,
    memory: SentenceMemory | None = None,
    language: str = "en",
) -> DocumentResult:
    """Compile every sentence of ``english`` that has no rule yet.

    A sentence stands already when a rule carries it as ``@english`` (white space aside) or says the very same.
    Ambiguous and refused sentences add nothing. A current source with errors stays as it is: its diagnostics are
    returned, and the sentences are compiled without being added. ``choices``: the digest of the reading that a person
    chose, by the sentence; ``memory``: of what was compiled before; ``language``: of
    :data:`~workbench.authoring.speech.LANGUAGES`. Never raises on bad text.
    """
    checked = check(current_source, schema)
    standing = checked.program
    lines, known, remembered, chosen = LineMap(english), Standing(standing), memory or SentenceMemory(), choices or {}
    everything = split_sentences(english, language)
    sentences = everything[:MOST_SENTENCES]
    if language == "en":
        found = [
            read_in_text(sentence, said, lines, schema, known, remembered, chosen)
            for sentence, said in zip(sentences, meant(sentences, schema, remembered), strict=True)
        ]
    else:
        found = [
            sentence_read(s.text, s.start, lines, schema, known, remembered, chosen, language=language)
            for s in sentences
        ]
    if standing is None:
        return DocumentResult(tuple(found), current_source, diagnostics=checked.diagnostics)
    diagnostics = list(_orphans(standing, found, current_source))
    if len(everything) > len(sentences):
        diagnostics.append(_unread(everything[MOST_SENTENCES].start, len(everything), english))
    source, added, results = _append(current_source, standing, found, schema, english)
    diagnostics.extend(d for r in results if r.status in ("ambiguous", "refused") for d in r.diagnostics)
    ids = tuple(name for name, _ in added)
    if not added:
        return DocumentResult(tuple(results), current_source, diagnostics=tuple(diagnostics))
    program = check(source, schema).program
    directed = len(ids) <= MOST_DIRECTED
    tests = tuple(generate_tests(program, ids, solve=directed)) if program is not None else ()
    if program is not None and not directed:
        diagnostics.append(_undirected(len(ids), english))
    if program is not None:
        places = {normal(result.meant or result.text): Span(result.start, result.end) for result in results}
        spans = {name: places[said] for name in ids if (said := normal(program.by_id[name].english)) in places}
        diagnostics.extend(findings(program, ids, tests, spans, english))
    return DocumentResult(tuple(results), source, tuple(s for _, s in added), ids, tests, tuple(diagnostics))


def _unread(start: int, count: int, english: str) -> Diagnostic:
    span, lines = Span(start, len(english)), LineMap(english)
    return Diagnostic(
        "CA106", f"the text has {count:,} sentences; only the first {MOST_SENTENCES:,} were read",
        span, lines.position(span.start), lines.position(span.end), help="compile it in parts",
    )  # fmt: skip


def _undirected(count: int, english: str) -> Diagnostic:
    place = LineMap(english).position(0)
    return Diagnostic(
        "CA107", f"for {count} new rules at once no tests were made from the mistakes that somebody could make in them",
        Span(0, 0), place, place, "info", help="`workbench test FILE --generate CASES` makes them",
    )  # fmt: skip


def _orphans(standing: Program, found: Sequence[SentenceResult], source: str) -> list[Diagnostic]:
    """Rules whose sentence is no longer in the text: they stay, and are shown."""
    said = {normal(result.meant or result.text) for result in found}
    lines = LineMap(source)
    orphans = []
    for rule in standing.rules:
        if rule.english and normal(rule.english) not in said:
            span = Span(rule.span.start, rule.span.end)
            orphans.append(
                Diagnostic(
                    "CP110",
                    f"the sentence of rule `{rule.id}` is no longer in the English text",
                    span, lines.position(span.start), lines.position(span.end), "warning",
                    help="remove the rule, or put its sentence back", rule=rule.id,
                )
            )  # fmt: skip
    return orphans


def _append(
    source: str, standing: Program, found: Sequence[SentenceResult], schema: Schema, english: str
) -> tuple[str, list[tuple[str, Statement]], list[SentenceResult]]:
    """The source with the rules of every compiled sentence, each annotated; those that do not check are refused."""
    results = list(found)
    taken = set(standing.by_id) | {s.statement.name for s in standing.rules if isinstance(s.statement, Procedure)}
    known = {bare(rule.statement) for rule in standing.rules}
    added: list[tuple[str, Statement]] = []
    waiting = [i for i, result in enumerate(results) if result.status == "compiled"]
    while waiting:
        left = []
        for index in waiting:
            result = results[index]
            new = [s for s in result.candidates[0].statements if s not in known]
            if not new:
                results[index] = replace(result, status="kept", words=())
                continue
            named = _annotated(new, result.meant or result.text, taken)
            text = _joined(source, [statement for _, statement in named])
            errors = check(text, schema).errors
            if errors:
                left.append(index)
                results[index] = replace(result, diagnostics=_moved(errors, result, english))
                continue
            source = text
            added.extend(named)
            taken.update(name for name, _ in named)
            known.update(new)
            results[index] = replace(result, diagnostics=())
        if len(left) == len(waiting):
            for index in left:
                results[index] = replace(results[index], status="refused", candidates=())
            break
        waiting = left
    return source, added, results


def _moved(errors: Sequence[Diagnostic], result: SentenceResult, english: str) -> tuple[Diagnostic, ...]:
    """What the checker said about the rules of a sentence, hung on the sentence."""
    lines = LineMap(english)
    span = Span(result.start, result.end)
    return tuple(
        replace(error, span=span, start=lines.position(span.start), end=lines.position(span.end), fix="", rule="")
        for error in errors
    )


def _joined(source: str, statements: Sequence[Statement]) -> str:
    texts = [render_statement(statement) for statement in statements]
    before = source if not source or source.endswith("\n") else source + "\n"
    if before.strip():
        before += "" if before.endswith("\n\n") else "\n"
    return before + "\n\n".join(texts) + "\n"


def _annotated(new: Sequence[Statement], sentence: str, taken: set[str]) -> list[tuple[str, Statement]]:
    named: list[tuple[str, Statement]] = []
    used = set(taken)
    for statement in new:
        base = short_name(statement)
        name, number = base, 2
        while name in used:
            name, number = f"{base}-{number}", number + 1
        used.add(name)
        marks = (Annotation("id", name), Annotation("english", normal(sentence)))
        named.append((name, replace(statement, annotations=marks)))
    return named


def short_name(statement: Statement) -> str:
    """A kebab-case name that says what the rule is about: ``never-share-external-email``."""
    if isinstance(statement, Procedure):
        return _kebab([statement.name])
    words = ["prefer" if statement.score >= 0 else "avoid"] if isinstance(statement, Prefer) else []
    if isinstance(statement, Policy):
        words = ["may" if statement.effect == "permit" else "never"]
    actions = [entity.id for entity in statement.scope.action.entities]
    words.extend(actions[:2] or ["act"])
    for scope in (statement.scope.principal, statement.scope.resource):
        if scope.entity is not None and hasattr(scope.entity, "id"):
            words.append(scope.entity.id)
    for condition in statement.conditions:
        told = [_told(node) for node in walk(condition.body)]
        values = [word for word in told if word][:2]
        if values and condition.kind == "unless":
            words.append("unless")
        words.extend(values)
    return _kebab(words)


def _told(node: object) -> str:
    match node:
        case Method(method="contains", args=(Lit(value=str() as value),)):
            return value
        case Binary(op="==", right=Lit(value=str() as value)):
            return value
        case Binary(op=("<" | "<=" | ">" | ">="), right=Lit(value=int() as value)):
            return str(value)
        case _:
            return ""


def _kebab(words: Sequence[str]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")
    cut = slug if len(slug) <= _MOST_ID else slug[:_MOST_ID].rsplit("-", 1)[0]
    return cut or "rule"
