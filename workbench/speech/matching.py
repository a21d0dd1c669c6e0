"""The ground-set matcher: which knowledge is a candidate for grounding a statement.

Imports the normative types. Relevance is not tested, as in the original: any observation may ground any text, and what
narrows it down is the citation. A refusal needs none.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.speech.normative import GroundSet, KnowledgeNode, Modality, Statement
from workbench.speech.observing import SILENT, Observer


class GroundSetMatcher:
    """Finds the candidates for a statement."""

    def __init__(self, observer: Observer = SILENT) -> None:
        self._observer = observer

    def match(self, statement: Statement, knowledge_nodes: Sequence[KnowledgeNode]) -> GroundSet:
        """All nodes in order; none for a refusal."""
        found = GroundSet([] if statement.modality is Modality.REFUSAL else list(knowledge_nodes))
        self._observer.debug(
            f"GroundSetMatcher: Found {len(found.nodes)}/{len(knowledge_nodes)} relevant nodes "
            f"for statement '{statement.subject} {statement.predicate}'"
        )
        return found
