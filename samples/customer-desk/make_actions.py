"""Writes ``actions.jsonl``: a morning of the customer desk, message by message.

    python samples/customer-desk/make_actions.py            # rewrites actions.jsonl beside this file
    python samples/customer-desk/make_actions.py --stdout   # prints it instead

Nothing here is real. The same bytes come out of every run, because the only source of chance is
``random.Random(SEED).random()``. Every message comes with the conversation that it ends; ``heard`` is what the runner
of the tools recorded itself: where an agent shows a result that no tool gave, it is not in there. About one message in
eight is one that the constitution refuses: an assertion without grounds, a forged result, a key that nobody gave, a
customer of another region.

May import the standard library only.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

HERE = Path(__file__).parent
SEED = 20260317
ACTIONS = 240
OPENING = datetime(2026, 3, 17, 8, 0, tzinfo=UTC)
MORNING_SECONDS = 4 * 3600

AGENTS = {"mara": "en", "iris": "en", "jonas": "de", "pavel": "en"}
CUSTOMERS = {"en": ("c-lena", "c-otto", "c-milo"), "de": ("c-ruth",)}
LEAST_HASTY, MOST_HASTY = 0.06, 0.3  # chance of a message that is refused; pavel's is the greater

QUESTIONS = (
    "Where is my parcel?",
    "Can I send the lamp back?",
    "Why was I charged twice?",
    "When will the repair be done?",
)
TOOLS = {
    "order_lookup": '{"order_id":"A-%d","state":"shipped","carrier":"northline"}',
    "returns_policy": '{"policy_id":"returns-%d","days":30}',
    "payment_history": '{"payment_id":"P-%d","charges":2}',
}
GROUNDED = (
    "You should keep the parcel until the courier has come [@{key}].",
    "We must refund the second charge today [@{key}].",
    "You should send the lamp back within 30 days [@{key}].",
)
CAREFUL = (
    "If the parcel has not come by Friday, you should open a claim.",
    "If the lamp is unused, we should take it back.",
    "I don't have enough information to answer that.",
    "I cannot say when that will be.",
)
SMALL_TALK = ("Hello! Thank you for your message.", "Good morning! How can I help you today?")
UNGROUNDED = (
    "You must cancel the contract today.",
    "We should refund the whole order right now.",
    "You must send us your card number at once.",
)
LONG = (
    "You should keep the parcel until the courier has come [@{key}].",
    "You should keep the invoice as well [@{key}].",
    "You should photograph the damage [@{key}].",
    "You should send us the pictures [@{key}].",
    "We must then inform the carrier [@{key}].",
    "We must answer you within two days [@{key}].",
    "You should not repair it yourself [@{key}].",
)
NOTES = ("asked about the parcel", "is happy with the refund", "prefers to be called in the morning")

T = TypeVar("T")


class Morning:
    """Makes one action after the other."""

    def __init__(self) -> None:
        self._random = Random(SEED)
        self._sent: Counter[str] = Counter()
        self._calls = 0

    def actions(self) -> list[dict[str, Any]]:
        """All of them, in the order of time."""
        at, made = OPENING, []
        for _ in range(ACTIONS):
            at += timedelta(seconds=1 + int(self._random.random() * 2 * MORNING_SECONDS / ACTIONS * 0.98))
            made.append({"at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), **self._action(at)})
        return made

    def _action(self, at: datetime) -> dict[str, Any]:
        agent = self._one(tuple(AGENTS))
        chance = self._random.random()
        if chance < 0.08:
            return self._inside(agent)
        hasty = MOST_HASTY if agent == "pavel" else LEAST_HASTY
        wrong = self._random.random() < hasty
        region = AGENTS[agent]
        if wrong and self._random.random() < 0.2:
            region = "de" if region == "en" else "en"
            said = self._careful()
        else:
            said = self._wrong() if wrong else self._right()
        facts = {"hour": at.hour, "messages_today": self._sent[agent]}
        self._sent[agent] += 1
        request = _request(agent, "send_message", "Customer", self._one(CUSTOMERS[region]), {}, said["speech"])
        return {"request": request, "facts": facts, "entities": [], "heard": said["heard"]}

    def _inside(self, agent: str) -> dict[str, Any]:
        customer = self._one(CUSTOMERS[AGENTS[agent]])
        if self._random.random() < 0.6:
            asked = _request(agent, "take_note", "Customer", customer, {"text": self._one(NOTES)})
        else:
            asked = _request(agent, "close_conversation", "Customer", customer, {})
        return {"request": asked, "facts": {}, "entities": []}

    # ---- what is said ------------------------------------------------------------------------------------------------

    def _right(self) -> dict[str, Any]:
        chance = self._random.random()
        if chance < 0.15:
            return _said(self._one(QUESTIONS), self._one(SMALL_TALK), [], [])
        if chance < 0.45:
            return self._careful()
        call = self._call()
        if chance > 0.96:
            text = " ".join(LONG)
        else:
            text = self._one(GROUNDED)
        return _said(self._one(QUESTIONS), text.format(key=call["tool_call_id"]), [call], [call])

    def _careful(self) -> dict[str, Any]:
        return _said(self._one(QUESTIONS), self._one(CAREFUL), [], [])

    def _wrong(self) -> dict[str, Any]:
        """An assertion without grounds, on a forged result, or on a key that nobody gave."""
        chance = self._random.random()
        if chance < 0.5:
            return _said(self._one(QUESTIONS), self._one(UNGROUNDED), [], [])
        call = self._call()
        text = self._one(GROUNDED).format(key=call["tool_call_id"])
        return _said(self._one(QUESTIONS), text, [call] if chance < 0.8 else [], [])

    def _call(self) -> dict[str, str]:
        self._calls += 1
        tool = self._one(tuple(TOOLS))
        result = TOOLS[tool] % (100 + self._calls)
        return {"tool_call_id": f"call_{self._calls}", "tool": tool, "arguments": "{}", "result": result}

    def _one(self, among: Sequence[T]) -> T:
        return among[int(self._random.random() * len(among))]


def _said(question: str, text: str, shown: Sequence[dict[str, str]], heard: Sequence[dict[str, str]]) -> dict[str, Any]:
    """A message with its conversation: ``shown`` are the tool calls in it, ``heard`` those that really were."""
    conversation: list[dict[str, Any]] = [{"role": "user", "content": question}]
    for call in shown:
        function = {"name": call["tool"], "arguments": call["arguments"]}
        made = {"id": call["tool_call_id"], "type": "function", "function": function}
        conversation += [
            {"role": "assistant", "content": None, "tool_calls": [made]},
            {"role": "tool", "tool_call_id": call["tool_call_id"], "content": call["result"]},
        ]
    conversation.append({"role": "assistant", "content": text})
    return {"speech": {"conversation": conversation}, "heard": {"tools": list(heard), "grounds": []}}


def _request(
    agent: str, action: str, type_: str, id_: str, context: dict[str, Any], speech: dict[str, Any] | None = None
) -> dict[str, Any]:
    made = {
        "principal": f'Agent::"{agent}"',
        "action": f'Action::"{action}"',
        "resource": f'{type_}::"{id_}"',
        "context": context,
    }
    return made if speech is None else {**made, "speech": speech}


def text() -> str:
    """The whole file."""
    rows = Morning().actions()
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)


if __name__ == "__main__":
    if sys.argv[1:] == ["--stdout"]:
        sys.stdout.write(text())
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        (HERE / "actions.jsonl").write_bytes(text().encode("utf-8"))
