"""Failures as RFC 9457 problem documents: ``{type, title, status, detail, code, hint}``, ``application/problem+json``.

The normsync paths answer an unfit body in FastAPI's ``detail`` form, as that package does; everything else is a problem
document. A problem never says where files lie, and where a decision was asked for it says ``"outcome": "deny"``.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from workbench.compat.normsync.api import unprocessable
from workbench.compat.normsync.guard import problem_body
from workbench.service.errors import WorkbenchError

NORM_PATHS = frozenset({"/norm", "/norms", "/check", "/violations", "/health"})
DECIDING = frozenset({"/decide", "/decide/batch", "/check"})
_UNKNOWN = frozenset({"no_norm", "no_overlay", "no_event", "not_found"})
_CONFLICT = frozenset(
    {
        "not_unique",
        "not_a_norm",
        "signed_norm",
        "in_force_otherwise",
        "not_in_force",
        "not_a_world",
        "stale_draft",
        "nothing_to_promote",
    }
)
_FORBIDDEN = frozenset({"signature_needed", "refused_claim", "other_principal"})
_HIDDEN = "the workspace cannot be used now; whoever runs this server finds more in its log"


_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is one stable word; `outcome` is there where a decision was asked for.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "code", "hint")},
        "status": {"type": "integer"},
        "outcome": {"type": "string", "enum": ["deny", "hold"]},
    },
}
_SAID = {
    400: "No JSON, or JSON that can be read in two ways",
    401: "No token, or one that proves nobody",
    403: "Not for this caller",
    404: "There is none",
    409: "It stands otherwise already",
    413: "Too much of it",
    422: "A request that cannot be read",
    429: "Too often; `Retry-After` says when",
    503: "The workspace cannot be used now",
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a path may answer beside its own, for the OpenAPI document."""
    content = {"application/problem+json": {"schema": _PROBLEM}}
    return {status: {"description": _SAID[status], "content": content} for status in sorted({401, 429, 503, *statuses})}


class ProblemError(Exception):
    """A request that is refused, as the document that says so. ``more``: further members of it."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.more = status, code, detail, more


def answer(status: int, code: str, detail: str, **more: Any) -> Response:
    """A problem document."""
    return Response(problem_body(status, code, detail, **more), status, media_type="application/problem+json")


def status_of(code: str) -> int:
    """The HTTP status of a failure of the service: 503 where the store is in the way, else what the code says."""
    if code.startswith("store_"):
        return 503
    if code in _UNKNOWN:
        return 404
    if code in _FORBIDDEN:
        return 403
    if code == "too_often":
        return 429
    return 409 if code in _CONFLICT else 422


def install(app: FastAPI) -> None:
    """Let ``app`` answer every failure with a problem document."""
    app.add_exception_handler(ProblemError, _refused)
    app.add_exception_handler(WorkbenchError, _failed)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _missing)


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return answer(error.status, error.code, error.detail, **error.more)


def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, WorkbenchError)
    status = status_of(error.code)
    if status == 503:  # its words may name files of this machine
        return answer(status, error.code, _HIDDEN, outcome="deny")
    asked = {"outcome": "deny"} if request.url.path in DECIDING else {}
    return answer(status, error.code, error.detail or error.title, hint=error.hint, **asked)


def _unfit(request: Request, error: Exception) -> Response:
    if request.url.path in NORM_PATHS:
        return unprocessable(request, error)
    assert isinstance(error, RequestValidationError)
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return answer(400, "bad_json", "the body is not JSON", outcome="deny")
    found = [{"at": "/".join(str(part) for part in each["loc"]), "detail": str(each["msg"])} for each in error.errors()]
    detail = f"{found[0]['at']}: {found[0]['detail']}" if found else "the request cannot be read"
    return answer(422, "bad_request", detail, errors=found, outcome="deny")


def _missing(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "wrong_method"}.get(error.status_code, "bad_request")
    made = answer(error.status_code, code, str(error.detail))
    made.headers.update(error.headers or {})
    return made
