"""Which kind of transcript a text is, and its reading: the one way in for every kind.

Imports this folder. The kind is told by what only that kind has; where nothing tells, the reader says so and what it
knows, rather than guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.speech.transcripts import (
    anthropic,
    claude_code,
    codex_events,
    codex_rollout,
    openai_chat,
    openai_responses,
)
from workbench.speech.transcripts.records import records_of
from workbench.speech.transcripts.transcript import Options, Record, Transcript, TranscriptError


@dataclass(frozen=True, slots=True)
class _Kind:
    recognises: Callable[[Record], bool]
    read: Callable[[Sequence[Record], Options], Transcript]
    what: str


# The order matters where a record would pass for two kinds: the one that can only be one comes first.
_KINDS: Mapping[str, _Kind] = {
    codex_events.KIND: _Kind(codex_events.recognises, codex_events.read, "events of `codex exec --json`"),
    codex_rollout.KIND: _Kind(codex_rollout.recognises, codex_rollout.read, "a rollout file of Codex"),
    claude_code.KIND: _Kind(claude_code.recognises, claude_code.read, "a session of Claude Code, or its stream-json"),
    openai_responses.KIND: _Kind(openai_responses.recognises, openai_responses.read, "items of the Responses API"),
    anthropic.KIND: _Kind(anthropic.recognises, anthropic.read, "messages of the Anthropic API"),
    openai_chat.KIND: _Kind(openai_chat.recognises, openai_chat.read, "messages of chat completions"),
}
KINDS: Mapping[str, str] = {name: kind.what for name, kind in _KINDS.items()}


def read_transcript(text: str, kind: str | None = None, options: Options | None = None) -> Transcript:
    """The conversation in a transcript of any known kind; ``kind`` where it is known, else it is found out.

    Raises :class:`TranscriptError`: ``transcript_kind`` (unknown or not to be told), ``transcript_json``,
    ``transcript_shape``, ``transcript_empty``, ``transcript_last``; the place of the fault stands in it.
    """
    if kind is not None and kind not in _KINDS:
        raise TranscriptError("transcript_kind", f"there is no kind `{kind[:40]}`", f"one of {', '.join(_KINDS)}")
    records = records_of(text)
    found = kind_of(records)
    if kind is None and found is None:
        raise TranscriptError(
            "transcript_kind",
            "it is none of the kinds that are known",
            f"name what it is with `--kind`: {', '.join(_KINDS)}",
            records[0].place if records else "",
        )
    chosen = kind or found or openai_chat.KIND
    try:
        return _KINDS[chosen].read(records, options or Options())
    except TranscriptError as error:
        if kind is not None and found not in (None, kind):
            hint = f"it looks like {KINDS[found or kind]}: try `--kind {found}`, or leave `--kind` away"
            raise TranscriptError(error.code, error.message, hint, error.place) from None
        raise


def kind_of(records: Sequence[Record]) -> str | None:
    """The kind of a transcript: that of the most telling records, ``None`` where no record tells."""
    votes: Counter[str] = Counter()
    for record in records:
        for name, kind in _KINDS.items():
            if kind.recognises(record):
                votes[name] += 1
                break
    if votes[codex_rollout.KIND]:  # its oldest files hold bare items of the Responses API between lines of their own
        return codex_rollout.KIND
    telling = [name for name in _KINDS if votes[name] and name != openai_chat.KIND]
    if not telling:
        return openai_chat.KIND if votes else None
    return max(telling, key=lambda name: votes[name])
