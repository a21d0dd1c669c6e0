"""JSON that tools and models wrote: read without trust. Imports nothing of the workbench.

Python's own reader decides what is JSON (NaN, Infinity and repeated keys pass). What it would stumble over, a number of
thousands of digits or nesting beyond ``MAX_DEPTH``, counts as text that is not JSON: hostile tool output must not be
able to stop an evaluation, and the verdict must not depend on how deep the caller's own stack is.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

MAX_DEPTH = 500  # arrays and objects within one another
NOT_JSON: Final = object()
_STRUCTURE = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


def read_json(text: str) -> Any:
    """The JSON value of a text, or ``NOT_JSON``. Never raises."""
    if too_deep(text):
        return NOT_JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return NOT_JSON


def read_arguments(text: str) -> dict[str, Any]:
    """The arguments of a tool call; none where the text is no JSON object."""
    value = read_json(text)
    return value if isinstance(value, dict) else {}


def too_deep(text: str) -> bool:
    """Do arrays and objects nest beyond ``MAX_DEPTH``? One walk, and only over texts with that many brackets."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    quoted = False
    for found in _STRUCTURE.finditer(text):
        sign = found[0]
        if sign == '"':
            quoted = not quoted
        elif quoted or len(sign) > 1:
            continue
        elif sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        else:
            depth -= 1
    return False
