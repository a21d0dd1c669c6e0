"""A column type for text that people and programs wrote: any Python string goes in, and the same one comes out.

Neither database takes every string. PostgreSQL refuses U+0000 in text; neither can encode half of a surrogate pair,
which a command line or a JSON document may well hold. Those are written as U+10FFFF (a code point that Unicode keeps
for internal use) and six hexadecimal digits; U+10FFFF itself likewise. All other text is stored as it is, so that it
can be read, searched and compared with any tool.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Dialect, String, Text, TypeDecorator

_MARK = "\U0010ffff"
_UNSTORABLE = re.compile(f"[\0\ud800-\udfff{_MARK}]")
_WRITTEN = re.compile(f"{_MARK}([0-9a-f]{{6}})")


def storable(text: str) -> str:
    """``text`` as any database takes it; :func:`restored` undoes it. Different texts stay different."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub(lambda found: f"{_MARK}{ord(found[0]):06x}", text)


def restored(text: str) -> str:
    """What :func:`storable` was given."""
    if text.isascii():
        return text
    return _WRITTEN.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)), text)


class Words(TypeDecorator[str]):
    """``VARCHAR`` for any string at all."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Towards the database, also in comparisons."""
        return None if value is None else storable(value)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> str | None:
        """From the database."""
        return None if value is None else restored(value)


class Prose(Words):
    """The same, where a whole text is kept (``TEXT``)."""

    impl = Text
    cache_ok = True
