"""The evaluator: the stages one after the other, in the profile that agrees with the original.

Imports the other modules of this room. Extract tool results, build the knowledge, extract the statement, detect its
modality, match candidates, derive the licence, apply the axioms, aggregate. No state is kept between evaluations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.speech.aggregation import NO_CONTENT, PROTOCOL_ONLY, aggregate, to_judgment
from workbench.speech.axioms import AxiomChecker
from workbench.speech.citations import build_links_from_grounds, coerce_grounds_input, grounds_from_tool_call_refs
from workbench.speech.errors import SpeechError
from workbench.speech.extraction import FINAL_RESPONSE, StatementExtractor
from workbench.speech.grounds import LinkSet
from workbench.speech.judgment import AdmissibilityJudgment
from workbench.speech.knowledge import KnowledgeStateBuilder
from workbench.speech.licence import LicenseDeriver
from workbench.speech.matching import GroundSetMatcher
from workbench.speech.messages import (
    ConversationMessage,
    RefusalSpeechAct,
    parse_conversation,
    read_assistant,
    speech_act,
    tool_results,
)
from workbench.speech.modality import ModalityDetector
from workbench.speech.normative import (
    EvaluationStatus,
    KnowledgeNode,
    License,
    Modality,
    Statement,
    StatementValidationResult,
    ValidationResult,
)
from workbench.speech.observing import INFO, SILENT, Observer, preview


class AdmissibilityEvaluator:
    """Runs the pipeline. The stages are its own and may be replaced one by one, which is how they are tested."""

    def __init__(self, observer: Observer = SILENT) -> None:
        self.observer = observer
        self.builder = KnowledgeStateBuilder(observer)
        self.extractor = StatementExtractor(observer)
        self.detector = ModalityDetector(observer)
        self.matcher = GroundSetMatcher(observer)
        self.deriver = LicenseDeriver(observer)
        self.checker = AxiomChecker()

    @classmethod
    def evaluate(
        cls,
        agent_message: Mapping[str, Any],
        trajectory: Sequence[Mapping[str, Any]],
        grounds: Iterable[object] | None = None,
        *,
        openai_citations: Iterable[object] | None = None,
        links: object = None,
        observer: Observer = SILENT,
    ) -> AdmissibilityJudgment:
        """Judge an assistant message by what its trajectory observed, and by the grounds given.

        Raises SpeechError (a ValueError) for messages that cannot be read and for grounds that are no list.
        """
        messages = parse_conversation(trajectory)
        last = messages[-1] if trajectory and trajectory[-1] is agent_message else read_assistant(agent_message)
        evaluator = cls(observer)
        return evaluator.judge(last, messages, grounds, openai_citations=openai_citations, links=links)

    def judge(
        self,
        last: ConversationMessage,
        messages: Sequence[ConversationMessage],
        grounds: Iterable[object] | None = None,
        *,
        openai_citations: Iterable[object] | None = None,
        links: object = None,
    ) -> AdmissibilityJudgment:
        """Judge a message that has been read already. Raises SpeechError as ``evaluate`` does."""
        act = speech_act(last)
        nodes, references = self.builder.build_with_references(tool_results(messages))
        external = coerce_grounds_input(
            grounds=grounds,
            legacy_openai_citations=openai_citations,
            legacy_links=links,
            observer=self.observer,
        )
        nodes = self.builder.materialize_external_grounds(nodes, external)
        pool = external + grounds_from_tool_call_refs(references)
        text = act.refusal if isinstance(act, RefusalSpeechAct) else act.text
        refused = isinstance(act, RefusalSpeechAct)
        cited = build_links_from_grounds(text=text, grounds=pool, statement_id="refusal" if refused else FINAL_RESPONSE)
        result = self.refusal(text, nodes, cited) if refused else self.text(text, nodes, cited)
        return to_judgment(
            replace(
                result,
                grounds_accepted=len({ground.ground_id for ground in pool}),
                grounds_cited=len({link.ground_id for link in cited.links}),
            )
        )

    def text(self, text: str, nodes: Sequence[KnowledgeNode], links: LinkSet | None) -> ValidationResult:
        """Judge what an agent says in words. ``links=None`` is the deriver's conservative mode."""
        if not text:
            return ValidationResult(EvaluationStatus.UNDERDETERMINED, False, False, explanation=NO_CONTENT)
        found = self.extractor.extract(text)
        if not found:
            self.observer.info(
                "AdmissibilityEvaluator: No normative utterances extracted (protocol-only output after segmentation)"
            )
            return ValidationResult(EvaluationStatus.NO_NORMATIVE_CONTENT, False, False, explanation=PROTOCOL_ONLY)
        self.observer.info(f"AdmissibilityEvaluator: Extracted {len(found)} statements")
        return self.conclude(
            [self.statement(self.detector.detect_with_conditions(each), nodes, links) for each in found]
        )

    def refusal(self, text: str, nodes: Sequence[KnowledgeNode], links: LinkSet | None) -> ValidationResult:
        """Judge a refusal that the agent made in a message part of its own."""
        refused = Statement("refusal", "agent", "refuses", text, Modality.REFUSAL)
        return self.conclude([self.statement(refused, nodes, links)])

    def statement(
        self, statement: Statement, nodes: Sequence[KnowledgeNode], links: LinkSet | None
    ) -> StatementValidationResult:
        """Judge one statement whose modality is known: candidates, licence, axioms."""
        candidates = self.matcher.match(statement, nodes)
        licence = License() if statement.modality is Modality.DESCRIPTIVE else self.deriver.derive(candidates, links)
        checked = self.checker.check(statement, licence, candidates)
        if self.observer.level <= INFO:
            modality = statement.modality.value if statement.modality else None
            self.observer.info(f"  Statement: {preview(statement.raw_text)}")
            self.observer.info(f"    Modality: {modality}, License: {licence.names()}, Status: {checked.status.value}")
            if checked.violated_axiom:
                self.observer.info(f"    Violated: {checked.violated_axiom}")
        return StatementValidationResult(
            statement, checked.status, licence, candidates, checked.violated_axiom, checked.explanation
        )

    def conclude(self, results: Sequence[StatementValidationResult]) -> ValidationResult:
        """The verdict on statements that have been judged."""
        verdict = aggregate(results)
        self.observer.info(
            f"AdmissibilityEvaluator: Status={verdict.status.value}, Licensed={verdict.licensed}, "
            f"({verdict.num_acceptable}/{verdict.num_statements} acceptable, {len(verdict.violated_axioms)} violations)"
        )
        return verdict


def evaluate(
    *,
    agent_output: str | None = None,
    conversation: Sequence[Mapping[str, Any]] | None = None,
    grounds: Iterable[object] | None = None,
    openai_citations: Iterable[object] | None = None,
    links: object = None,
    observer: Observer = SILENT,
) -> AdmissibilityJudgment:
    """Judge an agent's words in the compatible profile.

    ``conversation`` is a list of chat-completions messages that ends with the assistant's; ``agent_output`` alone
    stands for a conversation of that one message; with both, they must be equal. ``grounds`` are explicit grounds or
    OpenAI annotations. Raises SpeechError (a ValueError) with the message of the specification's section 1.1 for what
    cannot be judged, and ValidationError for a part, a tool call or a list of grounds of the wrong shape.
    """
    if agent_output is None and conversation is None:
        raise SpeechError("nothing_to_judge", "evaluate requires agent_output or conversation")
    if conversation is None:
        conversation = [{"role": "assistant", "content": agent_output}]
    elif not isinstance(conversation, list) or not conversation:
        raise SpeechError("conversation_not_a_list", "conversation must be a non-empty list")
    else:
        last = conversation[-1]
        if not isinstance(last, dict) or last.get("role") != "assistant":
            raise SpeechError("last_message_not_assistant", "Last conversation item must be an assistant message")
        if agent_output is not None:
            content = last.get("content")
            if not isinstance(content, str):
                raise SpeechError(
                    "last_content_not_text",
                    "Last conversation assistant content must be a string when agent_output is provided",
                )
            if agent_output != content:
                raise SpeechError(
                    "agent_output_mismatch", "agent_output must match the last assistant content in conversation"
                )
    return AdmissibilityEvaluator.evaluate(
        conversation[-1],
        conversation,
        grounds,
        openai_citations=openai_citations,
        links=links,
        observer=observer,
    )
