"""The axioms' verdict on one statement, in words: how it is read and why, what it lacks, what would make it admissible.

Imports the licence deriver and the axiom checker of this room (A4 to A7 of draft-romanchuk-normative-admissibility-00),
evidence, statements, tables, written. The licence of a statement comes only from the grounds that it cites itself.
"""

from __future__ import annotations

from workbench.speech.axioms import AxiomChecker
from workbench.speech.judgment import json_text
from workbench.speech.licence import LicenseDeriver
from workbench.speech.normative import (
    EvaluationStatus,
    GroundSet,
    License,
    Modality,
    Scope,
    Statement,
    StatementValidationResult,
)
from workbench.speech.strict.evidence import Evidence, cited_nodes
from workbench.speech.strict.statements import ALIEN, Said
from workbench.speech.strict.tables import language
from workbench.speech.strict.written import as_written

_READ_AS = {
    "assertive": "Read as a demand or recommendation by {0}",
    "descriptive": "Read as a claim by {0}",
    "conditional": "Read as conditional on {0}",
    "refusal": "Read as a refusal by {0}",
}
_LONGEST = 120
"""Characters of a sentence that a hint quotes."""


def judge(said: Said, identity: str, evidence: Evidence) -> StatementValidationResult:
    """The verdict on one statement, whose id is ``identity``."""
    reading, act = said.reading, said.reading.act
    text = said.sentence.shown
    if act in {"ill_formed", "mute", "foreign"}:
        statement = Statement(identity, "agent", "participation", text)
        status = EvaluationStatus.UNDERDETERMINED if act == "foreign" else EvaluationStatus.ILL_FORMED
        return StatementValidationResult(statement, status, License(), GroundSet(), None, _unread(said))
    modality = Modality(act)
    predicate = "refuses" if modality is Modality.REFUSAL else "participation"
    statement = Statement(identity, "agent", predicate, text, modality, list(reading.conditions))
    cited = GroundSet([] if modality is Modality.REFUSAL else cited_nodes(evidence, said.keys))
    licence = LicenseDeriver().derive(cited)
    found = AxiomChecker().check(statement, licence, cited)
    explained = _explained(said, found.status, found.violated_axiom, cited, evidence)
    return StatementValidationResult(statement, found.status, licence, cited, found.violated_axiom, explained)


def _unread(said: Said) -> str:
    if said.reading.act == "foreign":
        return "The sentence is in no language that this profile has a table for (or not in the chosen one): undecided"
    if said.reading.act == "mute":
        return "A citation without a statement that it could support"
    return "The statement speaks about its own admissibility, which only the evaluation can tell"


def _explained(said: Said, status: EvaluationStatus, axiom: str | None, cited: GroundSet, evidence: Evidence) -> str:
    reading = said.reading
    by = f"`{_written(reading.marker, said)}`" if reading.marker else "its form: nothing shows it to be anything else"
    if reading.act == "conditional":
        by = json_text([_written(each, said) for each in reading.conditions])
    words = [_READ_AS[reading.act].format(by)]
    if reading.idle and reading.act != "conditional":
        words.append(_idle(reading.idle, said))
    if status is EvaluationStatus.ACCEPTABLE and reading.act == "refusal":
        return f"{words[0]}; an explicit refusal is always admissible (A6)"
    grounds = [node.id for node in cited.nodes if node.scope is Scope.FACTUAL]
    if status is EvaluationStatus.ACCEPTABLE:
        return f"{'; '.join(words)}; grounded in {json_text(grounds)}"
    if status is EvaluationStatus.CONDITIONALLY_ACCEPTABLE:
        also = f", and grounded in {json_text(grounds)}" if grounds else ""
        return f"{words[0]}, which it declares (A7){also}"
    return f"{'; '.join(words)}; {_missing(said, evidence)}, so it is not licensed ({axiom})"


def _written(words: str, said: Said) -> str:
    """Words that a reading names, as the sentence writes them."""
    spelling = language(said.language).spelling if said.language else {}
    return as_written(words, said.sentence.shown, spelling)


def _idle(content: str, said: Said) -> str:
    if content == ALIEN:
        return "it mixes languages, so no courtesy, question or refusal is read into it"
    return f"the condition `{_written(content, said)}` states nothing that could fail"


def _missing(said: Said, evidence: Evidence) -> str:
    """Which ground is missing: none cited, or what is wrong with those that are."""
    if not said.keys:
        return "it cites no ground"
    wrong = []
    for key in said.keys:
        if key in evidence.idle and not evidence.supports(key):
            wrong.append(evidence.idle[key])
        elif key not in evidence.keys:
            wrong.append(f"`[@{_cut(key)}]` names no ground that was accepted")
    return "; ".join(wrong)


def hint(said: Said, identity: str, status: EvaluationStatus, evidence: Evidence) -> str:
    """What would make an inadmissible statement admissible, with the statement's own words; or nothing."""
    quoted = f'{identity} "{_cut(said.sentence.shown)}"'
    if status is EvaluationStatus.ILL_FORMED:
        return f"{quoted}: say what the citation supports, and nothing about the statement's own standing."
    if status not in {EvaluationStatus.VIOLATES_NORM, EvaluationStatus.UNSUPPORTED}:
        return ""
    german = said.language == "de"
    key = evidence.best_key()
    if key:
        cite = f'cite what you observed, as in "{_with_key(said.sentence.shown, key)}"'
    else:
        cite = "observe it first: no result of a tool and no ground was accepted, so there is nothing to cite"
    form = '"Falls …, …"' if german else '"If …, then …"'
    decline = '"Ich kann nicht beurteilen, ob …"' if german else '"I cannot determine whether …"'
    return f"{quoted}: {cite}; or state a condition that could fail ({form}); or decline ({decline})."


def _with_key(shown: str, key: str) -> str:
    """The sentence with a citation before its final mark."""
    text = _cut(shown)
    bare = text.rstrip(".!?…")
    return f"{bare} [@{_cut(key)}]{text[len(bare) :][:1] or '.'}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
