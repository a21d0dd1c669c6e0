"""The licence deriver: which forms of speech the evidence permits (the draft's Table 5, as the original reads it).

Imports grounds, the normative types, the observer. With links, only factual evidence that the text cites in support
counts. Without (None), presence counts as use: the conservative mode. Contextual evidence licenses nothing by itself.
"""

from __future__ import annotations

from typing import Any

from workbench.speech.grounds import LinkRole, LinkSet
from workbench.speech.normative import GroundSet, KnowledgeNode, License, Modality, Scope, Strength
from workbench.speech.observing import SILENT, WARNING, Observer, shown

REFUSAL_ONLY = frozenset({Modality.REFUSAL})
CONDITIONALLY = frozenset({Modality.CONDITIONAL, Modality.REFUSAL})
OUTRIGHT = frozenset({Modality.ASSERTIVE, Modality.CONDITIONAL, Modality.REFUSAL})


class LicenseDeriver:
    """Derives the licence of one statement from its candidates."""

    def __init__(self, observer: Observer = SILENT) -> None:
        self._observer = observer

    def derive(self, ground_set: GroundSet, links: LinkSet | None = None) -> License:
        """The licence: all three forms on strong factual evidence, conditional and refusal on weak, else refusal."""
        if links is None:
            used, because = ground_set.get_nodes_by_scope(Scope.FACTUAL), "no factual grounds"
        else:
            used, because = self._cited(ground_set, links)
        mode = "conservative" if links is None else "with links"
        if any(node.strength == Strength.STRONG for node in used):
            permitted, words = OUTRIGHT, "ASSERTIVE, CONDITIONAL, REFUSAL (strong factual"
        elif used:
            permitted, words = CONDITIONALLY, "CONDITIONAL, REFUSAL (weak factual"
        else:
            self._observer.debug(f"License ({mode}): REFUSAL only ({because})")
            return License(REFUSAL_ONLY)
        self._observer.debug(f"License ({mode}): {words}{'' if links is None else ' SUPPORTS'})")
        return License(permitted)

    def derive_with_trace(self, ground_set: GroundSet, links: LinkSet | None = None) -> tuple[License, dict[str, Any]]:
        """The licence, and what it was derived from as JSON values."""
        licence = self.derive(ground_set, links)
        strength = ground_set.get_scope_strength(Scope.FACTUAL)
        trace: dict[str, Any] = {
            "mode": "conservative" if links is None else "links",
            "ground_set_size": len(ground_set.nodes),
            "is_empty": ground_set.is_empty(),
            "factual": {
                "present": ground_set.has_factual(),
                "strength": strength,
                "has_strong": ground_set.has_strong_in_scope(Scope.FACTUAL),
            },
            "non_factual_scopes_present": [
                scope.value for scope in Scope if scope is not Scope.FACTUAL and ground_set.has_scope(scope)
            ],
            "permitted_modalities": licence.names(),
        }
        if links is not None:
            trace["supports_links_count"] = sum(link.role is LinkRole.SUPPORTS for link in links.links)
        if ground_set.nodes:
            trace["nodes"] = [
                {"id": node.id, "scope": node.scope.value, "strength": str(node.strength)} for node in ground_set.nodes
            ]
        return licence, trace

    def _cited(self, ground_set: GroundSet, links: LinkSet) -> tuple[list[KnowledgeNode], str]:
        """The factual candidates that a supporting link reaches; and why there are none, if so."""
        supporting = [link.ground_id for link in links.links if link.role is LinkRole.SUPPORTS]
        if not supporting:
            return [], "no SUPPORTS links"
        by_id: dict[str, KnowledgeNode] = {}
        by_entity: dict[str, KnowledgeNode] = {}
        for node in ground_set.nodes:
            by_id.setdefault(node.id, node)
            if node.semantic_id is not None:
                by_entity.setdefault(node.semantic_id, node)
        resolved = {ground_id: by_id.get(ground_id) or by_entity.get(ground_id) for ground_id in supporting}
        missing = [ground_id for ground_id, found in resolved.items() if found is None]
        if missing and self._observer.level <= WARNING:
            named = ", ".join(f"`{shown(ground_id)}`" for ground_id in missing[:5])
            self._observer.warning(f"License (with links): Could not resolve {len(missing)} grounds: {named}")
        reached = [found for found in resolved.values() if found is not None and found.scope is Scope.FACTUAL]
        return reached, "no factual SUPPORTS grounds"
