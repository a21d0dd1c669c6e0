"""OpenAI annotations: the four kinds of citation that the Responses API attaches to a text.

Imports the errors and the readers of ``grounds``. ``file_citation``, ``file_path`` and ``container_file_citation``
point at a file, ``url_citation`` at an address. Keys that an annotation does not define are kept. Whole numbers are
read leniently, as the API's own library reads them (``"0"``, ``1.0``, ``true``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.speech.errors import ValidationError
from workbench.speech.grounds import listed, text_in

_TEXTS: dict[str, tuple[str, ...]] = {
    "file_citation": ("file_id", "filename"),
    "url_citation": ("title", "url"),
    "container_file_citation": ("container_id", "file_id", "filename"),
    "file_path": ("file_id",),
}
_NUMBERS: dict[str, tuple[str, ...]] = {
    "file_citation": ("index",),
    "url_citation": ("end_index", "start_index"),
    "container_file_citation": ("end_index", "start_index"),
    "file_path": ("index",),
}
_WHOLE = re.compile(r"\s*([+-]?\d+(?:_\d+)*)(?:\.0+)?\s*", re.ASCII)
_LONGEST = 4_300  # digits


@dataclass(frozen=True, slots=True)
class OpenAICitation:
    """One annotation: its type, the fields that the type defines, and whatever else came with it."""

    type: str
    values: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """The file id or address, trimmed; may be empty."""
        name = "url" if self.type == "url_citation" else "file_id"
        return str(self.values[name]).strip()

    def __getattr__(self, name: str) -> Any:
        """The annotation's own fields as attributes, as on the API's objects."""
        if not name.startswith("_"):  # a copy that is being made has no values yet
            for fields in (self.values, self.extra):
                if name in fields:
                    return fields[name]
        raise AttributeError(f"a `{self.type}` has no `{name}`")

    def to_dict(self) -> dict[str, Any]:
        """The annotation as JSON values."""
        return {**self.values, **self.extra, "type": self.type}

    def to_json(self) -> str:
        """The annotation as JSON text, keys in order, no blanks."""
        return json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def parse_openai_citations(citations: Iterable[object]) -> list[OpenAICitation]:
    """Annotations, one by one. Raises ValidationError for the first that is none, or for what cannot be walked."""
    return [parse_openai_citation(item, place) for place, item in enumerate(listed(citations))]


def parse_openai_citation(item: object, place: int = 0) -> OpenAICitation:
    """One annotation from a mapping or from an object of the API's library. Raises ValidationError."""
    if isinstance(item, OpenAICitation):
        return item
    dump = getattr(item, "model_dump", None)
    if not isinstance(item, Mapping) and callable(dump):
        item = dump()
    where = f"citations[{place}]"
    if not isinstance(item, Mapping):
        raise ValidationError(f"{where} is an object, not {type(item).__name__}", "citation")
    kind = item.get("type")
    if not isinstance(kind, str) or kind not in _TEXTS:
        words = ", ".join(f"`{word}`" for word in _TEXTS)
        raise ValidationError(f"{where}.type must be one of {words}", "citation")
    values: dict[str, Any] = {name: text_in(item, name, where) for name in _TEXTS[kind]}
    values |= {name: _whole(item, name, where) for name in _NUMBERS[kind]}
    extra = {str(name): value for name, value in item.items() if name not in values and name != "type"}
    return OpenAICitation(kind, values, extra)


def _whole(item: Mapping[Any, Any], key: str, where: str) -> int:
    """A whole number, leniently. Raises ValidationError."""
    value = item.get(key)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= _LONGEST and (found := _WHOLE.fullmatch(value)):
        return int(found[1])
    raise ValidationError(f"{where}.{key} must be a whole number", "citation")
