"""The function words of each language as data: reads ``<language>.toml`` into a typed table, checked key by key.

A language is a dataclass of sections, each a dataclass of entries (:class:`~.english.English` for ``en.toml``). Nothing
is read when a module is imported: a file of this package is read once, when its language is first asked for.
Imports nothing of ours.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeAlias, TypeVar, get_type_hints

Phrases: TypeAlias = tuple[str, ...]
"""Alternatives, each words in lower case parted by one space; ``~be`` stands for any form of that lemma."""
Table: TypeAlias = Mapping[str, str]
"""Phrase → what it means. In the file the other way round where several phrases mean one thing."""

T = TypeVar("T")


class LanguageError(ValueError):
    """A language's file is not what the grammar needs; the message names the file and the entry."""


@lru_cache(maxsize=8)
def text_of(name: str) -> str:
    """The text of a file of this package (``en.toml``). Raises :class:`LanguageError` where there is none."""
    found = files(__name__).joinpath(name)
    if not found.is_file():
        raise LanguageError(f"there is no file `{name}` among the languages")
    return found.read_text(encoding="utf-8")


def read(text: str, kind: type[T], name: str) -> T:
    """The table in ``text`` (TOML) as a ``kind``, a dataclass of sections; ``name`` is used in errors.

    Raises :class:`LanguageError` for text that is no TOML, a missing or unknown entry, or one of the wrong shape.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LanguageError(f"`{name}` is no TOML: {error}") from error
    made = _section(data, kind, name, "")
    assert isinstance(made, kind)
    return made


def _section(data: object, kind: type[Any], name: str, path: str) -> object:
    """One dataclass from one TOML table; a field ``if_`` is the key ``if``."""
    if not isinstance(data, Mapping):
        raise LanguageError(f"`{path}` in `{name}` is no table")
    hints = get_type_hints(kind)
    wanted = {field.name.rstrip("_"): field.name for field in fields(kind)}
    for key in wanted:
        if key not in data:
            raise LanguageError(f"`{name}` lacks `{_joined(path, key)}`")
    for key in data:
        if key not in wanted:
            raise LanguageError(f"`{_joined(path, key)}` in `{name}` is no entry that the grammar knows")
    return kind(
        **{inner: _entry(data[key], hints[inner], name, _joined(path, key)) for key, inner in wanted.items()},
    )


def _entry(value: object, kind: Any, name: str, path: str) -> object:
    if is_dataclass(kind):
        assert isinstance(kind, type)
        return _section(value, kind, name, path)
    if kind == Phrases:
        found = _texts(value)
        if not found:
            raise LanguageError(f"`{path}` in `{name}` is no list of phrases")
        return found
    return _table(value, name, path)


def _table(value: object, name: str, path: str) -> Table:
    """``{meaning = [phrases]}`` or ``{phrase = meaning}`` as phrase → meaning; no phrase twice."""
    found: dict[str, str] = {}
    for key, inner in value.items() if isinstance(value, Mapping) else (("", ""),):
        pairs = [(key, inner)] if isinstance(inner, str) else [(text, key) for text in _texts(inner)]
        if not pairs or "" in pairs[0]:
            raise LanguageError(f"`{path}` in `{name}` is no table of phrases")
        for phrase, meaning in pairs:
            if phrase in found:
                raise LanguageError(f"`{phrase}` stands twice in `{path}` of `{name}`")
            found[phrase] = meaning
    return found


def _texts(value: object) -> Phrases:
    """The phrases of a list of them; none for anything else."""
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        return ()
    return tuple(value)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
