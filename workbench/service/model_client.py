"""Asking a language model through litellm: one question, streamed, stoppable, within one time limit.

litellm is loaded when the first question is asked and nowhere else, told beforehand to fetch no price list, to read no
``.env`` and to send no telemetry. Requests run on an event loop in a thread of their own, because closing a stream from
outside is sure only there. What comes back is text and figures; a failure is a :class:`ModelError` with a stable code
that repeats neither the prompt, nor the key, nor what the other side wrote about them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from workbench.analysis.stop import Stop, Stopped
from workbench.authoring.model_answer import MOST_ANSWER
from workbench.service.model_config import ModelSettings, key_of
from workbench.service.model_failures import ModelError, refused, timed_out, too_large, understood

if TYPE_CHECKING:
    import httpx

    from workbench.authoring.model_prompt import Message

MOST_BYTES = 4 * 1024 * 1024
"""Of one HTTP answer, events and all."""
_GRACE = 0.3  # seconds for a stream to be closed after a stop; then it is left to the loop
_QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "CRITICAL"}


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
        library = _library()
        wanted = self.settings.temperature if temperature is None else temperature
        began = monotonic()
        asking = self._asked(library, messages, wanted, tell)
        future: Future[Answer] = asyncio.run_coroutine_threadsafe(asking, _loop())

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

    async def _asked(self, library: Any, messages: Sequence[Message], temperature: float, tell: Piece | None) -> Answer:
        try:
            async with asyncio.timeout(self.settings.timeout):
                stream = await library.acompletion(
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
                    return await self._collected(library, stream, tell)
                finally:
                    with suppress(Exception):
                        await stream.aclose()
        except TimeoutError:
            raise timed_out(self.settings.timeout) from None

    async def _collected(self, library: Any, stream: AsyncIterator[Any], tell: Piece | None) -> Answer:
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
        return Answer("".join(pieces), finish == "length", 0.0, asked, said, _cost(library, self.settings, asked, said))


def _tokens(usage: Any) -> tuple[int, int]:
    counted = [getattr(usage, name, 0) for name in ("prompt_tokens", "completion_tokens")]
    asked, said = (value if isinstance(value, int) and 0 <= value < 1 << 40 else 0 for value in counted)
    return asked, said


def _cost(library: Any, settings: ModelSettings, asked: int, said: int) -> str:
    """What litellm's own price list says; empty for a model that it does not know, or at an address of one's own."""
    if settings.base_url or not (asked or said):
        return ""
    with suppress(Exception):
        prices = library.cost_per_token(model=settings.name, prompt_tokens=asked, completion_tokens=said)
        return f"{sum(prices):.6f}"
    return ""


# ---- litellm and its loop --------------------------------------------------------------------------------------------

_lock = Lock()
_loaded: Any = None
_running: asyncio.AbstractEventLoop | None = None


def _library() -> Any:
    """litellm, loaded once and quietly. Raises :class:`ModelError` (``model_not_installed``)."""
    global _loaded
    with _lock:
        if _loaded is not None:
            return _loaded
        os.environ.update(_QUIET)
        try:
            library: Any = import_module("litellm")
        except ImportError:
            raise ModelError(
                "no language model can be asked",
                "litellm is not installed",
                "install the extra `model`: pip install 'constitution-workbench[model]'; "
                "everything else works without it",
                "model_not_installed",
            ) from None
        import logging

        for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore"):
            logger = logging.getLogger(name)  # at any level they write what was asked, or where
            logger.disabled = True
            logger.propagate = False
        library.suppress_debug_info = True
        library.telemetry = False
        library.turn_off_message_logging = True
        library.drop_params = True
        library.num_retries = 0
        library.callbacks, library.success_callback, library.failure_callback = [], [], []
        library.input_callback, library.service_callback = [], []
        try:
            _make_strict(library)
        except (ImportError, AttributeError):
            raise ModelError(
                "no language model can be asked",
                "this version of litellm is not one that is known here",
                "install the extra `model` anew: pip install 'constitution-workbench[model]'",
                "model_not_installed",
            ) from None
        _loaded = library
        return library


def _loop() -> asyncio.AbstractEventLoop:
    global _running
    with _lock:
        if _running is None:
            _running = asyncio.new_event_loop()
            _running.set_exception_handler(lambda *_: None)  # what a closed stream still says is for nobody
            Thread(target=_running.run_forever, name="language model", daemon=True).start()
        return _running


def _strict(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """``client``, following no redirects (they lead away from the configured model) and reading no answer for ever."""
    import httpx as http

    class Bounded(http.AsyncByteStream):
        def __init__(self, inner: httpx.AsyncByteStream) -> None:
            self._inner = inner

        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = MOST_BYTES
            async for chunk in self._inner:
                left -= len(chunk)
                if left < 0:
                    raise too_large()
                yield chunk

        async def aclose(self) -> None:
            await self._inner.aclose()

    async def bound(response: httpx.Response) -> None:
        assert isinstance(response.stream, http.AsyncByteStream)
        response.stream = Bounded(response.stream)

    client.follow_redirects = False
    client.event_hooks = {**client.event_hooks, "response": [*client.event_hooks.get("response", ()), bound]}
    return client


def _make_strict(library: Any) -> None:
    """Let every HTTP client that litellm makes or is given be a strict one. Raises ``ImportError``, ``AttributeError``.

    It has a setting for the client of OpenAI-compatible servers only; the others come from one method of its own.
    """
    import httpx as http

    handler: Any = import_module("litellm.llms.custom_httpx.http_handler").AsyncHTTPHandler
    made = handler.create_client

    def create_client(self: Any, *given: Any, **named: Any) -> httpx.AsyncClient:
        return _strict(made(self, *given, **named))

    handler.create_client = create_client
    library.aclient_session = _strict(http.AsyncClient())
