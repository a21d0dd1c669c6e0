"""Who may hand in facts and what was heard: a trusted gateway, with a token of its own beside the agent's.

``Authorization`` says who asks, and nothing else does; the header ``Workbench-Voucher`` says who stands for ``facts``
and ``heard`` of the request. It takes the token of an *operator* of the roster, of a type that no action takes as
principal: an agent's token never vouches, nor does anybody for itself. MCP tools take neither: their arguments are
written by a model, and what a model says is no record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field

from workbench.server.callers import BAD_TOKEN, Caller, caller_of_token
from workbench.server.problems import ProblemError
from workbench.service.errors import WorkbenchError
from workbench.service.heard import Heard

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

HEADER = "Workbench-Voucher"
ABOUT = (
    "The token of an operator who signs here (`workbench credentials new-token 'Operator::\"ana\"'`), needed for "
    "`facts` and `heard`; never an agent's. `Authorization` still says who asks."
)
_ALONE = "`facts` and `heard` are the word of a trusted gateway, and the token in `Authorization` says only who asks"
_HINT = f"a gateway sends an operator's token as `{HEADER}`; an agent leaves both out"


class ToolCall(BaseModel):
    """A tool call as the gateway itself saw it; `arguments` and `result` as texts, as they went over the wire."""

    model_config = ConfigDict(extra="forbid")

    tool_call_id: str = Field(description="Under which the agent may cite the result.")
    tool: str
    arguments: str = "{}"
    result: str = ""


class HeardRequest(BaseModel):
    """What a gateway recorded of the conversation; an empty list says that no tool was called."""

    model_config = ConfigDict(extra="forbid")

    tools: list[ToolCall]
    grounds: list[dict[str, Any]] = Field([], description="What the agent was given to rest on besides.")


class VouchedRequest(BaseModel):
    """What only a vouching gateway may say of a request."""

    facts: dict[str, Any] | None = Field(
        None, description=f"What meters and servers say: attributes of the context. Needs `{HEADER}`."
    )
    heard: HeardRequest | None = Field(None, description=f"The record of tool calls, for `speech`. Needs `{HEADER}`.")


@dataclass(frozen=True, slots=True)
class Vouched:
    """``facts`` and ``heard`` as ``Workspace.decide`` takes them; ``by``: who stands for them, where anybody must."""

    facts: Mapping[str, Any] | None = None
    heard: Heard | None = None
    by: str = ""


def _header(
    request: Request, token: Annotated[str | None, Header(alias=HEADER, description=ABOUT)] = None
) -> str | None:
    if len(request.headers.getlist(HEADER)) > 1:
        raise ProblemError(
            403, "voucher_needed", f"`{HEADER}` stands there twice; {_ALONE}", hint=_HINT, outcome="deny"
        )
    return token


Voucher = Annotated[str | None, Depends(_header)]


def vouched(workspace: Workspace, asker: Caller, token: str | None, asked: Iterable[VouchedRequest]) -> list[Vouched]:
    """What is vouched for of each request; nothing is looked at where no request brings facts or a record.

    Raises :class:`ProblemError`: ``voucher_needed``, ``may_not_vouch``, ``bad_voucher``.
    """
    requests = list(asked)
    if all(each.facts is None and each.heard is None for each in requests):
        return [Vouched() for _ in requests]
    by = _voucher(workspace, asker, token)
    return [Vouched(each.facts, _heard(each.heard), by) for each in requests]


def unvouched(asked: VouchedRequest) -> None:
    """Raises :class:`ProblemError` (``may_not_vouch``) where a tool's arguments bring facts or a record."""
    if asked.facts is not None or asked.heard is not None:
        what = "nobody vouches over MCP: leave `facts` and `heard` out (may_not_vouch)"
        raise ProblemError(403, "may_not_vouch", what, outcome="deny")


def _voucher(workspace: Workspace, asker: Caller, token: str | None) -> str:
    said = (token or "").strip()
    scheme, _, rest = said.partition(" ")
    said = rest.strip() if scheme.lower() == "bearer" else said
    if not said:
        raise ProblemError(403, "voucher_needed", _ALONE, hint=_HINT, outcome="deny")
    try:
        voucher = caller_of_token(workspace, said)
    except WorkbenchError as error:
        if error.code not in BAD_TOKEN:
            raise
        raise ProblemError(403, "bad_voucher", f"`{HEADER}`: {error.detail}", hint=_HINT, outcome="deny") from None
    if not voucher.vouches or voucher.principal == asker.principal:
        why = "nobody vouches for itself" if voucher.principal == asker.principal else "only who signs here as operator"
        raise ProblemError(
            403,
            "may_not_vouch",
            f"`{voucher.principal}` may not vouch for facts and what was heard: {why}, and never an agent",
            hint=_HINT,
            outcome="deny",
        )
    return voucher.principal


def _heard(asked: HeardRequest | None) -> Heard | None:
    return None if asked is None else Heard.from_json(asked.model_dump())
