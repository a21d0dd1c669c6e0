"""Items of OpenAI's Responses API: ``output`` of a response, an input list, or both; Codex's rollouts hold the same.

Imports this folder. ``message`` items speak (their annotations become grounds), ``…_call`` items are calls of tools,
``…_call_output`` items their results; tools that run at the provider carry both. Reasoning enters only on request.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.speech.transcripts.citations import cited_text
from workbench.speech.transcripts.content import part_text, plain_text
from workbench.speech.transcripts.transcript import Building, Options, Record, Transcript, shape, shown, text_field

KIND = "openai-responses"
_OTHER = ("message", "reasoning", "item_reference", "compaction", "ghost_snapshot")
_SHELL = ("shell", "shell_command", "exec_command", "local_shell", "container.exec")
CallId = Callable[[str, str, str | None], str]  # (call id, shell command, folder it ran in) → the id to use


def is_item(data: Mapping[str, Any]) -> bool:
    """Whether that is an item of this API."""
    sort = data.get("type")
    if sort == "message":
        return isinstance(data.get("role"), str)
    return isinstance(sort, str) and (sort in _OTHER or sort.endswith(("_call", "_call_output")))


def recognises(record: Record) -> bool:
    """Whether a record can only be of this kind: an item, or a message with this API's parts."""
    data = record.data
    if data.get("type") == "message" or (data.get("type") is None and data.get("role")):
        parts = data.get("content")
        return isinstance(parts, list) and any(
            isinstance(part, Mapping) and part.get("type") in ("output_text", "input_text", "input_image", "input_file")
            for part in parts
        )
    return is_item(data)


def read(records: Sequence[Record], options: Options) -> Transcript:
    """The conversation. Raises :class:`TranscriptError`: ``transcript_shape``, ``…_empty``, ``…_last``."""
    building = Building(KIND, options)
    taker = Items(building)
    for record in records:
        taker.take(record, record.data)
    return building.finish()


class Items:
    """Takes items one after the other into a conversation that is being built."""

    def __init__(self, building: Building, call_id: CallId | None = None) -> None:
        self._building = building
        self._call_id = call_id
        self._calls: dict[str, dict[str, Any]] = {}  # by the id that the provider gave them

    def take(self, record: Record, item: Mapping[str, Any]) -> None:
        """One item. Raises :class:`TranscriptError` (``transcript_shape``)."""
        sort = item.get("type")
        if sort in (None, "message") and "role" in item:
            self._message(record, item)
        elif sort == "reasoning":
            text = plain_text(self._building, record, item.get("summary"))
            self._building.think(record.place, text or plain_text(self._building, record, item.get("content")))
        elif isinstance(sort, str) and sort.endswith("_call_output"):
            self._output(record, item)
        elif isinstance(sort, str) and sort.endswith("_call"):
            self._call(record, item, sort.removesuffix("_call"))
        else:
            self._building.skip(record.place, f"an item of the type `{str(sort)[:40]}`", "it neither speaks nor shows")

    # ---- words ----

    def _message(self, record: Record, item: Mapping[str, Any]) -> None:
        role, content = item.get("role"), item.get("content")
        if role == "assistant":
            self._building.say("assistant", self._said(record, content))
        elif role in ("user", "system", "developer"):
            self._building.say(role, self._shown(content) if isinstance(content, list) else text_field(
                record, item, "content"))  # fmt: skip
        else:
            raise shape(record, f"the role is `{str(role)[:40]}`; it must be assistant, user, system or developer")

    def _shown(self, content: list[Any]) -> str:
        """The words of a user: they are no evidence, so nothing is noted about parts that hold none."""
        return "\n".join(
            str(part["text"]) if isinstance(part, Mapping) and isinstance(part.get("text"), str) else "[attachment]"
            for part in content
        )

    def _said(self, record: Record, content: Any) -> Any:
        if content is None or isinstance(content, str):
            return content or ""
        if not isinstance(content, list):
            raise shape(record, f"`content` is {shown(content)}, not text or a list of parts")
        texts: list[str] = []
        refusals: list[str] = []
        for part in content:
            if isinstance(part, Mapping) and part.get("type") == "refusal":
                refusals.append(text_field(record, part, "refusal"))
                continue
            text = part_text(self._building, record, part)
            notes = part.get("annotations") if isinstance(part, Mapping) else None
            texts.append(cited_text(self._building, record, text, notes, anthropic=False))
        if refusals and texts:
            self._building.caution(record.place, "a refusal beside text", "the text is judged, the refusal is not")
        if refusals and not texts:
            return [{"type": "refusal", "refusal": "".join(refusals)}]
        return "".join(texts)

    # ---- tools ----

    def _call(self, record: Record, item: Mapping[str, Any], sort: str) -> None:
        given = item.get("call_id") or item.get("id")
        if not isinstance(given, str):
            given = f"{sort}_call_{len(self._building.messages)}"
        name = item.get("name") if isinstance(item.get("name"), str) else sort
        arguments = self._arguments(item)
        id = given
        if self._call_id is not None and name in _SHELL:
            id = self._call_id(given, *command_of(arguments))
        result = self._own_result(record, item, sort)
        if result is None and sort in ("web_search", "image_generation"):
            self._building.skip(record.place, f"`{sort}`", "the item does not tell what was found")
            return
        (self._calls[given],) = self._building.call([(id, str(name), arguments)])
        if result is not None:
            self._building.result(id, result, is_error=bool(item.get("error")))

    @staticmethod
    def _arguments(item: Mapping[str, Any]) -> Any:
        """Arguments as function calls have them. The input of a custom tool becomes ``{"input": …}``: as a custom
        call its name would be lost, and with it the test for tools that observe nothing."""
        if "arguments" in item:
            return item["arguments"]
        if "input" in item:
            return {"input": item["input"]}
        for name in ("action", "queries", "code", "operation"):
            if name in item:
                return item[name] if isinstance(item[name], Mapping) else {name: item[name]}
        return {}

    def _own_result(self, record: Record, item: Mapping[str, Any], sort: str) -> str | None:
        """The result that stands in the call itself, for tools that ran at the provider."""
        if item.get("error"):
            self._building.caution(record.place, f"`{item.get('name', sort)}`", "the tool failed; its message is kept")
            error = item["error"]
            return error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        if sort in ("mcp", "function", "custom") and isinstance(item.get("output"), str):
            return str(item["output"])
        for name in ("results", "outputs"):
            if isinstance(item.get(name), list):
                return json.dumps(item[name], ensure_ascii=False)
        action = item.get("action")
        if isinstance(action, Mapping) and isinstance(action.get("sources"), list):
            return json.dumps(action["sources"], ensure_ascii=False)
        return None

    def _output(self, record: Record, item: Mapping[str, Any]) -> None:
        given = item.get("call_id") or item.get("id")
        if not isinstance(given, str):
            raise shape(record, f"`call_id` is {shown(given)}, not text")
        text, failed = self._observed(record, item.get("output"))
        call = self._calls.get(given, {"id": given})
        if call["id"] in self._building.answered and call["id"] != given and (failed or not text.strip()):
            call["id"] = given  # a second look at a file that found nothing takes nothing away from the first
        self._building.result(call["id"], text)
        if failed:
            self._building.caution(record.place, f"the result of `{given}`", f"{failed}; its output is kept")

    def _observed(self, record: Record, output: Any) -> tuple[str, str]:
        """The text of an output, and how it failed (``""`` where it did not)."""
        if isinstance(output, str):
            return _unpacked(output)
        if isinstance(output, list) and all(isinstance(part, Mapping) and "stdout" in part for part in output):
            texts = [f"{part.get('stdout') or ''}{part.get('stderr') or ''}" for part in output]
            return "\n".join(texts), ""
        if isinstance(output, Mapping) and isinstance(output.get("content"), str):
            return output["content"], "the tool failed" if output.get("success") is False else ""
        return plain_text(self._building, record, output), ""


def _unpacked(output: str) -> tuple[str, str]:
    """Codex wraps what a command printed: ``{"output": …, "metadata": {"exit_code": …}}``."""
    if not output.startswith("{"):
        return output, ""
    try:
        found = json.loads(output)
    except (ValueError, RecursionError):
        return output, ""
    if isinstance(found, dict) and set(found) == {"output", "metadata"} and isinstance(found["output"], str):
        metadata = found["metadata"]
        code = metadata.get("exit_code") if isinstance(metadata, dict) else None
        return found["output"], f"the command failed (exit code {code})" if isinstance(code, int) and code else ""
    return output, ""


def command_of(arguments: Any) -> tuple[str, str | None]:
    """The shell command in a call's arguments (``""`` where there is none), and the folder that it names to run in."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return "", None
    if not isinstance(arguments, Mapping):
        return "", None
    command = arguments.get("command", arguments.get("cmd"))
    folder = arguments.get("workdir", arguments.get("working_directory"))
    if isinstance(command, list) and all(isinstance(word, str) for word in command):
        command = shlex.join(command)
    return (command if isinstance(command, str) else ""), (folder if isinstance(folder, str) and folder else None)
