"""Decisions of the feed that were judged by what an agent said, and each as a script for the Speech screen.

Imports the feed's reader and the scripts. The agent's own account is what was recorded of the request; where a trusted
source's record took its place, only the verdict of then tells, and the script carries that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.service.clock import moment
from workbench.service.session import Session
from workbench.service.speaking import SpeechRefusedError
from workbench.service.speech_scripts import EVENT, Script, script_of
from workbench.service.watching import Watching
from workbench.store import feed

LOOKED_AT = 2_000  # decisions, the newest first, among which spoken ones are looked for


@dataclass(frozen=True, slots=True)
class SpokenEvent:
    """A decision with what was said: the status that the words were given, and whether they can still be read."""

    seq: int
    at: datetime
    agent: str
    action: str
    outcome: str
    status: str
    text: str


class SpokenEvents:
    """What the Speech screen asks of the feed."""

    def __init__(self, session: Session, watching: Watching) -> None:
        self._session, self._watching = session, watching

    def list(self, most: int = 100) -> tuple[SpokenEvent, ...]:
        """The newest decisions that carry speech, newest first, among the last 2,000."""
        found: list[SpokenEvent] = []
        with self._session.read() as connection:
            for row in reversed(feed.last_rows(connection, LOOKED_AT)):
                kept = feed.payload(connection, row.seq)
                if kept is None or b'"speech"' not in kept.request:
                    continue
                speech = json.loads(kept.request).get("speech")
                if not isinstance(speech, Mapping):
                    continue
                told = json.loads(kept.decision).get("speech") or {}
                status = str(told.get("status", ""))
                where = (row.seq, moment(row.at), row.agent, row.action, row.outcome)
                found.append(SpokenEvent(*where, status, _last_words(speech)))
                if len(found) >= most:
                    break
        return tuple(found)

    def script(self, seq: int) -> Script:
        """What was said for decision ``seq``. Raises :class:`WorkbenchError`: ``no_event``, ``no_speech``."""
        detail = self._watching.event(seq)
        speech = detail.request.get("speech")
        if not isinstance(speech, Mapping):
            why = f"decision `{seq}` carries no words of an agent, or they were erased"
            raise SpeechRefusedError("nothing was said", why, "", "no_speech")
        grounds, told = speech.get("grounds"), detail.decision.get("speech")
        return script_of(
            f"decision {seq} of {detail.row.agent}",
            EVENT,
            _messages(speech),
            grounds=tuple(each for each in grounds if isinstance(each, Mapping)) if isinstance(grounds, list) else (),
            recorded=told if isinstance(told, Mapping) else None,
            seq=seq,
        )


def _messages(speech: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    conversation = speech.get("conversation")
    if isinstance(conversation, list) and conversation:
        return [message for message in conversation if isinstance(message, Mapping)]
    return [{"role": "assistant", "content": str(speech.get("agent_output") or "")}]


def _last_words(speech: Mapping[str, Any]) -> str:
    spoken = script_of("", EVENT, _messages(speech)).spoken
    return spoken[-1].text[:400] if spoken else ""
