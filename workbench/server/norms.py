"""The five normsync paths on a workspace, and ``DELETE /norm/{id}``: that package's JSON, the workspace's law.

What differs from the package: a token says who acts (``agent_id`` must be its principal); a check is a decision,
recorded with its receipt, and where it is not allowed although no norm is violated, the answer is a problem document
and not "no violations"; a norm acts at once only where the workspace takes norms without a signature, else it is
written into the draft (202, ``active: false``) for an operator to sign. Agents read their own violations, those who
sign here read all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as replace_of
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from workbench import __version__
from workbench.compat.normsync.api import CheckRequest, HealthResponse
from workbench.compat.normsync.api import NormRequest as PlainNorm
from workbench.norms import Norm, NormError
from workbench.server.asked import Asker
from workbench.server.callers import Caller, agent_named
from workbench.server.limits import RateLimit
from workbench.server.problems import ProblemError, documented
from workbench.server.violations import listed, violation_json
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.service.norm_views import NormView, Outcome
    from workbench.service.workspace import Workspace

DRAFTS_PER_HOUR, DRAFTS_AT_ONCE = 10, 10  # of one principal
WHY = "added over the server by {}"


class NormRequest(PlainNorm):
    """A norm as normsync writes it, with how grave a violation is."""

    severity: Literal["info", "warn", "high", "critical"] = "warn"


class NormAnswer(BaseModel):
    """A norm as it stands. `state`: `in_force`, `draft` (written for an operator to sign), `repealed` and others."""

    id: str
    name: str
    description: str
    condition: str
    prohibited: str
    scope: str
    active: bool
    priority: int
    severity: str
    state: str


class Norms:
    """The use cases that the REST paths and the MCP tools share."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._drafts = RateLimit(DRAFTS_PER_HOUR / 3600, DRAFTS_AT_ONCE)

    def add(self, caller: Caller, norm: Norm, *, replace: bool = False) -> dict[str, Any]:
        """Put a norm in force where that needs no signature, else write it into the draft.

        ``replace``: in the place of those of its name. Without, another form of a norm in force is refused.

        Raises :class:`ProblemError` (``too_often``) and :class:`WorkbenchError`.
        """
        if self._workspace.norms.unsigned:
            try:
                added = self._workspace.norms.add(norm, why=WHY.format(caller.principal), replace=replace)
            except WorkbenchError as error:
                if error.code != "in_force_otherwise":
                    raise
                raise ProblemError(409, error.code, error.detail, hint="`?replace=true` puts it in its place") from None
            return norm_json(added.norm)
        wait = self._drafts.take(caller.principal)
        if wait:
            raise ProblemError(
                429, "too_often", f"{DRAFTS_PER_HOUR} norms an hour may be drafted; the next in {wait:.0f} seconds"
            )
        try:
            self._workspace.norms.draft(norm)
        except WorkbenchError as error:
            if error.code != "nothing_to_promote":  # the draft says that already
                raise
        return {**norm.to_dict(), "id": norm.id, "active": False, "severity": norm.severity, "state": "draft"}

    def repeal(self, caller: Caller, id: str) -> dict[str, Any]:
        """End a norm where that needs no signature. Raises :class:`ProblemError`, :class:`WorkbenchError`."""
        if not self._workspace.norms.unsigned:
            found = self._workspace.norms.get(id)
            raise ProblemError(
                403,
                "signature_needed",
                f"an operator's signature ends `{found.id}`, and a token is none",
                hint=f"`workbench norm repeal {found.id}`",
            )
        return norm_json(self._workspace.norms.repeal(id, why=f"repealed over the server by {caller.principal}"))

    def check(self, caller: Caller, asked: CheckRequest) -> Outcome:
        """Decide and record an action of the caller's. Raises :class:`ProblemError` (``other_principal``).

        Where norms need no signature, a game's server with an operator's token says whose action it is, as whoever
        starts ``workbench mcp`` there does: that it was this server's word stands with the decision.
        """
        if self._workspace.norms.unsigned and caller.vouches:
            named = agent_named(self._workspace, asked.agent_id)
            caller = replace_of(
                named, credential=replace_of(named.credential, kind="token", vouched_by=caller.principal)
            )
        if asked.agent_id not in (caller.agent, caller.principal):
            raise ProblemError(
                403, "other_principal", f"the token is that of `{caller.principal}`, who acts for nobody else",
                outcome="deny",
            )  # fmt: skip
        return self._workspace.norms.check(
            asked.agent_id, asked.action, asked.location, asked.target, asked.faction, credential=caller.credential
        )


def router(workspace: Workspace, norms: Norms) -> APIRouter:
    """The paths."""
    made = APIRouter(tags=["norms"])

    @made.get("/health")
    def health() -> HealthResponse:
        """Whether the server answers. Needs no token."""
        return HealthResponse(status="ok", version=__version__)

    drafted: dict[int | str, dict[str, Any]] = {202: {"model": NormAnswer, "description": "Drafted"}}

    @made.post("/norm", response_model=NormAnswer, responses=drafted | documented(409))
    def add_norm(
        asked: NormRequest,
        caller: Asker,
        response: Response,
        replace: Annotated[bool, Query(description="In the place of those of its name.")] = False,
    ) -> dict[str, Any]:
        """Forbid something. 200: in force. 202: written into the draft, an operator signs it."""
        added = norms.add(caller, norm_of(asked.model_dump()), replace=replace)
        if added["state"] == "draft":
            response.status_code = 202
        return added

    @made.get("/norms", response_model=list[NormAnswer], responses=documented())
    def list_norms(_: Asker, active_only: bool = False) -> list[dict[str, Any]]:
        """Every norm; those in force where `active_only` is given."""
        return [norm_json(view) for view in workspace.norms.list(in_force=active_only)]

    @made.post("/check", responses=documented(403, 409))
    def check_action(asked: CheckRequest, caller: Asker) -> dict[str, Any]:
        """Decide and record an action: which norms forbid it."""
        return checked_json(norms.check(caller, asked))

    @made.get("/violations", responses=documented())
    def list_violations(
        caller: Asker,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=1000, description="The newest so many.")] = 100,
    ) -> list[dict[str, Any]]:
        """The newest violations, newest first: the caller's own; all, for those who sign here. The header
        `Violations-More: true` says that there are older ones beside these."""
        found = listed(workspace, caller, limit)
        if found.more:
            response.headers["violations-more"] = "true"
        return found.violations

    @made.delete("/norm/{norm_id}", response_model=NormAnswer, responses=documented(403, 404, 409))
    def repeal_norm(norm_id: str, caller: Asker) -> dict[str, Any]:
        """End a norm. Where norms need a signature: 403, and the command that signs."""
        return norms.repeal(caller, norm_id)

    return made


def norm_of(parts: Mapping[str, Any]) -> Norm:
    """The norm. Raises :class:`ProblemError` with the code that ``NormError`` has."""
    try:
        return Norm(**parts)
    except NormError as error:
        raise ProblemError(422, error.code, error.message, hint=error.help) from None


def norm_json(view: NormView) -> dict[str, Any]:
    """A norm in that package's form, with its severity and state."""
    return {
        "id": view.id,
        "name": view.name,
        "description": view.description,
        "condition": view.condition,
        "prohibited": view.prohibited,
        "scope": view.scope,
        "active": view.active,
        "priority": view.priority,
        "severity": view.severity,
        "state": view.state,
    }


def checked_json(outcome: Outcome) -> dict[str, Any]:
    """What a check answers. Raises :class:`ProblemError` for what is not allowed although nothing is violated."""
    if not outcome.allowed and not outcome.violations:
        decision = outcome.decision
        held = f", held by {', '.join(outcome.cases)}" if outcome.cases else ""
        raise ProblemError(
            403,
            decision.code,
            f"the action is not allowed: {decision.code}{held}",
            outcome=decision.outcome,
            event=outcome.event,
            cases=list(outcome.cases),
            hint=decision.remedy,
        )
    return {
        "violation_count": len(outcome.violations),
        "has_violations": bool(outcome.violations),
        "violations": [violation_json(violation) for violation in outcome.violations],
        "outcome": outcome.decision.outcome,
        "event": outcome.event,
        "receipt": outcome.receipt,
    }
