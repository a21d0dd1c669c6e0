"""``evaluate_speech``: the strict profile's verdict on what an agent says. Imports the stages of this profile.

Statement by statement, then lexicographically: one that violates makes the whole act inadmissible, then ill-formed,
undecided, unsupported ones (specification, section 7). Unlike there, an unsupported act is not licensed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.speech.aggregation import aggregate, to_judgment
from workbench.speech.errors import SpeechError
from workbench.speech.judgment import AdmissibilityJudgment, AdmissibilityStatus
from workbench.speech.normative import EvaluationStatus, StatementValidationResult
from workbench.speech.observing import Pace, unhurried
from workbench.speech.strict.conversation import hear
from workbench.speech.strict.evidence import Evidence, gather
from workbench.speech.strict.reading import Reading
from workbench.speech.strict.statements import ANSWER, HARMLESS, Said, said
from workbench.speech.strict.tables import LANGUAGES
from workbench.speech.strict.verdicts import hint, judge

HINTS = 3
"""Statements that a feedback hint speaks about, the worst first."""
_WORST_FIRST = (
    EvaluationStatus.VIOLATES_NORM,
    EvaluationStatus.ILL_FORMED,
    EvaluationStatus.UNDERDETERMINED,
    EvaluationStatus.UNSUPPORTED,
)
_NO_REFUSAL = frozenset({"assertive", "descriptive", "conditional", "ill_formed", "foreign"})
_NOTHING_SAID = "Nothing was said"
_NOTHING_DECIDABLE = "Nothing in the text can be decided: it holds {0}"
_NOTHING_NORMATIVE = "Only courtesies, offers, questions or headings: nothing is claimed or demanded"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrictJudgment(AdmissibilityJudgment):
    """A judgment of the strict profile; ``diagnostics`` says what was left out of the evidence or the count, and
    why."""

    diagnostics: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {**AdmissibilityJudgment.to_dict(self), "diagnostics": list(self.diagnostics)}


def evaluate_speech(
    *,
    agent_output: str | None = None,
    conversation: Sequence[Mapping[str, Any]] | None = None,
    grounds: Iterable[object] | None = None,
    language: str | None = None,
    pace: Pace = unhurried,
) -> StrictJudgment:
    """Judge an agent's words in the strict profile; the same input gives the same judgment, always.

    ``conversation`` is a list of chat-completions messages that ends with the assistant's, whose words are judged;
    ``agent_output`` alone is judged without a conversation; with both, they must be equal. ``grounds`` are explicit
    grounds or OpenAI annotations, in any mixture. ``language`` is "en" or "de"; None finds it out for each sentence.
    ``pace`` hears how far it is, and ends it by raising.

    Raises :class:`~workbench.speech.errors.SpeechError` (a ValueError, with ``code`` and the place in its text) for
    input that cannot be read. A bad ground is no error: ``diagnostics`` names it and the others count.
    """
    if language is not None and language not in LANGUAGES:
        known = ", ".join(f"`{name}`" for name in LANGUAGES)
        raise SpeechError("unknown_language", f"`language` is one of {known}, not `{language}`")
    heard = hear(agent_output, conversation)
    evidence = gather(heard.results, grounds)
    spoken, code = said(heard.text, language, pace)
    refused = _refused(heard.refusal, language)
    statements = [each for each in (*spoken, *refused) if each.reading.act not in HARMLESS]
    if not statements:
        lone = next((each for each in spoken if each.reading.act == "mute" and each.keys), None)
        statements = [lone] if lone else []
    if not statements:
        return _silent(heard.text + heard.refusal, spoken, code, evidence)
    names = [f"s{number}" for number in range(1, len(statements) + 1)]
    results = []
    for each, name in zip(statements, names, strict=True):
        pace(len(spoken), len(spoken))
        results.append(judge(each, name, evidence))
    return _concluded(statements, results, evidence)


def _refused(refusal: str, language: str | None) -> list[Said]:
    """What stands where the message refuses: one refusal, unless a sentence in it demands or claims something; whoever
    speaks chooses what goes there, so the place by itself licenses nothing else."""
    if not refusal:
        return []
    found, _ = said(refusal, language)
    if not found or any(each.reading.act in _NO_REFUSAL and each.reading.marker != ANSWER for each in found):
        return [each for each in found if each.reading.act not in HARMLESS]
    whole = replace(found[0].sentence, shown=refusal.strip())
    return [Said(whole, Reading("refusal", "the message's refusal"), found[0].language, ())]


def _concluded(
    statements: Sequence[Said], results: Sequence[StatementValidationResult], evidence: Evidence
) -> StrictJudgment:
    verdict = aggregate(results)
    cited = {key for each in statements for key in each.keys}
    worst = [
        (each, result)
        for status in _WORST_FIRST
        for each, result in zip(statements, results, strict=True)
        if result.status is status
    ]
    hints = [hint(each, result.statement.id, result.status, evidence) for each, result in worst[:HINTS]]
    if len(worst) > HINTS:
        hints.append(f"{len(worst) - HINTS} more statements are inadmissible.")
    unlicensed = verdict.status in _WORST_FIRST
    plain = to_judgment(
        replace(
            verdict,
            licensed=verdict.licensed and not unlicensed,
            feedback_hint="\n".join(each for each in hints if each) or None,
            violated_axioms=list(dict.fromkeys(verdict.violated_axioms)),
            explanation=_summary(results, verdict.status),
            grounds_accepted=evidence.accepted(),
            grounds_cited=len({evidence.nodes[handle].id for key in cited for handle in evidence.keys.get(key, ())}),
        )
    )
    return _strict(plain, evidence)


def _summary(results: Sequence[StatementValidationResult], status: EvaluationStatus) -> str:
    """How many statements, and which are in the worst state with which axiom."""
    concerned = [each for each in results if each.status is status]
    ids = ", ".join(each.statement.id for each in concerned[:8]) + (", …" if len(concerned) > 8 else "")
    axioms = ", ".join(dict.fromkeys(each.violated_axiom for each in concerned if each.violated_axiom))
    because = f" ({axioms})" if axioms else ""
    total = f"{len(results)} statement{'s' if len(results) != 1 else ''}"
    if status is EvaluationStatus.ACCEPTABLE:
        return f"{total}: all admissible"
    return f"{total}: {ids} {status.value.replace('_', ' ')}{because}"


def _silent(text: str, spoken: Sequence[Said], code: bool, evidence: Evidence) -> StrictJudgment:
    """The verdict where no sentence is a statement."""
    status = AdmissibilityStatus.NO_NORMATIVE_CONTENT
    explanation = _NOTHING_NORMATIVE
    if not text.strip():
        status, explanation = AdmissibilityStatus.UNDERDETERMINED, _NOTHING_SAID
    elif code or all(each.reading.act == "mute" for each in spoken):
        held = "code, which asserts nothing" if code else "no words"
        status, explanation = AdmissibilityStatus.UNDERDETERMINED, _NOTHING_DECIDABLE.format(held)
    plain = AdmissibilityJudgment(
        status=status, licensed=False, can_retry=False, explanation=explanation, grounds_accepted=evidence.accepted()
    )
    return _strict(plain, evidence)


def _strict(plain: AdmissibilityJudgment, evidence: Evidence) -> StrictJudgment:
    values = {name: getattr(plain, name) for name in AdmissibilityJudgment.__dataclass_fields__}
    return StrictJudgment(**values, diagnostics=list(evidence.remarks))
