"""Writes trees of strings, lists and dicts as YAML that people review line by line.

Imports nothing but the standard library. One spelling for every tree: texts of several lines become literal block
scalars (``|``), so that tabs, trailing spaces and indentation are seen as they are; entities and other strings with
double quotes are single-quoted; bare words stay bare. No anchors, no wrapping, no tags. What a block cannot hold
exactly (a character YAML would fold into a line feed) is written double-quoted with escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

Node: TypeAlias = "str | int | list[Node] | tuple[Node, ...] | dict[str, Node] | None"

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_UNBLOCKABLE = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = re.compile('[\\\\"\x00-\x1f\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]')
_NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def write_yaml(tree: dict[str, Node]) -> str:
    """The text of ``tree``; ``read_yaml`` gives it back, integers as decimal strings and ``None`` as ``"null"``."""
    return "".join(f"{line}\n" for line in _mapping(tree, 0))


def _mapping(tree: dict[str, Node], indent: int) -> Iterator[str]:
    for key, value in tree.items():
        yield from _entry(f"{' ' * indent}{_scalar(key)}:", value, indent)


def _sequence(items: list[Node] | tuple[Node, ...], indent: int) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict) and item:
            lines = list(_mapping(item, indent + 2))
            yield f"{' ' * indent}- {lines[0][indent + 2 :]}"
            yield from lines[1:]
        else:
            yield from _entry(f"{' ' * indent}-", item, indent)


def _entry(head: str, value: Node, indent: int) -> Iterator[str]:
    """``head`` (a key or a dash) followed by ``value``; nested lines are indented by two beyond ``indent``."""
    if isinstance(value, dict):
        yield f"{head} {{}}" if not value else head
        yield from _mapping(value, indent + 2)
    elif isinstance(value, list | tuple):
        yield f"{head} []" if not value else head
        yield from _sequence(value, indent + 2)
    elif isinstance(value, str) and "\n" in value.rstrip("\n") + value[-1:] and _blockable(value):
        yield f"{head} {_block_header(value)}"
        yield from (f"{' ' * (indent + 2)}{line}" if line else "" for line in _block_lines(value))
    else:
        yield f"{head} {_scalar(value) if isinstance(value, str) else 'null' if value is None else value}"


def _blockable(text: str) -> bool:
    return bool(text.strip("\n")) and _UNBLOCKABLE.search(text) is None


def _block_header(text: str) -> str:
    indicator = "2" if text[0] in " \t\n" else ""
    if not text.endswith("\n"):
        return f"|{indicator}-"
    return f"|{indicator}+" if text.endswith("\n\n") else f"|{indicator}"


def _block_lines(text: str) -> list[str]:
    return (text[:-1] if text.endswith("\n") else text).split("\n")


def _scalar(text: str) -> str:
    """A string on one line: bare, single-quoted or double-quoted, whichever reads best and is exact."""
    if _WORD.fullmatch(text) and text not in _YAML_WORDS:
        return text
    if '"' in text and "\\n" not in text and _ESCAPED.sub("", text) == text.replace('"', "").replace("\\", ""):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _NAMED:
        return _NAMED[char]
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
