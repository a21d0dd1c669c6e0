"""What the service computes of an agent's words: ``context.speech``, and what is kept of the judgement to be shown.

Pure and deterministic, so that it may be done once, before the transaction that decides. The strict profile judges;
whoever brings a judgement of its own words is refused (``belief``). Nothing that was said reaches an exception's text
beyond the place where it is wrong. Imports the engine, the schema's types and the evaluation of speech.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.engine.request import Request, RequestError
from workbench.engine.speech_text import NothingSaidError, UnreadableSpeechError, text_of
from workbench.language.schema import ActionType, Schema
from workbench.language.schema_speech import (
    ADMISSIBLE_NAME,
    MESSAGE_NAME,
    OBSERVED_NAME,
    SPEECH,
    SPEECH_NAME,
    carries_message,
    judges_speech,
    optional_of,
)
from workbench.service.heard import Heard, by_the_record
from workbench.service.refusing import RefusedError, require_modest

if TYPE_CHECKING:
    from workbench.speech.judgment import StatementEvaluation
    from workbench.speech.strict import StrictJudgment

MAX_TEXT = 32_768  # characters that one message may have, to be judged
MAX_SPEECH = 256 * 1024  # bytes of everything that an agent sends to be judged, as JSON
ADMISSIBLE = frozenset({"acceptable", "conditionally_acceptable", "no_normative_content"})
SHOWN_STATEMENTS = 64  # of one judgement, those that violate first
SHOWN_DIAGNOSTICS = 16  # of what was left out of the evidence
SHOWN_TEXT = 600  # characters of one statement, hint or explanation
_FORM = "send `speech: {agent_output, conversation, grounds}` with the request"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement of one text.

    ``judgment`` is the evaluation's own. ``recorded``: its grounds are those of a trusted source's record.
    ``dropped``: how many results and grounds the agent showed that were not in that record.
    """

    text: str = field(repr=False)
    judgment: StrictJudgment = field(repr=False)
    recorded: bool = False
    dropped: int = 0

    @property
    def observed(self) -> bool:
        """Whether the statements rest on no ground that only the caller vouches for."""
        return self.recorded or not self.judgment.grounds_cited

    def in_context(self, action: ActionType) -> dict[str, Any]:
        """What the context of a request for ``action`` gains: ``speech`` and ``message``, as far as it has them."""
        if not judges_speech(action):
            return {}
        said, statements = self.judgment, self.judgment.statement_evaluations
        speech: dict[str, Any] = {
            "status": said.status.value,
            "licensed": said.licensed,
            "modality": _leading(statements),
            "modalities": sorted({each.modality for each in statements if each.modality}),
            "violated_axioms": sorted(set(said.violated_axioms)),
            "statements": said.num_statements,
        }
        besides = {ADMISSIBLE_NAME: said.status.value in ADMISSIBLE, OBSERVED_NAME: self.observed}
        speech |= {name: value for name, value in besides.items() if name in optional_of(action)}
        return {SPEECH_NAME: speech} | ({MESSAGE_NAME: self.text} if carries_message(action) else {})

    def told(self) -> dict[str, Any]:
        """What is kept with a decision to be shown later: the statements (the violating ones first where there are too
        many), the hint, who vouches for the grounds, and the digest of the text (SHA-256 of its UTF-8, hex)."""
        said, statements = self.judgment, self.judgment.statement_evaluations
        shown = statements
        if len(statements) > SHOWN_STATEMENTS:
            shown = sorted(statements, key=lambda each: each.violated_axiom is None)[:SHOWN_STATEMENTS]
        return {
            "status": said.status.value,
            "licensed": said.licensed,
            "can_retry": said.can_retry,
            "explanation": _cut(said.explanation),
            "feedback_hint": _cut(said.feedback_hint),
            "violated_axioms": list(said.violated_axioms),
            "statements": [_statement(each) for each in shown],
            "num_statements": said.num_statements,
            "grounds_accepted": said.grounds_accepted,
            "grounds_cited": said.grounds_cited,
            "grounds_from": "record" if self.recorded else "caller" if said.grounds_accepted else "",
            "grounds_dropped": self.dropped,
            "diagnostics": [_cut(each) for each in said.diagnostics[:SHOWN_DIAGNOSTICS]],
            "text_sha256": hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest(),
        }


def judged(speech: Mapping[str, Any] | None, heard: Heard | None = None) -> Judged:
    """Judge what a request says under the strict profile. ``heard``: the record of a trusted source, where there is
    one; else the agent's own account of tools and grounds counts, as its claim.

    Raises :class:`RefusedError`: ``speech_missing``, ``speech_invalid``.
    """
    try:
        require_modest(speech or {}, "speech", "speech_invalid")
        text = text_of(speech)
    except NothingSaidError as error:
        raise RefusedError("speech_missing", f"the action is judged by what is said: {error}", _FORM) from None
    except UnreadableSpeechError as error:
        raise RefusedError("speech_invalid", f"speech: {error}", _FORM) from None
    if speech is not None and not isinstance(speech.get("grounds"), list | None):
        raise RefusedError("speech_invalid", "speech: `grounds` is not a list", _FORM)
    if len(text) > MAX_TEXT:
        what = f"speech: a message of {len(text):,} characters cannot be judged; the most is {MAX_TEXT:,}"
        raise RefusedError("speech_invalid", what, "say it in several messages")
    if speech is None or _size(speech) > MAX_SPEECH:
        raise RefusedError("speech_invalid", "speech: over 256 KiB", "send the part of the conversation that matters")
    evidence = by_the_record(text, speech.get("conversation"), speech.get("grounds"), heard)
    from workbench.speech.errors import SpeechError

    output = text if speech.get("agent_output") is not None or evidence.conversation is None else None
    try:
        from workbench.speech.strict import evaluate_speech

        found = evaluate_speech(agent_output=output, conversation=evidence.conversation, grounds=evidence.grounds)
    except SpeechError as error:
        raise RefusedError("speech_invalid", f"speech: {_cut(str(error))}", _FORM) from None
    except Exception as error:  # ours, and no reason to let it pass
        what = f"speech: it could not be judged ({type(error).__name__})"
        raise RefusedError("speech_invalid", what, "tell the operator of this workspace") from None
    return Judged(text, found, recorded=heard is not None, dropped=evidence.dropped)


class Judging:
    """The judgement of one request's speech: made once, when it is first asked for, and the same for every reader."""

    __slots__ = ("_error", "_found", "_heard", "_speech")

    def __init__(self, speech: Mapping[str, Any] | None, heard: Heard | None = None) -> None:
        self._speech, self._heard = speech, heard
        self._found: Judged | None = None
        self._error: RefusedError | None = None

    def made(self) -> Judging:
        """Itself, with the judgement made where there is anything to judge; what went wrong is told on reading it."""
        if self._speech is not None and self._found is None and self._error is None:
            try:
                self._found = judged(self._speech, self._heard)
            except RefusedError as refused:
                self._error = refused
        return self

    @property
    def found(self) -> Judged | None:
        """The judgement, where it was made."""
        return self._found

    def read(self) -> Judged:
        """The judgement. Raises :class:`RefusedError` as :func:`judged`."""
        self.made()
        if self._error is not None:
            raise self._error
        if self._found is None:
            return judged(self._speech, self._heard)  # says that nothing was said
        return self._found


def spoken(request: Request, schema: Schema | None) -> Request:
    """A request that no service has seen, with the judgement of its ``speech`` in its context where it has one and the
    action is judged by that: for files and test cases, which may give ``context.speech`` itself instead.

    Raises :class:`RefusedError`: as :func:`judged`, and ``speech_claimed`` where both are given.
    """
    return judged_request(request, schema)[0]


def judged_request(request: Request, schema: Schema | None) -> tuple[Request, Judged | None]:
    """As :func:`spoken`, with the judgement where there is one."""
    action = _action(request, schema)
    if action is None or request.speech is None or not judges_speech(action):
        return request, None
    if SPEECH_NAME in request.context:
        what = "the request gives both `speech` to be judged and its judgement, `context.speech`"
        raise RefusedError("speech_claimed", what, "leave one of them out")
    found = judged(request.speech)
    gained = found.in_context(action)
    if request.context.get(MESSAGE_NAME, found.text) != found.text and MESSAGE_NAME in gained:
        what = "`context.message` is not the text that `speech` gives to be judged"
        raise RefusedError("speech_differs", what, "leave it out: it is filled in")
    return _with(request, {**request.context, **gained}), found


def spoken_cases(cases: Iterable[Mapping[str, Any]], schema: Schema | None) -> list[Mapping[str, Any]]:
    """Test cases as the analyses read them: what is said in a case's request stands judged in its context.

    A case that cannot be judged is left as it is, and the engine then says that it does not fit the schema.
    """
    return [_spoken_case(case, schema) for case in cases]


def _spoken_case(case: Mapping[str, Any], schema: Schema | None) -> Mapping[str, Any]:
    asked = case.get("request")
    if not isinstance(asked, Mapping) or "speech" not in asked:
        return case
    with suppress(RefusedError, RequestError):
        made = spoken(Request.from_json(asked), schema)
        kept = {name: value for name, value in asked.items() if name != "speech"}
        return {**case, "request": {**kept, "context": dict(made.context)}}
    return case


def fitted(request: Request, schema: Schema | None, judging: Judging | None = None) -> Request:
    """A request that was believed under one schema, as another asks for it: a judgement is added where that one wants
    it, and taken out where it knows none. One that stands in the request is kept, for it was made of the record; what
    lacks a part of it is none that a service made, and no part of that is kept.

    Raises :class:`RefusedError` where what is said cannot be judged.
    """
    action = _action(request, schema)
    if action is None or request.speech is None:
        return request
    left = {SPEECH_NAME, MESSAGE_NAME} - action.context.attributes.keys()
    context = {name: value for name, value in request.context.items() if name not in left}
    if judges_speech(action):
        standing = context.get(SPEECH_NAME)
        made = standing if isinstance(standing, Mapping) and standing.keys() >= SPEECH.keys() else {}
        names = SPEECH.keys() | optional_of(action)
        speech = {name: made[name] for name in names & made.keys()}
        if len(speech) < len(names) or (carries_message(action) and MESSAGE_NAME not in context):
            gained = (judging or Judging(request.speech)).read().in_context(action)
            speech = {**gained[SPEECH_NAME], **speech}
            context |= gained
        context[SPEECH_NAME] = speech
    return _with(request, context)


def _action(request: Request, schema: Schema | None) -> ActionType | None:
    return None if schema is None else schema.actions.get((request.action.type, request.action.id))


def _with(request: Request, context: Mapping[str, Any]) -> Request:
    return Request(request.principal, request.action, request.resource, context, request.speech)


def _leading(statements: Sequence[StatementEvaluation]) -> str:
    """The modality of the first statement that violates a norm, else of the first that an axiom speaks against, else of
    the first."""
    against = [each for each in statements if each.violated_axiom]
    violating = [each for each in statements if each.status.value == "violates_norm"]
    first = next(iter((*violating, *against, *statements)), None)
    return "" if first is None else first.modality or ""


def _statement(each: StatementEvaluation) -> dict[str, Any]:
    return {
        "id": each.statement_id,
        "text": _cut(each.statement),
        "modality": each.modality or "",
        "status": each.status.value,
        "license": sorted(each.license),
        "violated_axiom": each.violated_axiom or "",
        "explanation": _cut(each.explanation),
    }


def _cut(text: str | None) -> str:
    said = text or ""
    return said if len(said) <= SHOWN_TEXT else said[: SHOWN_TEXT - 1] + "…"


def _size(value: Any) -> int:
    try:
        return len(json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=repr))
    except (ValueError, RecursionError, TypeError):
        return MAX_SPEECH + 1
