"""Every difference between the compatible profile and the strict one, as data: an input and both verdicts on it.

Each row names the place of the specification of the compatible profile that it belongs to ("9.3": section 9, row 3), so
that a reader who moves from the one to the other can look a verdict up. The rows are in ``differences.json``; a test
holds every one to both programs.
Imports nothing of ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

REFUSED = "refused"
"""Instead of a status: the input is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """``example`` is what is said, ``more`` the other arguments (``conversation`` then ends with the example)."""

    id: str
    row: str
    example: str
    compat: str
    strict: str
    why: str
    more: Mapping[str, Any] = field(default_factory=dict)
    results: Sequence[tuple[str, str, str]] = ()
    """Tool results before the example: (name of the tool, call id, text)."""
    final: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the final message beside or instead of the text."""

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments for either evaluation."""
        if not self.results and not self.final:
            return {"agent_output": self.example, **self.more}
        messages: list[dict[str, Any]] = []
        for name, call, text in self.results:
            function = {"name": name, "arguments": "{}"}
            asked = {"id": call, "type": "function", "function": function}
            messages.append({"role": "assistant", "tool_calls": [asked]})
            messages.append({"role": "tool", "tool_call_id": call, "content": text})
        messages.append({"role": "assistant", "content": self.example, **self.final})
        return {"conversation": messages, **self.more}


FIXED_IN_BOTH: tuple[Difference, ...] = (
    Difference(
        id="linear-time",
        row="9.1",
        example="must " + "help " * 1000,
        compat="violates_norm",
        strict="violates_norm",
        why="half a minute in the original",
    ),
    Difference(
        id="no-fixed-cost",
        row="9.2",
        example="We should deploy.",
        compat="violates_norm",
        strict="violates_norm",
        why="4 to 6 ms in the original, whatever the text",
    ),
    Difference(
        id="huge-numbers",
        row="9.12",
        example="We should deploy [@c1].",
        results=(("get_issue", "c1", "9" * 5000),),
        compat="acceptable",
        strict="acceptable",
        why="numbers of thousands of digits crash the original",
    ),
    Difference(
        id="deep-nesting",
        row="9.12",
        example="We should deploy [@c1].",
        results=(("get_issue", "c1", "[" * 5000),),
        compat="acceptable",
        strict="acceptable",
        why="nesting of thousands of brackets crashes the original",
    ),
    Difference(
        id="lone-surrogates",
        row="9.12",
        example="We should deploy [@c1].",
        results=(("get_issue", "c1", '"\\ud800"\ud800'),),
        compat="acceptable",
        strict="acceptable",
        why="half of a surrogate pair crashes the original",
    ),
)
"""Defects of the original that neither profile has: the verdicts agree."""


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    return dict(json.loads(files("workbench.speech.strict").joinpath("differences.json").read_text(encoding="utf-8")))


def differences() -> tuple[Difference, ...]:
    """All differences, in the order of the README's table."""
    return tuple(
        Difference(**{**row, "results": tuple(tuple(result) for result in row.get("results", ()))})
        for row in _data()["differences"]
    )


def fields() -> tuple[tuple[str, str, str], ...]:
    """Fields of the judgment that hold something else: the field, what it holds in the strict profile, why."""
    return tuple((row["field"], row["strict"], row["why"]) for row in _data()["fields"])


def as_markdown() -> str:
    """The differences as the Markdown table of the README; the specification's rows by number."""
    lines = ["| spec | said | compat | strict | why |", "| --- | --- | --- | --- | --- |"]
    for each in differences():
        said = _cell(each.example or _final(each))
        lines.append(
            f"| {each.row} | {said} | {each.compat} | {each.strict} | {each.why.replace('|', chr(92) + '|')} |"
        )
    lines += ["", "| field | in the strict profile | why |", "| --- | --- | --- |"]
    lines += [f"| {name} | {strict} | {why} |" for name, strict, why in fields()]
    return "\n".join(lines) + "\n"


def _final(each: Difference) -> str:
    return str(each.final.get("refusal") or each.final.get("content"))


def _cell(text: str) -> str:
    """A text as code in one cell of a table."""
    return "`" + text.replace("\n", "⏎").replace("`", "'").replace("|", "\\|") + "`"
