"""Citations: the keys that a text cites as ``[@key]``, and the grounds that they reach.

Imports grounds, annotations, the observer. A key is a letter followed by letters, digits, ``_`` and ``-``. Which
grounds count is all or nothing here, as in the original: one item that is neither a ground nor an annotation, or a
mixture of the two, and none does; a warning says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from workbench.speech.annotations import OpenAICitation, parse_openai_citations
from workbench.speech.errors import ValidationError
from workbench.speech.grounds import (
    CreatorType,
    EvidenceType,
    Ground,
    LinkRole,
    LinkSet,
    Provenance,
    StatementGroundLink,
    listed,
    member_in,
    parse_grounds,
    text_in,
    text_or_none,
)
from workbench.speech.observing import SILENT, Observer

_KEY = re.compile(r"\[@([A-Za-z][A-Za-z0-9_-]*)\]")
OPENAI = "openai_citation"


def extract_citation_keys(text: str) -> list[str]:
    """The keys that a text cites, each once, in order of first appearance; inside code and links too."""
    return list(dict.fromkeys(_KEY.findall(text))) if "[@" in text else []


def build_links_from_grounds(*, text: str, grounds: Iterable[Ground], statement_id: str) -> LinkSet:
    """For each key that the text cites, a link to every ground under that key, in the order of the grounds."""
    keys = extract_citation_keys(text)
    if not keys:
        return LinkSet()
    by_key: dict[str, list[Ground]] = {}
    for ground in grounds:
        by_key.setdefault(ground.citation_key, []).append(ground)
    return LinkSet(links=[_link(ground, statement_id) for key in keys for ground in by_key.get(key, ())])


def _link(ground: Ground, statement_id: str) -> StatementGroundLink:
    evidence = ground.evidence_content
    return StatementGroundLink(
        statement_id=statement_id,
        ground_id=ground.ground_id,
        role=ground.role,
        provenance=Provenance(
            creator=ground.creator,
            evidence_type=ground.evidence_type,
            evidence_content=f"citation_key={ground.citation_key}" if evidence is None else evidence,
            signature=ground.signature,
        ),
    )


def grounds_from_tool_call_refs(tool_call_refs: Mapping[str, Iterable[str]]) -> list[Ground]:
    """A ground for every node that a tool call brought, under the call's id."""
    return [
        Ground(
            citation_key=call,
            ground_id=node,
            creator=CreatorType.TOOL_OBSERVER,
            evidence_content=f"tool_call_id={call}",
        )
        for call, nodes in tool_call_refs.items()
        for node in nodes
    ]


def grounds_from_openai_citations(citations: Iterable[OpenAICitation]) -> list[Ground]:
    """A ground for every annotation that points somewhere; its file id or address is both key and id."""
    return [
        Ground(citation_key=citation.target, ground_id=citation.target, evidence_content=OPENAI)
        for citation in citations
        if citation.target
    ]


def link_set_from_openai_citations(
    citations: Iterable[OpenAICitation],
    *,
    statement_id: str = "s1",
    role: LinkRole = LinkRole.SUPPORTS,
    creator: CreatorType = CreatorType.UPSTREAM_PIPELINE,
    evidence_type: EvidenceType = EvidenceType.OBSERVATION,
    signature: str | None = None,
) -> LinkSet:
    """A link for every annotation that points somewhere, whatever the text cites."""
    return LinkSet(
        links=[
            StatementGroundLink(
                statement_id=statement_id,
                ground_id=citation.target,
                role=role,
                provenance=Provenance(
                    creator=creator,
                    evidence_type=evidence_type,
                    evidence_content=f"{OPENAI}[{place}]={citation.to_json()}",
                    signature=signature,
                ),
            )
            for place, citation in enumerate(citations)
            if citation.target
        ]
    )


def coerce_grounds_input(
    *,
    grounds: Iterable[object] | None,
    legacy_openai_citations: Iterable[object] | None = None,
    legacy_links: object = None,
    observer: Observer = SILENT,
) -> list[Ground]:
    """Grounds or annotations as grounds; all or nothing for each of the two inputs.

    Raises ValidationError only for an input that is no list; items of the wrong shape are a warning to the observer.
    """
    taken = _coerced(listed(grounds), observer)
    citations = listed(legacy_openai_citations)
    if citations:
        taken = taken + _from_annotations(citations, "openai_citations", observer)
    if legacy_links is not None:
        observer.warning("`links` input is deprecated and ignored; use `grounds`")
    return taken


def _coerced(items: list[object], observer: Observer) -> list[Ground]:
    if not items:
        return []
    try:
        return parse_grounds(items)
    except ValidationError:
        return _from_annotations(items, "grounds", observer)


def _from_annotations(items: list[object], name: str, observer: Observer) -> list[Ground]:
    try:
        return grounds_from_openai_citations(parse_openai_citations(items))
    except ValidationError as problem:
        observer.warning(f"Invalid {name} ignored: {problem}")
        return []


def coerce_links_input(
    *, links: object, openai_citations: Iterable[object] | None, observer: Observer = SILENT
) -> LinkSet | None:
    """Links as a link set; the annotations' links where none are given; None for what is neither, with a warning."""
    if isinstance(links, LinkSet):
        return links
    if isinstance(links, Mapping):
        try:
            return _link_set(links)
        except ValidationError as problem:
            observer.warning(f"Invalid links dict ignored: {problem}")
            return None
    if links is not None:
        observer.warning("Unsupported links payload type ignored")
        return None
    citations = listed(openai_citations)
    try:
        return link_set_from_openai_citations(parse_openai_citations(citations)) if citations else None
    except ValidationError as problem:
        observer.warning(f"Invalid openai_citations ignored: {problem}")
        return None


def _link_set(given: Mapping[Any, Any]) -> LinkSet:
    items = given.get("links", [])
    if not isinstance(items, (list, tuple)):
        raise ValidationError(f"links.links is a list, not {type(items).__name__}")
    return LinkSet(links=[_read_link(item, f"links.links[{place}]") for place, item in enumerate(items)])


def _read_link(item: object, where: str) -> StatementGroundLink:
    if isinstance(item, StatementGroundLink):
        return item
    if not isinstance(item, Mapping) or "role" not in item:
        raise ValidationError(f"{where} is an object with `role`")
    origin = item.get("provenance")
    if not isinstance(origin, Provenance):
        if not isinstance(origin, Mapping) or not {"creator", "evidence_type"} <= set(origin):
            raise ValidationError(f"{where}.provenance is an object with `creator` and `evidence_type`")
        origin = Provenance(
            creator=member_in(origin, "creator", CreatorType.HUMAN, where),
            evidence_type=member_in(origin, "evidence_type", EvidenceType.OBSERVATION, where),
            evidence_content=text_or_none(origin, "evidence_content", where),
            signature=text_or_none(origin, "signature", where),
        )
    return StatementGroundLink(
        statement_id=text_in(item, "statement_id", where),
        ground_id=text_in(item, "ground_id", where),
        role=member_in(item, "role", LinkRole.SUPPORTS, where),
        provenance=origin,
    )
