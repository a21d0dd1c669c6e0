"""The parts that tests make transcripts of: events of Codex, items of the Responses API, lines of Claude Code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contracts.source_tree import ROOT
from workbench.speech.transcripts import (
    Options,
    Transcript,
    TranscriptError,
    read_transcript,
)

SAMPLES = ROOT / "samples" / "transcripts"


def lines(*events: Any) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def item(id: str, sort: str, **more: Any) -> dict[str, Any]:
    return {"type": "item.completed", "item": {"id": id, "type": sort, **more}}


def command(id: str, text: str, output: str = "out", **more: Any) -> dict[str, Any]:
    return item(id, "command_execution", command=text, aggregated_output=output, **more)


ANSWER = item("last", "agent_message", text="Done.")


def roles(transcript: Transcript) -> list[str]:
    return [message["role"] for message in transcript.conversation]


def lost(transcript: Transcript) -> list[tuple[str, str]]:
    return [(note.place, note.what) for note in transcript.skipped]


def refused(text: str, kind: str | None = None, **options: Any) -> TranscriptError:
    with pytest.raises(TranscriptError) as caught:
        read_transcript(text, kind, Options(**options))
    return caught.value


META = {"type": "session_meta", "payload": {"id": "s", "cwd": "/srv/shop", "cli_version": "0.65.0"}}


def response(**payload: Any) -> dict[str, Any]:
    return {"timestamp": "2026-03-16T09:30:00Z", "type": "response_item", "payload": payload}


def output_text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text, **more}]}


def said(n: int, parent: int | None, kind: str, content: Any, id: str = "", **more: Any) -> dict[str, Any]:
    message = {"role": kind, "content": content, **({"id": id} if id else {})}
    ids = {"uuid": f"u{n}", "parentUuid": None if parent is None else f"u{parent}", "sessionId": "s", "cwd": "/srv"}
    return {"type": kind, "isSidechain": False, "message": message, **ids, **more}


def use(id: str, name: str = "get", **input: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id, "name": name, "input": input}


def got(id: str, content: Any = "ok", **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": id, "content": content, **more}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}
