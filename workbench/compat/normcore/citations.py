"""The original's ``citations``: keys in a text, grounds, annotations, and the links between them.

Imports the speech room and this package's log, in which the two that coerce tell what they ignore.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.compat.normcore.logging import log_observer
from workbench.speech import citations
from workbench.speech.annotations import OpenAICitation, parse_openai_citations
from workbench.speech.citations import (
    build_links_from_grounds,
    extract_citation_keys,
    grounds_from_openai_citations,
    grounds_from_tool_call_refs,
    link_set_from_openai_citations,
)
from workbench.speech.grounds import Ground, LinkSet, parse_grounds


def coerce_grounds_input(
    *,
    grounds: Iterable[object] | None,
    legacy_openai_citations: Iterable[object] | None = None,
    legacy_links: object = None,
) -> list[Ground]:
    """Grounds or annotations as grounds, all or nothing; a warning in the log where nothing is left."""
    return citations.coerce_grounds_input(
        grounds=grounds,
        legacy_openai_citations=legacy_openai_citations,
        legacy_links=legacy_links,
        observer=log_observer(),
    )


def coerce_links_input(*, links: object, openai_citations: Iterable[object] | None) -> LinkSet | None:
    """Links, or annotations as links; None with a warning in the log for what is neither."""
    return citations.coerce_links_input(links=links, openai_citations=openai_citations, observer=log_observer())


__all__ = [
    "Ground",
    "OpenAICitation",
    "build_links_from_grounds",
    "coerce_grounds_input",
    "coerce_links_input",
    "extract_citation_keys",
    "grounds_from_openai_citations",
    "grounds_from_tool_call_refs",
    "link_set_from_openai_citations",
    "parse_grounds",
    "parse_openai_citations",
]
