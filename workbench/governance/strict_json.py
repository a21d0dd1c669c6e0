"""JSON as constitutions and votes use it: no floats, no duplicate keys, 64-bit integers, bounded depth.

Imports the standard library and ``canonical``. Test cases carry Cedar values (context, entities), where ``1``, ``true``
and ``"1"`` differ. In YAML every scalar is a string, so those values are kept as *JSON text*: it keeps its types, a
person can read it, and its layout does not matter (the value is what is digested, not the text).
"""

from __future__ import annotations

import json
import re
from typing import Any

from workbench.governance.canonical import LONG_MAX, LONG_MIN, LONG_TAG, MAX_DEPTH
from workbench.governance.errors import ArtifactError

_INVISIBLE = re.compile(
    "[\x7f-\xa0\xad\u0600-\u0605\u061c\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\ud800-\udfff\ufeff]"
)
_DEEP = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def parse_json(text: str, what: str) -> Any:
    """The value of ``text``: ``None``, bool, int, str, list or dict.

    Raises :class:`ArtifactError`: ``json`` (syntax), ``duplicate_key``, ``float``, ``integer_range``, ``depth``,
    ``reserved_key``, ``surrogate``.
    """
    _check_depth(text, what)

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in items:
            if key in found:
                raise ArtifactError("duplicate_key", f"the {what} has the key `{key}` twice")
            if key == LONG_TAG:
                raise ArtifactError("reserved_key", f"the {what} uses the reserved key `{LONG_TAG}`")
            found[key] = value
        return found

    def no_float(number: str) -> Any:
        raise ArtifactError(
            "float", f"the {what} has the number `{number[:40]}`", 'write {"__extn": {"fn": "decimal", "arg": "0.5"}}'
        )

    def integer(number: str) -> int:
        if len(number) > 20 or number == "-0" or not LONG_MIN <= int(number) <= LONG_MAX:
            raise ArtifactError("integer_range", f"the {what} has `{number[:40]}`, which is not a 64-bit integer")
        return int(number)

    try:
        value = json.loads(
            text, object_pairs_hook=pairs, parse_float=no_float, parse_constant=no_float, parse_int=integer
        )
    except json.JSONDecodeError as error:
        raise ArtifactError(
            "json", f"the {what} is not JSON: {error.msg.lower()} at line {error.lineno} column {error.colno}"
        ) from error
    _check_surrogates(text, value, what)
    return value


def _check_depth(text: str, what: str) -> None:
    """Refuses nesting beyond the limit before the parser, which recurses, sees it."""
    depth = 0
    for match in _DEEP.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ArtifactError("depth", f"the {what} is nested more than {MAX_DEPTH} deep")
        elif match[0] in "]}":
            depth -= 1


def _check_surrogates(text: str, value: Any, what: str) -> None:
    """Refuses ``\\ud800`` escapes that pair with nothing: no UTF-8 text can hold them."""
    try:
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
        else:
            text.encode()
    except UnicodeEncodeError as error:
        raise ArtifactError("surrogate", f"the {what} has a lone surrogate") from error


def json_text(value: Any, *, spaced: bool = False) -> str:
    """One line of JSON with every character that cannot be seen escaped: keys sorted, or, for people (``spaced``), in
    their own order and with spaces."""
    separators = (", ", ": ") if spaced else (",", ":")
    text = json.dumps(value, ensure_ascii=False, sort_keys=not spaced, separators=separators, allow_nan=False)
    return _INVISIBLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
