"""Why a language model did not answer: litellm's failures, and others', as errors with stable codes.

A failure is understood by its kind and its HTTP status alone. Its text is never repeated: it may hold the prompt, the
key, or whatever the other side wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from workbench.service.errors import WorkbenchError
from workbench.service.model_config import ModelSettings


class ModelError(WorkbenchError):
    """A question without an answer. ``retry_after``: seconds after which the other side would be asked again.

    Codes: ``model_not_installed``, ``model_no_key``, ``model_unauthorized``, ``model_unknown``, ``model_unreachable``,
    ``model_timeout``, ``model_rate_limited``, ``model_refused``, ``model_too_long``, ``model_rejected``,
    ``model_failed``, ``model_garbage``, ``model_too_large``, ``model_redirected``.
    """

    def __init__(self, title: str, detail: str, hint: str, code: str, retry_after: float | None = None) -> None:
        super().__init__(title, detail, hint, code)
        self.retry_after = retry_after


_TITLE = "the language model did not answer"
_UNREADABLE = frozenset(
    {"JSONDecodeError", "APIResponseValidationError", "RemoteProtocolError", "ValidationError", "AttributeError",
     "TypeError", "KeyError", "ValueError"}
)  # fmt: skip  # what litellm, or a client below it, stumbles over in what was sent


def understood(error: Exception, settings: ModelSettings) -> ModelError:
    """A failure of litellm's as one of ours, by its kind and status alone."""
    chain = list(_causes(error))
    for each in chain:
        if isinstance(each, ModelError):
            return each
    kinds = {base.__name__ for each in chain for base in type(each).__mro__}
    status = _status(chain)
    where = f"`{settings.base_url}`" if settings.base_url else f"the provider of `{settings.name}`"
    if "RateLimitError" in kinds or status == 429:
        return _rate_limited(chain)
    if kinds & {"ConnectTimeout", "ReadTimeout", "PoolTimeout", "WriteTimeout", "APITimeoutError", "Timeout"}:
        return timed_out(settings.timeout)
    if kinds & {"ConnectError", "UnsupportedProtocol", "ProxyError", "gaierror", "ConnectionRefusedError"}:
        return _error(f"{where} cannot be reached", "check the address and the network", "model_unreachable")
    if kinds & {"AuthenticationError", "PermissionDeniedError"} or status in (401, 403):
        hint = "check the key: `workbench model show` says where it is looked for"
        return _error(f"{where} does not accept the key, or there is none", hint, "model_unauthorized")
    if kinds & {"ContentPolicyViolationError"}:
        return refused()
    if kinds & {"ContextWindowExceededError"}:
        return _error("the schema's words are too many for this model", "use a model that takes more", "model_too_long")
    if kinds & {"LiteLLMUnknownProvider"} or any("LLM Provider NOT provided" in str(each) for each in chain):
        hint = "write `provider/model` as litellm does: `openai/…`, `anthropic/…`, `ollama_chat/…`"
        return _error(f"`{settings.name}` names no provider that is known", hint, "model_unknown")
    if "NotFoundError" in kinds or status == 404:
        return _error(f"{where} has no model `{settings.name}`", "check the model's name", "model_unknown")
    if 300 <= status < 400:
        return _error(
            f"{where} sends elsewhere ({status})", "configure the address that it sends to", "model_redirected"
        )
    if 400 <= status < 500 and kinds & {"BadRequestError", "UnprocessableEntityError", "APIStatusError"}:
        return _error(
            f"{where} rejects the question ({status})", "check the model's name and address", "model_rejected"
        )
    if kinds & _UNREADABLE or any(
        "repeating the same chunk" in str(each) or "before a finish_reason" in str(each) for each in chain
    ):
        return _error(f"what {where} sent is no answer", "try again, or another model", "model_garbage")
    if "ReadError" in kinds:
        return _error(f"the connection to {where} broke", "try again", "model_unreachable")
    said = f" ({status})" if status else ""
    return _error(f"{where} failed{said}", "try again later", "model_failed")


def _status(chain: Sequence[BaseException]) -> int:
    """The status of the HTTP answer itself where it is known; litellm often makes a 500 of it."""
    answered = [each for each in chain if any(base.__name__ == "HTTPStatusError" for base in type(each).__mro__)]
    of = [getattr(getattr(each, "response", None), "status_code", None) for each in answered]
    of += [getattr(each, "status_code", None) for each in chain]
    return next((status for status in of if isinstance(status, int)), 0)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen or len(seen) > 30:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__, getattr(each, "original_exception", None)]


def _rate_limited(chain: Sequence[BaseException]) -> ModelError:
    after: float | None = None
    for each in chain:
        headers = getattr(getattr(each, "response", None), "headers", None)
        if isinstance(headers, Mapping) and "retry-after" in headers:
            with suppress(ValueError):
                after = min(max(float(headers["retry-after"]), 0.0), 86_400.0)
                break
    when = f"; it asks for {after:g} seconds" if after is not None else ""
    hint = f"try again in {after:g} seconds" if after is not None else "try again later"
    return ModelError(_TITLE, f"it is asked too often, or the account has nothing left{when}", hint,
                      "model_rate_limited", after)  # fmt: skip


def timed_out(seconds: float) -> ModelError:
    hint = "try again, or allow more time: `workbench model set … --timeout SECONDS`"
    return _error(f"there was no whole answer within {seconds:g} seconds", hint, "model_timeout")


def too_large() -> ModelError:
    return _error(
        "the answer is longer than any answer to this can be", "try again, or another model", "model_too_large"
    )


def refused() -> ModelError:
    return _error(
        "the provider withheld the answer (its content filter)", "write the rule in other words", "model_refused"
    )


def _error(detail: str, hint: str, code: str) -> ModelError:
    return ModelError(_TITLE, detail, hint, code)
