"""normsync's REST paths: ``/health /norm /norms /check /violations``, with its JSON and its 422 bodies.

Needs FastAPI. ``uvicorn workbench.compat.normsync.api:app`` serves as ``uvicorn normsync.api:app`` does: without
tokens, over a store in memory, or over the file that ``NORMSYNC_DB`` names. Beyond the original: a norm added twice
fires once, ``DELETE /norm/{id}`` repeals, requests of foreign web pages are refused (``guard``), and what made the
original fail with 500 (a number over 64 bits, a lone surrogate, ``NaN``) is a 422.

What answers to a Host header here: addresses, ``localhost``, names without a dot (containers, test clients) and those
in ``NORMSYNC_HOSTS``, separated by commas; a name with a dot can be pointed at this machine by whoever owns it.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel
from pydantic_core import PydanticCustomError

from workbench.compat.normsync import WorldNorm
from workbench.compat.normsync.guard import Guard, is_address
from workbench.compat.normsync.registry import NormRegistry, open_registry

TITLE, API_VERSION, VERSION = "normsync API", "0.1.0", "0.1.2"  # the original's
ABOUT = "The paths of normsync 0.1.2, as Constitution Workbench serves them."
_LONG = 2**63


def _storable(number: int) -> int:
    if -_LONG <= number < _LONG:
        return number
    raise PydanticCustomError("int_parsing_size", "Unable to parse input as an integer, exceeded maximum size")


def _unicode(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        said = "Input should be a valid string, unable to parse raw data as a unicode string"
        raise PydanticCustomError("string_unicode", said) from None
    return text


Text = Annotated[str, AfterValidator(_unicode)]


class HealthResponse(BaseModel):
    status: str
    version: str


class NormRequest(BaseModel):
    name: Text
    description: Text
    condition: Text
    prohibited: Text
    scope: Text = "global"
    priority: Annotated[int, AfterValidator(_storable)] = 0


class NormResponse(BaseModel):
    id: str
    name: str
    description: str
    condition: str
    prohibited: str
    scope: str
    active: bool
    priority: int


class CheckRequest(BaseModel):
    agent_id: Text
    action: Text
    location: Text = ""
    target: Text = ""
    faction: Text = ""


def create_app(
    registry: NormRegistry, *, also: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
) -> FastAPI:
    """The five paths, and ``DELETE /norm/{id}``, over a registry, which is closed when the server stops.

    ``also``: what else runs as long as the server does.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        try:
            async with also():
                yield
        finally:
            registry.close()

    made = FastAPI(
        title=TITLE, description=ABOUT, version=API_VERSION, docs_url=None, redoc_url=None, lifespan=life
    )  # its documentation pages would load scripts from another host
    made.add_exception_handler(RequestValidationError, unprocessable)
    made.add_exception_handler(sqlite3.Error, _unusable)
    _add_paths(made, registry)
    return made


def _add_paths(made: FastAPI, registry: NormRegistry) -> None:
    @made.get("/health", response_model=HealthResponse)
    def health() -> Any:
        """Whether the server answers."""
        return {"status": "ok", "version": VERSION}

    @made.post("/norm", response_model=NormResponse)
    def add_norm(norm: NormRequest) -> Any:
        """Put a norm in force; one with the same name, condition and prohibited is replaced."""
        return registry.add(WorldNorm(**norm.model_dump())).to_dict()

    @made.get("/norms")
    def list_norms() -> list[dict[str, Any]]:
        """Every norm, those that were repealed too."""
        return [norm.to_dict() for norm in registry.norms()]

    @made.post("/check")
    def check_action(action: CheckRequest) -> dict[str, Any]:
        """What an action violates. It is recorded where it violates something."""
        found = registry.check(**action.model_dump())
        return {
            "violation_count": len(found),
            "has_violations": bool(found),
            "violations": [violation.to_dict() for violation in found],
        }

    @made.get("/violations")
    def list_violations() -> list[dict[str, Any]]:
        """Every violation that was recorded, newest first."""
        return [violation.to_dict() for violation in registry.violations()]

    @made.delete("/norm/{norm_id}", response_model=NormResponse)
    def repeal_norm(norm_id: str) -> Any:
        """Repeal a norm; it stays listed, inactive."""
        repealed = registry.repeal(norm_id)
        if repealed is None:
            raise HTTPException(404, f"no active norm has the id `{norm_id[:40]}`")
        return repealed.to_dict()


def unprocessable(_: Request, error: Exception) -> Response:
    """422 in FastAPI's ``detail`` form, also where what was sent cannot be written as JSON again."""
    assert isinstance(error, RequestValidationError)
    body = json.dumps({"detail": _writable(error.errors())})
    return Response(body, 422, media_type="application/json")


def _unusable(_: Request, __: Exception) -> Response:
    """The store is locked, full or gone: nothing was checked, and nobody may take that for "no violations"."""
    return Response(b'{"detail":"the norm store cannot be used now"}', 503, media_type="application/json")


def _writable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


def _answers_to(name: str) -> bool:
    listed = {host.strip().lower() for host in os.environ.get("NORMSYNC_HOSTS", "").split(",")}
    return bool(name) and ("." not in name or is_address(name) or name in listed)


def __getattr__(name: str) -> Any:
    """``app``, made when it is asked for: importing this module opens no store (PEP 562)."""
    if name != "app":
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    app = create_app(open_registry(os.environ.get("NORMSYNC_DB", "")))
    app.add_middleware(Guard, allowed=_answers_to)
    globals()["app"] = app
    return app
