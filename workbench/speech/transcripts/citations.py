"""Citations that a provider itself attached to an answer, as explicit grounds with keys that a text can cite.

Imports this folder. Ids of files keep their own name as key, as normcore has it. An address cannot stand inside
``[@key]``, so it gets a short one: ``url_`` (or ``source_``, ``doc_``) and 12 hex digits of its SHA-256.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from workbench.speech.transcripts.file_keys import citation
from workbench.speech.transcripts.transcript import Building, Record

_CITABLE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def short_key(prefix: str, name: str) -> str:
    """A citable key for something whose name is not citable."""
    return f"{prefix}_{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _ground(key: str, id: str, content: Any = None) -> dict[str, Any]:
    made = {
        "citation_key": key,
        "ground_id": id,
        "role": "supports",
        "creator": "upstream_pipeline",
        "evidence_type": "observation",
    }
    if isinstance(content, str) and content:
        made["evidence_content"] = content
    return made


def openai_ground(annotation: Any) -> dict[str, Any] | None:
    """The ground of an annotation of the Responses API, or of the nested form of chat completions; else ``None``."""
    if not isinstance(annotation, Mapping):
        return None
    sort = annotation.get("type")
    nested = annotation.get(sort) if isinstance(sort, str) else None
    data = nested if isinstance(nested, Mapping) else annotation
    if sort == "url_citation":
        url = data.get("url")
        if isinstance(url, str) and url.strip():
            return _ground(short_key("url", url.strip()), url.strip(), data.get("title"))
    elif sort in ("file_citation", "file_path", "container_file_citation"):
        id = data.get("file_id")
        if isinstance(id, str) and id.strip():
            id = id.strip()
            return _ground(id if _CITABLE.fullmatch(id) else short_key("file", id), id, data.get("filename"))
    return None


def anthropic_ground(cited: Any) -> dict[str, Any] | None:
    """The ground of one entry of a text block's ``citations``, or ``None`` where it names nothing."""
    if not isinstance(cited, Mapping):
        return None
    text = cited.get("cited_text")
    for name, prefix in (("url", "url"), ("source", "source"), ("file_id", ""), ("document_title", "doc")):
        id = cited.get(name)
        if isinstance(id, str) and id.strip():
            id = id.strip()
            bare = not prefix and _CITABLE.fullmatch(id)
            return _ground(id if bare else short_key(prefix or "file", id), id, text)
    index = cited.get("document_index")
    if isinstance(index, int) and not isinstance(index, bool):
        return _ground(f"doc_{index}", f"document_{index}", text)
    return None


def cited_text(building: Building, record: Record, text: str, cited: Any, *, anthropic: bool) -> str:
    """``text`` of one part, whose citations become grounds, and marks in the text where that was asked for."""
    if not isinstance(cited, list):
        return text
    marks: list[tuple[int, str]] = []
    for entry in cited:
        ground = anthropic_ground(entry) if anthropic else openai_ground(entry)
        if ground is None:
            sort = entry.get("type") if isinstance(entry, Mapping) else type(entry).__name__
            building.skip(record.place, f"a citation of the type `{sort}`", "it names nothing that can be cited")
            continue
        building.ground(ground)
        marks.append((len(text) if anthropic else _end_of(entry, len(text)), citation(ground["citation_key"])))
    return _marked(text, marks) if building.options.mark_citations else text


def _end_of(annotation: Mapping[str, Any], most: int) -> int:
    """Where the cited span ends; the end of the text where that is not said."""
    nested = annotation.get(str(annotation.get("type")))
    data = nested if isinstance(nested, Mapping) else annotation
    end = data.get("end_index")
    return end if isinstance(end, int) and not isinstance(end, bool) and 0 < end <= most else most


def _marked(text: str, marks: Iterable[tuple[int, str]]) -> str:
    """``text`` with each mark behind its span, before the full stop that ends it; no mark twice in one place."""
    by_place: dict[int, list[str]] = {}
    for place, mark in marks:
        found = by_place.setdefault(len(text[:place].rstrip().rstrip(".!?")), [])
        if mark not in found:
            found.append(mark)
    for place in sorted(by_place, reverse=True):
        text = f"{text[:place]} {' '.join(by_place[place])}{text[place:]}"
    return text
