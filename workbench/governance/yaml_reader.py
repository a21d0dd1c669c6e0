"""YAML, the small and safe part of it: mappings, lists and strings, nothing else.

Imports PyYAML's event parser (the pure-Python one, so that every machine reads a file alike). Every scalar is a
string, however it is quoted; the model types it. Refused: anchors, aliases, tags, directives, several documents,
duplicate keys, keys that are not strings, more than 8 MiB, 64 levels or 600,000 values (20,000 test cases). Built from
events with a stack of its own, so that neither depth nor an "alias bomb" can exhaust anything.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import yaml

from workbench.governance.errors import ArtifactError

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 600_000  # reading takes time with the number of values, not of bytes: this is some ten seconds

Tree: TypeAlias = "str | list[Any] | dict[str, Any]"


def read_yaml(text: str | bytes) -> Tree:
    """The tree of one YAML document, of strings, lists and dicts.

    Raises :class:`ArtifactError`: ``too_large``, ``utf8``, ``yaml`` (syntax), ``yaml_alias``, ``yaml_anchor``,
    ``yaml_tag``, ``yaml_directive``, ``yaml_documents``, ``yaml_key``, ``duplicate_key``, ``depth``, ``too_many``;
    messages give the line.
    """
    source = _decoded(text)
    reader = _Reader()
    try:
        for event in yaml.parse(source, Loader=yaml.SafeLoader):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1} column {mark.column + 1}" if mark else ""
        raise ArtifactError("yaml", f"the file is not YAML{where}: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ArtifactError("yaml", f"the file is not YAML: {str(error).splitlines()[0]}") from error
    except (ValueError, IndexError, OverflowError, RecursionError) as error:  # what odd escapes make PyYAML raise
        raise ArtifactError("yaml", f"the file is not YAML: {type(error).__name__}") from error
    if not reader.done:
        raise ArtifactError("yaml", "the file is empty")
    return reader.result


def _decoded(text: str | bytes) -> str:
    if len(text) > MAX_BYTES:
        raise ArtifactError("too_large", f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        if isinstance(text, bytes):
            return text.decode("utf-8")
        if not text.isascii() and len(text.encode("utf-8")) > MAX_BYTES:
            raise ArtifactError("too_large", f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
        return text
    except UnicodeError as error:
        raise ArtifactError("utf8", "the file is not UTF-8 text") from error


class _Reader:
    """Turns events into a tree. ``stack`` holds the open containers, each with its pending key."""

    def __init__(self) -> None:
        self.stack: list[tuple[list[Any] | dict[str, Any], list[str]]] = []
        self.result: Tree = ""
        self.done = False
        self.nodes = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._check_plain(event, implicit=any(event.implicit))
                self._place(event.value, event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._check_plain(event, implicit=event.implicit)
                container: list[Any] | dict[str, Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
                self._place(container, event)
                if len(self.stack) >= MAX_DEPTH:
                    raise self._refuse("depth", f"nesting deeper than {MAX_DEPTH}", event)
                self.stack.append((container, []))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.stack.pop()
            case yaml.AliasEvent():
                raise self._refuse("yaml_alias", f"the alias `*{event.anchor}`", event)
            case yaml.DocumentStartEvent():
                if event.version or event.tags:
                    raise self._refuse("yaml_directive", "a directive", event)
                if self.done:
                    raise self._refuse("yaml_documents", "a second document", event)
            case _:
                pass

    def _check_plain(self, event: yaml.NodeEvent, *, implicit: bool) -> None:
        if event.anchor is not None:
            raise self._refuse("yaml_anchor", f"the anchor `&{event.anchor}`", event)
        if getattr(event, "tag", None) is not None or not implicit:
            raise self._refuse("yaml_tag", "a tag", event)

    def _place(self, value: Any, event: yaml.Event) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self._refuse("too_many", f"more than {MAX_NODES} values before it", event)
        if not self.stack:
            self.result, self.done = value, True
            return
        container, pending = self.stack[-1]
        if isinstance(container, list):
            container.append(value)
        elif pending:
            container[pending.pop()] = value
        elif not isinstance(value, str):
            raise self._refuse("yaml_key", "a key that is not a string", event)
        elif value in container:
            raise self._refuse("duplicate_key", f"the key `{value[:40]}` a second time", event)
        else:
            container[value] = None  # holds its place, so that a duplicate is seen
            pending.append(value)

    @staticmethod
    def _refuse(code: str, what: str, event: yaml.Event) -> ArtifactError:
        line = event.start_mark.line + 1 if event.start_mark else 0
        return ArtifactError(code, f"line {line} has {what}, which a constitution may not have")
