"""Asking a language model through litellm: one question, streamed, stoppable, within one time limit.

Requests run on the loop of ``model_library``, because closing a stream from outside is sure only there. What comes back
is text and figures; a failure is a :class:`ModelError` with a stable code that repeats neither the prompt, nor the key,
nor what the other side wrote about them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from workbench.analysis.stop import Stop, Stopped
from workbench.authoring.model_answer import MOST_ANSWER
from workbench.service.model_config import ModelSettings, key_of
from workbench.service.model_failures import ModelError, refused, timed_out, too_large, understood
from workbench.service.model_library import library

if TYPE_CHECKING:
    from workbench.authoring.model_prompt import Message

_GRACE = 0.3  # seconds for a stream to be closed after a stop; then it is left to the loop


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said. ``cut``: it stopped because it had no more room. ``cost``: US dollars, empty if unknown."""

    text: str
    cut: bool = False
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: str = ""


Piece = Callable[[str], None]


class Client:
    """One configured model. May be used by several threads at once."""

    def __init__(self, settings: ModelSettings) -> None:
        """Raises :class:`WorkbenchError` where its key is named and not there."""
        self.settings = settings
        self._key = key_of(settings)

    def __repr__(self) -> str:
        return f"Client({self.settings.name!r})"

    def ask(
        self,
        messages: Sequence[Message],
        *,
        temperature: float | None = None,
        stop: Stop | None = None,
        tell: Piece | None = None,
    ) -> Answer:
        """One answer. ``tell`` hears each piece as it comes, in another thread.

        Raises :class:`ModelError`, and :class:`~workbench.analysis.stop.Stopped` within half a second of a stop, with
        the connection closed.
        """
        stop = stop or Stop()
        stop.check()
        litellm, loop = library()
        stop.check()
        wanted = self.settings.temperature if temperature is None else temperature
        began = monotonic()
        asking = self._asked(litellm, messages, wanted, tell)
        future: Future[Answer] = asyncio.run_coroutine_threadsafe(asking, loop)

        def interrupt() -> None:
            future.cancel()

        try:
            stop.enter(interrupt)
        except Stopped:
            future.cancel()
            raise
        try:
            answer = future.result(self.settings.timeout + _GRACE)
        except (CancelledError, FutureTimeoutError):
            future.cancel()
            stop.check()
            raise timed_out(self.settings.timeout) from None
        except ModelError:
            raise
        except Exception as error:
            stop.check()
            raise understood(error, self.settings) from None  # its text may repeat the prompt or the key
        finally:
            stop.leave(interrupt)
        return Answer(
            answer.text,
            answer.cut,
            monotonic() - began,
            answer.prompt_tokens,
            answer.completion_tokens,
            answer.cost,
        )

    async def _asked(self, litellm: Any, messages: Sequence[Message], temperature: float, tell: Piece | None) -> Answer:
        try:
            async with asyncio.timeout(self.settings.timeout):
                stream = await litellm.acompletion(
                    model=self.settings.name,
                    messages=[dict(message) for message in messages],
                    api_key=self._key,
                    base_url=self.settings.base_url or None,
                    timeout=self.settings.timeout,
                    temperature=temperature,
                    stream=True,
                    stream_options={"include_usage": True},
                    num_retries=0,
                    max_retries=0,
                    drop_params=True,
                    caching=False,
                )
                try:
                    return await self._collected(litellm, stream, tell)
                finally:
                    with suppress(Exception):
                        await stream.aclose()
        except TimeoutError:
            raise timed_out(self.settings.timeout) from None

    async def _collected(self, litellm: Any, stream: AsyncIterator[Any], tell: Piece | None) -> Answer:
        pieces: list[str] = []
        length, finish, usage = 0, "", None
        async for event in stream:
            usage = getattr(event, "usage", None) or usage
            for choice in event.choices or ():
                finish = choice.finish_reason or finish
                piece = getattr(choice.delta, "content", None)
                if not isinstance(piece, str) or not piece:
                    continue
                pieces.append(piece)
                length += len(piece)
                if length > MOST_ANSWER:
                    raise too_large()
                if tell is not None:
                    tell(piece)
        if finish == "content_filter":
            raise refused()
        asked, said = _tokens(usage)
        return Answer("".join(pieces), finish == "length", 0.0, asked, said, _cost(litellm, self.settings, asked, said))


def _tokens(usage: Any) -> tuple[int, int]:
    counted = [getattr(usage, name, 0) for name in ("prompt_tokens", "completion_tokens")]
    asked, said = (value if isinstance(value, int) and 0 <= value < 1 << 40 else 0 for value in counted)
    return asked, said


def _cost(litellm: Any, settings: ModelSettings, asked: int, said: int) -> str:
    """What litellm's own price list says; empty for a model that it does not know, or at an address of one's own."""
    if settings.base_url or not (asked or said):
        return ""
    with suppress(Exception):
        prices = litellm.cost_per_token(model=settings.name, prompt_tokens=asked, completion_tokens=said)
        return f"{sum(prices):.6f}"
    return ""
