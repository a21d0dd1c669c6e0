"""litellm itself, and the thread that its requests run on: loaded when the first question is asked and nowhere else.

It is told beforehand to fetch no price list, to read no ``.env`` and to send no telemetry; afterwards to log nothing,
to try nothing again by itself and to follow no redirect. What it loads only in the middle of a request is loaded here,
by an answer and a failure that it makes up itself: a request that waits for imports can be neither timed nor stopped.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib import import_module
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from workbench.service.model_failures import ModelError, too_large

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 4 * 1024 * 1024
"""Of one HTTP answer, events and all."""
_QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "CRITICAL"}
_LONG_WARMING = 60.0  # seconds
_LONG_END = 20.0  # seconds; an import that has begun comes to its end

_lock = Lock()
_loaded: Any = None
_running: asyncio.AbstractEventLoop | None = None


def library() -> tuple[Any, asyncio.AbstractEventLoop]:
    """litellm, and the loop that its requests run on. Raises :class:`ModelError` (``model_not_installed``)."""
    global _loaded, _running
    with _lock:
        if _loaded is None:
            loaded = _quiet()
            if _running is None:
                _running = _begun()
            with suppress(Exception):  # it only makes the first question quicker
                asyncio.run_coroutine_threadsafe(_warmed(loaded), _running).result(_LONG_WARMING)
            _loaded = loaded
        assert _running is not None
        return _loaded, _running


def _quiet() -> Any:
    os.environ.update(_QUIET)
    try:
        loaded: Any = import_module("litellm")
    except ImportError:
        raise ModelError(
            "no language model can be asked",
            "litellm is not installed",
            "install the extra `model`: pip install 'constitution-workbench[model]'; everything else works without it",
            "model_not_installed",
        ) from None
    import logging

    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore"):
        logger = logging.getLogger(name)  # at any level they write what was asked, or where
        logger.disabled = True
        logger.propagate = False
    loaded.suppress_debug_info = True
    loaded.telemetry = False
    loaded.turn_off_message_logging = True
    loaded.drop_params = True
    loaded.num_retries = 0
    loaded.callbacks, loaded.success_callback, loaded.failure_callback = [], [], []
    loaded.input_callback, loaded.service_callback = [], []
    try:
        _make_strict(loaded)
    except (ImportError, AttributeError):
        raise ModelError(
            "no language model can be asked",
            "this version of litellm is not one that is known here",
            "install the extra `model` anew: pip install 'constitution-workbench[model]'",
            "model_not_installed",
        ) from None
    return loaded


def _begun() -> asyncio.AbstractEventLoop:
    """The loop, in its thread, which ends before the interpreter does: killed in an import it would hold its lock."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # what a closed stream still says is for nobody
    thread = Thread(target=loop.run_forever, name="language model", daemon=True)
    thread.start()

    def end() -> None:
        for task in asyncio.all_tasks(loop):
            loop.call_soon_threadsafe(task.cancel)
        loop.call_soon_threadsafe(lambda: loop.call_later(0.05, loop.stop))
        thread.join(_LONG_END)
        gc.freeze()  # else the interpreter looks through all of litellm for rubbish, for seconds, before it ends

    atexit.register(end)
    return loop


async def _warmed(loaded: Any) -> None:
    """Load what a request and a failing request need, without one: litellm makes both up."""
    for name in ("litellm._service_logger", "openai.resources.chat.completions"):
        with suppress(ImportError):
            import_module(name)
    for made_up in ("x", RuntimeError("x")):
        with suppress(Exception):
            stream = await loaded.acompletion(
                model="openai/x",
                messages=[{"role": "user", "content": "x"}],
                api_key="none",
                mock_response=made_up,
                stream=True,
                num_retries=0,
                max_retries=0,
            )
            async for _ in stream:
                pass
            await stream.aclose()


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
