"""``POST /decide`` and ``/decide/batch``: may the caller do this? Decided and recorded by the service.

The principal is the token's. A request that names another is denied, and that is recorded (``refused_claim``). Facts
and what was heard are a gateway's word, under a token of its own (``vouching``): nothing is recorded without. A deny
and a hold are answers (200): ``outcome`` says. Where nothing could be recorded there is a problem document, which says
``"outcome": "deny"`` too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from workbench.engine.conversion import InputError, loads
from workbench.engine.request import Request, RequestError
from workbench.server.asked import Asker, Body
from workbench.server.callers import Caller
from workbench.server.problems import ProblemError, documented
from workbench.server.vouching import Vouched, VouchedRequest, Voucher, vouched

if TYPE_CHECKING:
    from workbench.service.views import Recorded
    from workbench.service.workspace import Workspace

MOST = 100  # requests in one batch


class DecideRequest(VouchedRequest):
    """What the caller wants to do. Uids are `Type::"id"` or `{"type", "id"}`; values are in Cedar's JSON form."""

    model_config = ConfigDict(extra="forbid")

    action: str | dict[str, Any]
    resource: str | dict[str, Any]
    principal: str | dict[str, Any] | None = Field(None, description="Default: whom the token proves.")
    context: dict[str, Any] | str = Field({}, description="An object, or the same as JSON text.")
    entities: list[dict[str, Any]] = Field([], description="What the caller says of resources nobody else describes.")
    speech: dict[str, Any] | None = Field(None, description="What is to be said, and on which grounds.")


class BatchRequest(BaseModel):
    """Requests that are decided one by one, in this order."""

    model_config = ConfigDict(extra="forbid")

    requests: list[DecideRequest] = Field(min_length=1, max_length=MOST)


def router(workspace: Workspace) -> APIRouter:
    """The two paths."""
    made = APIRouter(tags=["decisions"], responses=documented(400, 403, 422))

    @made.post("/decide")
    def decide(asked: DecideRequest, caller: Asker, voucher: Voucher, _: Body) -> dict[str, Any]:
        """Decide one request and record it. 200 also for a deny and a hold: see `outcome`. 403: `facts` or `heard`
        from who may not vouch for them; then nothing was recorded."""
        return decided(workspace, caller, asked, *vouched(workspace, caller, voucher, [asked]))

    @made.post("/decide/batch")
    def decide_batch(asked: BatchRequest, caller: Asker, voucher: Voucher, _: Body) -> dict[str, Any]:
        """Decide requests one by one and record each; `decisions` is in their order."""
        wanted = [request_of(caller, each) for each in asked.requests]  # nothing is recorded where one cannot be read
        told = vouched(workspace, caller, voucher, asked.requests)
        return {
            "decisions": [
                _decided(workspace, caller, request, each, by)
                for request, each, by in zip(wanted, asked.requests, told, strict=True)
            ]
        }

    return made


def decided(workspace: Workspace, caller: Caller, asked: DecideRequest, told: Vouched) -> dict[str, Any]:
    """Decide for ``caller``. Raises :class:`ProblemError`, and what ``Workspace.decide`` raises."""
    return _decided(workspace, caller, request_of(caller, asked), asked, told)


def _decided(
    workspace: Workspace, caller: Caller, request: Request, asked: DecideRequest, told: Vouched
) -> dict[str, Any]:
    recorded = workspace.decide(
        request,
        credential=replace(caller.credential, vouched_by=told.by),
        entities=asked.entities,
        facts=told.facts,
        heard=told.heard,
    )
    return recorded_json(recorded)


def request_of(caller: Caller, asked: DecideRequest) -> Request:
    """The engine's request. Raises :class:`ProblemError` (``bad_request``)."""
    try:
        context = loads(asked.context) if isinstance(asked.context, str) else asked.context
        principal = caller.principal if asked.principal is None else asked.principal
        return Request(principal, asked.action, asked.resource, context, asked.speech)
    except (RequestError, InputError, RecursionError) as error:
        message = error.message if isinstance(error, InputError) else str(error)
        raise ProblemError(422, "bad_request", f"the request cannot be read: {message}", outcome="deny") from None


def recorded_json(recorded: Recorded) -> dict[str, Any]:
    """A decision with its receipt."""
    told: Mapping[str, Any] = recorded.decision.to_dict()
    return {
        **told,
        "event": recorded.seq,
        "receipt": recorded.receipt_hash,
        "cases": list(recorded.cases),
    }
