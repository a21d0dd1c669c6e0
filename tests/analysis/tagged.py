"""Attributes and tags of an entity as one: a tag under ``#name``, which is how paths call it."""

from __future__ import annotations

from typing import Any

from workbench.language.schema import Attribute, Type

Row = dict[str, Any]


class Both(dict[str, Any]):
    """Attributes, and tags under ``#name``; what is written goes to where it belongs."""

    def __init__(self, attrs: Row, tags: Row) -> None:
        super().__init__({**attrs, **{f"#{name}": value for name, value in tags.items()}})
        self._parts = (attrs, tags)

    def _part(self, name: str) -> tuple[Row, str]:
        return (self._parts[1], name[1:]) if name.startswith("#") else (self._parts[0], name)

    def __setitem__(self, name: str, value: Any) -> None:
        part, key = self._part(name)
        part[key] = value
        super().__setitem__(name, value)

    def pop(self, name: str, *default: Any) -> Any:
        part, key = self._part(name)
        part.pop(key, None)
        return super().pop(name, *default)


def with_tags(attributes: Any, tags: Type | None) -> Any:
    return attributes if tags is None else _WithTags(attributes, tags)


class _WithTags(dict[str, Attribute]):
    def __init__(self, attributes: Any, tags: Type) -> None:
        super().__init__(attributes)
        self._tag = Attribute(tags, required=False)

    def get(self, name: str, default: Any = None) -> Any:
        return self._tag if name.startswith("#") else super().get(name, default)
