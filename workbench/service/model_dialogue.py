"""One dialogue with a language model about one sentence: asked, read, told what is wrong, asked again.

First for the sentence in controlled English; where that fails for the rules themselves. At most three times something
is fed back. Imports authoring; whatever asks the model is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Event, Lock
from typing import TYPE_CHECKING, Protocol

from workbench.analysis.stop import Stop, Stopped
from workbench.authoring.model_answer import AnswerError, CedarAnswer, RewriteAnswer, read_answer
from workbench.authoring.model_assist import Failure
from workbench.authoring.model_prompt import Message, cedar_messages, fed_back, rewrite_messages
from workbench.authoring.model_readings import Proposal, Unusable, Way, findings_of, read_cedar, read_rewrite
from workbench.authoring.result import SentenceResult
from workbench.authoring.testgen import generate_tests
from workbench.language.check import check
from workbench.language.schema import Schema
from workbench.service.errors import WorkbenchError
from workbench.service.model_config import ModelSettings
from workbench.service.testing import run_cases

if TYPE_CHECKING:
    from workbench.service.model_client import Answer, Piece

MOST_ROUNDS = 3
"""How often something is fed back, over both ways, for one candidate."""
_REWRITE_ROUNDS = 2  # of those, so that one is left for the rules themselves
LONGEST_WAIT = 5.0
"""Seconds that a model asked too often is waited for by itself; a longer wait is told and not waited out."""
_OTHERS = 0.7  # the temperature of further candidates: at nought they would all be the first again


class Asks(Protocol):
    """What asks a model: :class:`~workbench.service.model_client.Client`, or a stand-in."""

    settings: ModelSettings

    def ask(
        self,
        messages: Sequence[Message],
        *,
        temperature: float | None = None,
        stop: Stop | None = None,
        tell: Piece | None = None,
    ) -> Answer:
        """One answer; raises ``ModelError`` and ``Stopped``."""


@dataclass(frozen=True, slots=True)
class ModelProgress:
    """Where it stands: ``sentence`` of ``sentences`` (from 1), candidate and round (from 1), and the newest ``piece``.

    Pieces come from several threads, those of one candidate in order. They are raw text of the model's: data.
    """

    sentence: int
    sentences: int
    candidate: int
    round: int
    way: Way
    piece: str = field(default="", repr=False)


Tell = Callable[[ModelProgress], None]


@dataclass(slots=True)
class Spent:
    """What a sentence cost, over all its candidates."""

    lock: Lock = field(default_factory=Lock)
    requests: int = 0
    rounds: int = 0
    asked: int = 0
    said: int = 0
    cost: Decimal | None = Decimal(0)
    prompts: list[str] = field(default_factory=list, repr=False)

    def add(self, answer: Answer) -> None:
        with self.lock:
            self.asked += answer.prompt_tokens
            self.said += answer.completion_tokens
            self.cost = self.cost + Decimal(answer.cost) if answer.cost and self.cost is not None else None


class Candidate:
    """One dialogue with the model about one sentence."""

    def __init__(
        self,
        client: Asks,
        original: SentenceResult,
        schema: Schema,
        stop: Stop,
        spent: Spent,
        tell: Tell | None,
        place: tuple[int, int],
        number: int,
    ) -> None:
        self._client = client
        self._sentence = original.text
        self._schema = schema
        self._stop = stop
        self._spent = spent
        self._tell = tell
        self._place = place
        self._number = number
        self._temperature = None if number == 0 else max(client.settings.temperature, _OTHERS)
        self._findings = _about(original)
        self.first = rewrite_messages(self._sentence, schema, self._findings)

    def outcome(self) -> Proposal | Failure:
        """What came of it. Raises ``Stopped``."""
        try:
            return self._whole()
        except Unusable as unusable:
            return _failure(unusable)
        except AnswerError as error:
            return Failure(error.code, f"what the model said cannot be used: {error.message}", "try another model")
        except WorkbenchError as error:
            return Failure(error.code, f"{error.title}: {error.detail}", error.hint)
        except Stopped:
            raise
        except Exception as error:  # whatever a model's words do to what reads them, the compiler's result stands
            return broken(error)

    def _whole(self) -> Proposal:
        try:
            return self._dialogue("rewrite", self.first, _REWRITE_ROUNDS, self._rewritten)
        except (Unusable, AnswerError) as error:
            first = error
        asked = cedar_messages(self._sentence, self._schema, self._findings)
        try:
            return self._dialogue("direct", asked, MOST_ROUNDS - _REWRITE_ROUNDS, self._written)
        except (Unusable, AnswerError) as second:
            raise min(first, second, key=_gravity) from None

    def _rewritten(self, answer: Answer) -> Proposal:
        return read_rewrite(read_answer(answer.text, RewriteAnswer, cut=answer.cut), self._sentence, self._schema)

    def _written(self, answer: Answer) -> Proposal:
        proposal = read_cedar(read_answer(answer.text, CedarAnswer, cut=answer.cut), self._sentence, self._schema)
        _tried(proposal, self._schema)
        return proposal

    def _dialogue(
        self, way: Way, messages: Sequence[Message], rounds: int, read: Callable[[Answer], Proposal]
    ) -> Proposal:
        """Ask, and feed back what is wrong, ``rounds`` times at most. Raises ``Unusable`` or ``AnswerError``."""
        for round_ in range(rounds + 1):
            answer = self._asked(way, messages, round_)
            self._stop.check()
            try:
                return read(answer)
            except Unusable as unusable:
                if unusable.code == "model_refused" or round_ == rounds:
                    raise
                findings = unusable.findings
            except AnswerError as error:
                if round_ == rounds:
                    raise
                findings = (error.message,)
            with self._spent.lock:
                self._spent.rounds += 1
            messages = fed_back(messages, answer.text, findings)
        raise AssertionError  # the last round returns or raises

    def _asked(self, way: Way, messages: Sequence[Message], round_: int) -> Answer:
        for patience in (True, False):
            with self._spent.lock:
                self._spent.requests += 1
            try:
                answer = self._client.ask(
                    messages, temperature=self._temperature, stop=self._stop, tell=self._telling(way, round_)
                )
            except WorkbenchError as error:
                after = getattr(error, "retry_after", None)
                if not patience or error.code != "model_rate_limited" or after is None or after > LONGEST_WAIT:
                    raise
                _wait(after, self._stop)
                continue
            self._spent.add(answer)
            return answer
        raise AssertionError  # the second try returns or raises

    def _telling(self, way: Way, round_: int) -> Piece | None:
        tell = self._tell
        if tell is None:
            return None
        at, of = self._place
        return lambda piece: tell(ModelProgress(at, of, self._number + 1, round_ + 1, way, piece))


_GRAVEST = ("model_unfaithful", "model_strange_letters", "model_refused", "model_not_read")


def _gravity(error: Unusable | AnswerError) -> int:
    """Of two reasons why nothing came of it the graver one is told; of two alike the first."""
    return _GRAVEST.index(error.code) if error.code in _GRAVEST else len(_GRAVEST)


def _tried(proposal: Proposal, schema: Schema) -> None:
    """Decide requests around every condition of the rules on both engines. Raises ``Unusable`` where they differ."""
    program = check(proposal.reading.cedar_plus, schema).program
    if program is None:  # it escalates to a procedure that stands elsewhere
        return
    run = run_cases(program, generate_tests(program))
    if run.failed or run.disagreements:
        raise Unusable("model_not_read", ["the two engines decide these rules differently; write them more plainly"])


def _wait(seconds: float, stop: Stop) -> None:
    woken = Event()
    stop.enter(woken.set)
    try:
        woken.wait(seconds)
    finally:
        stop.leave(woken.set)
    stop.check()


def _about(original: SentenceResult) -> tuple[str, ...]:
    """What the compiler said of the sentence: why not, or in which ways."""
    readings = [f"it can be read as: {reading.paraphrase}" for reading in original.candidates]
    return (*findings_of(original.diagnostics), *readings)


_HELP = {
    "model_refused": "the reason is the model's own; say it with facts that the schema has",
    "model_unfaithful": "nothing was taken from the model; write the rule in other words",
    "model_strange_letters": "nothing was taken from the model; try again, or another model",
    "model_not_read": "say it in other words, or try another model",
}
_SAID = {
    "model_refused": "the model says that it cannot",
    "model_unfaithful": "what the model proposed says more than the sentence",
    "model_strange_letters": "what the model proposed has letters that only look right",
    "model_not_read": "nothing that the model proposed is read",
}


def broken(error: Exception) -> Failure:
    """A fault of our own over a model's words; its text may hold some of them and is not repeated."""
    message = f"what the model said could not be judged ({type(error).__name__}), so nothing of it was taken"
    return Failure("model_not_judged", message, "say it in other words, and report this")


def _failure(unusable: Unusable) -> Failure:
    message = f"{_SAID[unusable.code]}: {unusable.findings[0]}" if unusable.findings else _SAID[unusable.code]
    return Failure(unusable.code, message, _HELP[unusable.code])
