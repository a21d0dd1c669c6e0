"""``evaluate`` and ``AdmissibilityEvaluator`` as a program written for normcore calls them.

Imports the speech room and this package's log. Errors are of the types that the original raises: ValueError,
``ValidationError`` (a kind of it, here not pydantic's) and, for grounds that cannot be walked, one that is both a
ValueError and the TypeError that the original lets out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.compat.normcore.logging import log_observer
from workbench.speech import evaluator as pipeline
from workbench.speech.errors import SpeechError, ValidationError
from workbench.speech.judgment import AdmissibilityJudgment
from workbench.speech.observing import Observer


class AdmissibilityEvaluator(pipeline.AdmissibilityEvaluator):
    """The pipeline, writing to the log ``normcore``."""

    def __init__(self, observer: Observer | None = None) -> None:
        super().__init__(log_observer() if observer is None else observer)

    @classmethod
    def evaluate(
        cls,
        agent_message: Mapping[str, Any],
        trajectory: Sequence[Mapping[str, Any]],
        grounds: Iterable[object] | None = None,
        **kwargs: Any,
    ) -> AdmissibilityJudgment:
        """As the module's ``evaluate``, for a message and the trajectory before (and including) it."""
        try:
            return super().evaluate(
                agent_message,
                trajectory,
                grounds,
                openai_citations=kwargs.get("openai_citations"),
                links=kwargs.get("links"),
                observer=log_observer(),
            )
        except SpeechError as problem:
            raise _as_original(problem) from problem


def evaluate(
    *,
    agent_output: str | None = None,
    conversation: Sequence[Mapping[str, Any]] | None = None,
    grounds: Iterable[object] | None = None,
    **kwargs: Any,
) -> AdmissibilityJudgment:
    """Judge what an agent says by its form and its evidence (specification, section 1).

    ``openai_citations`` adds annotations to the grounds; ``links`` is deprecated and ignored with a warning in the log;
    any other keyword is ignored, as in the original. Raises ValueError, ValidationError.
    """
    try:
        return pipeline.evaluate(
            agent_output=agent_output,
            conversation=conversation,
            grounds=grounds,
            openai_citations=kwargs.get("openai_citations"),
            links=kwargs.get("links"),
            observer=log_observer(),
        )
    except SpeechError as problem:
        raise _as_original(problem) from problem


def _as_original(problem: SpeechError) -> ValueError:
    """The error in the original's type; the stable ``code`` stays on what it was raised from."""
    return problem if isinstance(problem, ValidationError) else ValueError(str(problem))


__all__ = ["AdmissibilityEvaluator", "evaluate"]
