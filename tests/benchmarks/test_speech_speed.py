"""Speech evaluation against what makes normcore slow, restated: patterns that backtrack, validators built per call.

``pytest tests/benchmarks/test_speech_speed.py -s`` prints seconds and multiples. The peers do less than the original
(only its cutting of tails; only the building of its validators and one validation), so the multiples are lower bounds.
Measured against normcore 0.2.0 itself on the same machine (two cores): short text 4.2 ms against 37 µs, 110 ×; 10,000
characters without punctuation 2.6 s against 0.4 ms, 6,500 ×; ``"must " + "help " * 1000`` 34 s against 0.3 ms.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal, NotRequired, TypeAlias

import pytest
from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from workbench.compat.normcore import evaluate

SHORT = ("We should deploy now.", "If the deployment is blocked, we should roll back.", "Hello! How can I help you?")
LONG = ("we must deploy the service and " * 330)[:10_000]  # no punctuation
LONGS = {  # how a text of about n characters is made, of the kinds on which the original hangs
    "no punctuation": lambda n: ("we must deploy the service and " * (n // 30))[:n],
    "no marker until the end": lambda n: "alpha " * (n // 6) + "must go",
    "help": lambda n: "must " + "help " * (n // 5),
    "question": lambda n: "must " + "help " * (n // 5) + "?",
    "blanks": lambda n: "must" + " " * n + "x",
    "parentheses": lambda n: "must " + "(" * n + ")",
    "closing": lambda n: "must (check" + ")" * n,
    "if": lambda n: "must " + "if " * (n // 3),
    "if and line ends": lambda n: "must if x\n" + " then" * (n // 5),
    "then": lambda n: "must " + "if then " * (n // 8),
    "offers": lambda n: "must " + "i can " * (n // 6),
    "sentences": lambda n: "I can help. " * (n // 12) + "We must go.",
    "stops": lambda n: "must go" + "." * n,
    "citations": lambda n: "must " + "[@k1]" * (n // 5) + "[@" * (n // 10),
    "would": lambda n: "must " + "would x " * (n // 8),
    "greeting": lambda n: "hello" + "!" * n + "must",
}  # fmt: skip


def seconds(work: Callable[[], object], runs: int = 5) -> float:
    """Seconds of this process, the best of some runs: the machine may be busy with other tests."""
    best = float("inf")
    for _ in range(runs):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


_ASIDE = re.compile(r"\s*\([^)]*(?:e\.g\.|find|check|status|help|assist|workflow)[^)]*\)\s*$", re.IGNORECASE)
_OFFER = re.compile(r"\s*(?:i\s+can\s+(?:help|assist)|let\s+me\s+know\s+if|feel\s+free\s+to\s+ask).*$", re.I | re.S)
_QUESTION = re.compile(r"\s*[^.!?]*(?:help|assist|can\s+i|would\s+you\s+like)[^.!?]*\?\s*$", re.IGNORECASE)


def backtracking_tails(text: str) -> str:
    """The tails as patterns that are tried from every place of the text to its end (specification, section 9.1)."""
    for _ in range(5):
        before = text
        for pattern in (_ASIDE, _OFFER, _QUESTION):
            text = pattern.sub("", text).strip()
        if text == before:
            break
    return text


class Text(TypedDict):
    type: Literal["text"]
    text: str


class Refusal(TypedDict):
    type: Literal["refusal"]
    refusal: str


class Image(TypedDict):
    type: Literal["image_url"]
    image_url: dict[str, str]


class Audio(TypedDict):
    type: Literal["input_audio"]
    input_audio: dict[str, str]


class File(TypedDict):
    type: Literal["file"]
    file: dict[str, str]


class Function(TypedDict):
    name: str
    arguments: str


class FunctionCall(TypedDict):
    id: str
    type: Literal["function"]
    function: Function


class Custom(TypedDict):
    name: str
    input: str


class CustomCall(TypedDict):
    id: str
    type: Literal["custom"]
    custom: Custom


class Developer(TypedDict):
    role: Literal["developer"]
    content: str | Iterable[Text]
    name: NotRequired[str]


class System(TypedDict):
    role: Literal["system"]
    content: str | Iterable[Text]
    name: NotRequired[str]


class User(TypedDict):
    role: Literal["user"]
    content: str | Iterable[Text | Image | Audio | File]
    name: NotRequired[str]


class Assistant(TypedDict):
    role: Literal["assistant"]
    content: NotRequired[str | Iterable[Text | Refusal] | None]
    name: NotRequired[str]
    refusal: NotRequired[str | None]
    tool_calls: NotRequired[Iterable[FunctionCall | CustomCall]]
    function_call: NotRequired[Function | None]


class Tool(TypedDict):
    role: Literal["tool"]
    content: str | Iterable[Text]
    tool_call_id: str


class Called(TypedDict):
    role: Literal["function"]
    content: str | None
    name: str


Message: TypeAlias = Developer | System | User | Assistant | Tool | Called


class Judgment(BaseModel):
    status: str
    licensed: bool
    statements: list[dict[str, Any]]


def validators_per_call(text: str) -> Judgment:
    """An evaluation that builds its validators anew for the trajectory and for the message, as the original does."""
    message = {"role": "assistant", "content": text}
    TypeAdapter(list[Message]).validate_python([message])
    TypeAdapter(Message).validate_python(message)
    return Judgment(status="violates_norm", licensed=False, statements=[{"statement": text}])


def test_short_text() -> None:
    """Design: ≥ 40 × the original's 4.3 ms; the peer is what takes 96 % of them."""
    peer = min(seconds(lambda text=text: validators_per_call(text)) for text in SHORT)
    ours = max(seconds(lambda text=text: [evaluate(agent_output=text) for _ in range(50)], 20) / 50 for text in SHORT)
    print(f"\nshort text: {ours * 1e6:.0f} µs, validators per call {peer * 1e3:.1f} ms: {peer / ours:.0f} ×")
    assert peer / ours >= 40


def test_ten_thousand_characters_without_punctuation() -> None:
    """Design: ≥ 1,000 × where patterns backtrack from every place."""
    assert len(LONG) == 10_000
    assert backtracking_tails("We must go. Can I help?") == "We must go."  # the peer does what it stands for
    peer = seconds(lambda: backtracking_tails(LONG), 1)
    ours = seconds(lambda: evaluate(agent_output=LONG), 20)
    print(f"\n10,000 characters: {ours * 1e6:.0f} µs, backtracking {peer:.2f} s: {peer / ours:.0f} ×")
    assert peer / ours >= 1_000


@pytest.mark.parametrize("name", LONGS)
def test_time_grows_with_the_length_and_no_faster(name: str) -> None:
    """Four times the text, about four times as long; quadratic would be sixteen, cubic sixty-four."""
    make = LONGS[name]
    few, many = make(5_000), make(20_000)
    ratio = min(
        seconds(lambda: evaluate(agent_output=many), 4) / seconds(lambda: evaluate(agent_output=few), 4)
        for _ in range(2)
    )
    print(f"\n{name}: {ratio:.1f} × for 4 × the text")
    assert ratio < 8


def test_many_grounds_and_citations_grow_alike() -> None:
    def made(n: int) -> tuple[str, list[dict[str, str]]]:
        text = "We must go " + " ".join(f"[@k{place}]" for place in range(n))
        return text, [{"citation_key": f"k{place}", "ground_id": f"g{place}"} for place in range(n)]

    (few, some), (many, lots) = made(500), made(2_000)
    ratio = seconds(lambda: evaluate(agent_output=many, grounds=lots)) / seconds(
        lambda: evaluate(agent_output=few, grounds=some)
    )
    print(f"\ngrounds: {ratio:.1f} × for 4 × the grounds")
    assert ratio < 8
