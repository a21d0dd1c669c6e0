"""What a language model answered, as values: one JSON object of a closed form, or a refusal with a stable code. Pure.

The answer is data from outside. Size, depth, repeated keys, forms and unseen characters are checked here; what the
sentences or rules in it mean is for ``model_readings``. Imports pydantic only.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MOST_ANSWER = 64 * 1024
"""Characters of an answer; more is refused unread."""
_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"\A```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```\Z", re.DOTALL)
_MOST_SAID = 300

Line = Annotated[str, Field(min_length=1, max_length=1000)]


class AnswerError(Exception):
    """An answer that cannot be used. ``message`` names what is wrong and never repeats the answer.

    Codes: ``model_garbage`` (no JSON object), ``model_truncated`` (it ends before it is whole), ``model_too_large``,
    ``model_repeated_keys``, ``model_wrong_form`` (JSON of another form).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    assumed: list[Line] = Field(default_factory=list, max_length=20)
    cannot: str = Field(default="", max_length=4000)


class RewriteAnswer(_Closed):
    """``sentences`` of controlled English that say what the author's says; or why that ``cannot`` be done."""

    sentences: list[Line] = Field(default_factory=list, max_length=12)


class CedarAnswer(_Closed):
    """Statements of Cedar+; or why that ``cannot`` be done."""

    cedar_plus: str = Field(default="", max_length=16_384)


Form = TypeVar("Form", RewriteAnswer, CedarAnswer)


def read_answer(text: str, form: type[Form], *, cut: bool = False) -> Form:
    """The answer in ``text`` as ``form``. ``cut``: the model itself said that it had to stop early.

    Thoughts in ``<think>`` and a code fence around the object are passed over; prose around it too, where that has no
    other brace. Raises :class:`AnswerError`.
    """
    if len(text) > MOST_ANSWER:
        raise AnswerError("model_too_large", f"the answer has more than {MOST_ANSWER} characters")
    value = _object(text, cut)
    try:
        return form.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"] if not isinstance(part, str) or part in form.model_fields)
        if first["type"] == "extra_forbidden":
            raise AnswerError("model_wrong_form", "the answer has a field that is not asked for") from None
        where = f"`{place}` of the answer" if place else "the answer"
        raise AnswerError("model_wrong_form", f"{where} is not what is asked for: {first['msg'].lower()}") from None


def _object(text: str, cut: bool) -> dict[str, Any]:
    bare = _THOUGHTS.sub("", text).strip()
    fenced = _FENCE.match(bare)
    bare = fenced.group(1).strip() if fenced else bare
    start = bare.find("{")
    if start < 0:
        raise AnswerError("model_garbage", "the answer is no JSON object")
    decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_number)
    try:
        value, end = decoder.raw_decode(bare, start)
    except json.JSONDecodeError as error:
        if cut or error.pos >= len(bare) or error.msg.startswith("Unterminated"):
            raise AnswerError("model_truncated", "the answer ends before it is whole") from None
        raise AnswerError("model_garbage", f"the answer is no JSON: {error.msg.lower()}") from None
    except RecursionError:
        raise AnswerError("model_garbage", "the answer is nested too deep") from None
    except ValueError:  # a number of thousands of digits, which Python refuses by itself
        raise AnswerError("model_garbage", "the answer is no JSON: a number that is too long") from None
    if re.search(r"[{}]", bare[end:]):
        raise AnswerError("model_garbage", "the answer holds more than one JSON object")
    if not isinstance(value, dict):
        raise AnswerError("model_garbage", "the answer is no JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise AnswerError("model_repeated_keys", "the answer says one key twice")
    return found


def _no_number(_: str) -> NoReturn:
    raise AnswerError("model_garbage", "the answer is no JSON: a number that is none")


def as_said(text: str, most: int = _MOST_SAID) -> str:
    """A remark for a screen: one line of at most ``most`` characters, what cannot be seen written as an escape."""
    line = " ".join(text.split())
    seen = "".join(f"\\u{ord(c):04x}" if unicodedata.category(c)[0] == "C" else c for c in line)
    return seen if len(seen) <= most else seen[: most - 1] + "…"
