"""English beside rules: which sentences changed, whether a rule stands behind each, and whether they still agree.

Imports authoring (its sentence splitter, and, only when asked, its compiler). A sentence belongs to the rules whose
``@english`` it is, white space apart; headings and comments are no sentences.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring.sentences import split_sentences
from workbench.governance.findings import Finding
from workbench.governance.rule_changes import RulePairs, StillCompiles
from workbench.language.check import check
from workbench.language.program import Rule
from workbench.language.schema import Schema


def english_changes(old: str, new: str, pairs: RulePairs, still_compiles: StillCompiles) -> Iterator[Finding]:
    """Every sentence added or removed that is not the English of a rule added, removed or changed with it."""
    before, after = _sentences(old), _sentences(new)
    kept = [twin for _, twin in pairs.same]
    arriving = {_words(rule.english) for rule in (*pairs.added, *(rule for _, rule in pairs.changed))}
    leaving = {_words(rule.english) for rule in (*pairs.removed, *(rule for rule, _ in pairs.changed))}
    reworded = {_words(rule.english) for rule, twin in pairs.same if rule.english != twin.english}
    for sentence in sorted(after - before):
        beside = [rule for rule in kept if _words(rule.english) == sentence]
        if beside and all(still_compiles(rule.english, rule) for rule in beside):
            yield Finding("minor", f"the English gains “{_short(sentence)}”, beside an unchanged rule")
        elif beside or sentence not in arriving:
            yield Finding("sensitive", f"the English gains “{_short(sentence)}”, which no rule says")
    for sentence in sorted(before - after):
        still_said = any(_words(rule.english) == sentence for rule in kept)
        if still_said or sentence not in leaving | reworded:
            yield Finding("sensitive", f"the English loses “{_short(sentence)}”, and no rule with it")


def compiles_to(sentence: str, rule: Rule, schema: Schema | None) -> bool:
    """Whether the built-in compiler reads ``sentence`` in one way only, and ``rule`` is among the rules it makes."""
    return schema is not None and rule.digest in meant_by(sentence, schema)


def meant_by(sentence: str, schema: Schema) -> frozenset[str]:
    """The digests of the rules that the built-in compiler makes of ``sentence``; empty where it does not read it, or in
    more than one way."""
    if not sentence.strip():
        return frozenset()
    from workbench.authoring.compiler import compile_sentence  # heavy, and rarely needed

    result = compile_sentence(sentence, schema)
    if result.status != "compiled" or len(result.candidates) != 1:
        return frozenset()
    program = check(result.candidates[0].cedar_plus, schema).program
    return frozenset() if program is None else frozenset(made.digest for made in program.rules)


def _sentences(text: str) -> set[str]:
    return {_words(sentence.text) for sentence in split_sentences(text)}


def _words(text: str) -> str:
    return " ".join(text.split())


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 60 else sentence[:59] + "…"
