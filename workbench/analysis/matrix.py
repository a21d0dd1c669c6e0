"""The permission matrix: values of an attribute × actions, each cell proved, or with requests that show it. Pure.

``always``: every request of the row for this action is permitted, be it after approval. ``never``: none is.
``depends``: there is one of each. The row of any other value is every request of no named row, such as one whose
attribute is missing; so the rows together are all requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.analysis.constitution import action_name, actions
from workbench.analysis.inquiry import Inquiry, Settled, both
from workbench.analysis.law import Seen
from workbench.analysis.model import Case
from workbench.analysis.replay import NotReproduced
from workbench.analysis.results import OTHER, Cell, CellVerdict, Matrix, RequestEnvironment, Witness
from workbench.analysis.rows import Rows, row_name, rows_of
from workbench.analysis.search import NOT_REPRODUCED
from workbench.analysis.space import Space
from workbench.analysis.task import Task
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported
from workbench.engine.predicate import evaluate_predicate
from workbench.engine.request import Request
from workbench.engine.values import EvalError
from workbench.language.ast import Expr
from workbench.language.program import Program


def matrix(program: Program, task: Task, *, attribute: str = "principal.role", values: Sequence[str] = ()) -> Matrix:
    """Rows by ``attribute`` (``analysis.rows``): what schema and rules name, ``values``, and any other value.

    The last row is left out where the named ones are all that there is. Raises ``SolverMissing``, ``Stopped``,
    :class:`~workbench.analysis.rows.NoRowsError` for what is no attribute or no value of it, and ``ValueError`` for a
    program without a schema.
    """
    inquiry = Inquiry(program, task)
    rows = rows_of(program, attribute, values)
    among: list[str | None] = [*rows.values, *([None] if _are_others(inquiry, rows) else [])]
    columns = actions(inquiry)
    cells = []
    for place, (value, action) in enumerate((value, action) for value in among for action in columns):
        task.step(place, len(among) * len(columns), f"{_called(value)}, {action_name(action)}")
        cells.append(_Asking(inquiry, rows, value, action).cell())
    inquiry.remember_requests()
    return Matrix(task.assumption, attribute, tuple(_called(value) for value in among), columns, tuple(cells))


def _called(value: str | None) -> str:
    return OTHER if value is None else row_name(value)


def _are_others(inquiry: Inquiry, rows: Rows) -> bool:
    """Whether it is not plain to see that every request is of a named row."""
    for environment in inquiry.prover.environments:
        space = inquiry.prover.space(environment)
        try:
            if _others(rows, space) is not space.terms.false:
                return True
        except Unsupported:
            return True
    return False


@dataclass(frozen=True)
class _Asking:
    """The questions about one cell. ``value``: ``None`` for any other than those of the rows."""

    inquiry: Inquiry
    rows: Rows
    value: str | None
    action: tuple[str, str]

    def cell(self) -> Cell:
        """The cell, with its witnesses."""
        among = [each for each in self.inquiry.prover.environments if each.action == self.action]
        permitted, permitted_by = self._everywhere("permitted", among)
        if permitted.verdict in ("undecided", "unsupported"):
            return self._open(permitted)
        denied, denied_by = self._everywhere("denied", among)
        verdict: CellVerdict = "never"
        if permitted.verdict == "found":
            if denied.verdict in ("undecided", "unsupported"):
                return self._open(denied)
            verdict = "depends" if denied.verdict == "found" else "always"
        held, _ = self._everywhere("held", among) if verdict != "never" else (Settled("none"), None)
        why = held.why if held.verdict in ("undecided", "unsupported") else ""
        return Cell(
            _called(self.value),
            self.action,
            verdict,
            held=held.verdict != "none",  # what is not decided may be
            permitted=permitted_by,
            denied=denied_by,
            why=f"whether it can wait for approval: {why}" if why else "",
        )

    def _open(self, settled: Settled) -> Cell:
        verdict: CellVerdict = "unsupported" if settled.verdict == "unsupported" else "undecided"
        return Cell(_called(self.value), self.action, verdict, why=settled.why)

    def _everywhere(self, what: str, among: Sequence[RequestEnvironment]) -> tuple[Settled, Witness | None]:
        """The first request that shows it, in whatever environment; proved only if in all."""
        whole = Settled("none")
        row = ("any other than", *self.rows.values) if self.value is None else ("the value", self.value)
        for environment in among:
            settled = self.inquiry.remembered(
                f"matrix {what}",
                environment,
                None,
                lambda environment=environment: self._ask(what, environment),  # type: ignore[misc]
                self.rows.attribute,
                *row,
            )
            if settled.case is not None:
                try:
                    return settled, self.inquiry.prover.witness(settled.case)
                except NotReproduced as error:
                    settled = Settled("undecided", why=f"{NOT_REPRODUCED}: {error}")
            whole = both(whole, settled)
        return whole, None

    def _ask(self, what: str, environment: RequestEnvironment) -> Settled:
        inquiry, law = self.inquiry, self.inquiry.law(environment)
        terms = law.space.terms
        of_row = self._of_row(environment)
        every = tuple(law.all_denials())
        if what == "permitted":
            return inquiry.seek_permitted(
                environment, of_row, lambda seen: seen.passes and self._is_of_row(environment, seen), law.denials, every
            )
        if what == "held":
            return inquiry.seek_permitted(
                environment,
                terms.and_(of_row, law.triggered()),
                lambda seen: seen.outcome == "hold" and self._is_of_row(environment, seen),
                law.denials,
                every,
            )

        def denied(seen: Seen) -> bool:
            return not seen.passes and self._is_of_row(environment, seen)

        unpermitted = inquiry.seek(environment, of_row, denied, law.permits, tuple(law.all_permits()))
        if unpermitted.verdict == "found":
            return unpermitted
        stopped = terms.and_(of_row, terms.or_(law.forbidden(), law.erring()))
        return both(unpermitted, inquiry.seek(environment, stopped, denied))

    def _of_row(self, environment: RequestEnvironment) -> Term:
        """Raises ``Unsupported``."""
        space = self.inquiry.prover.space(environment)
        if self.value is None:
            return _others(self.rows, space)
        condition = self.rows.condition(space.schema, environment, self.value)
        return space.terms.false if condition is None else _holds(space, condition)

    def _is_of_row(self, environment: RequestEnvironment, seen: Seen) -> bool:
        """By the engine."""
        schema = self.inquiry.prover.schema
        if self.value is None:
            return not any(_true(each, seen.case, self.inquiry) for each in self.rows.conditions(schema, environment))
        condition = self.rows.condition(schema, environment, self.value)
        return condition is not None and _true(condition, seen.case, self.inquiry)


def _others(rows: Rows, space: Space) -> Term:
    conditions = rows.conditions(space.schema, space.environment)
    return space.terms.not_(space.terms.or_(*(_holds(space, condition) for condition in conditions)))


def _holds(space: Space, condition: Expr) -> Term:
    return space.terms.and_(*space.test(condition))


def _true(condition: Expr, case: Case, inquiry: Inquiry) -> bool:
    request = Request.from_json(dict(case.request))
    try:
        return evaluate_predicate(condition, request, list(case.entities), schema=inquiry.prover.schema)
    except EvalError:
        return False
