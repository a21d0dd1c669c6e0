"""Small mistakes in what a procedure asks of people: approvals, approvers, times, what follows without them. Pure.

Its trigger is mutated like any condition (``analysis.mutants``). No outcome shows these mistakes: a test case tells of
them by what it ``requires`` (``analysis.expecting``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal, TypeAlias

from workbench.language.ast import Duration, Expr, Fallback, Procedure, Require
from workbench.language.quotation import quoted
from workbench.language.render import render_duration, render_expr, render_fallback, render_require

AskingKind: TypeAlias = Literal["approval", "approver", "time", "fallback"]
Draft: TypeAlias = tuple[AskingKind, str, Procedure]


def asking_variants(
    name: str, procedure: Procedure, variants: Callable[[Expr], Iterator[tuple[str, Expr]]]
) -> Iterator[Draft]:
    """The procedure with one mistake in what it asks: kind, what is different, the whole. ``name``: as it is told.

    ``variants`` gives the mistakes of a condition on approvers, each in words.
    """
    for place, require in enumerate(procedure.requires):
        for kind, said, others in _of_require(name, require, variants):
            kept = (*procedure.requires[:place], *others, *procedure.requires[place + 1 :])
            if kept:  # a procedure that asks for nothing is none
                yield kind, said, replace(procedure, requires=kept)
    yield from _of_times(name, procedure)
    yield from _of_fallbacks(name, procedure)


def _of_require(
    name: str, require: Require, variants: Callable[[Expr], Iterator[tuple[str, Expr]]]
) -> Iterator[tuple[AskingKind, str, tuple[Require, ...]]]:
    yield "approval", f"{name} without {quoted(render_require(require))}", ()
    for count in (require.count - 1, require.count + 1):
        if count:
            said = f"in {name}: {_approvals(count)} instead of {require.count}"
            yield "approval", said, (replace(require, count=count),)
    if require.where is not None:
        said = f"in {name}: approval from anybody instead of {quoted(render_expr(require.where))}"
        yield "approver", said, (replace(require, where=None),)
        for words, where in variants(require.where):
            yield "approver", f"in {name}, of approvers: {words}", (replace(require, where=where),)


def _approvals(count: int) -> str:
    return "1 approval" if count == 1 else f"{count} approvals"


def _of_times(name: str, procedure: Procedure) -> Iterator[Draft]:
    for what, given in (("timeout", procedure.timeout), ("timelock", procedure.timelock)):
        if given is not None:
            twice = replace(given, count=2 * given.count)
            said = f"in {name}: a {what} of {render_duration(twice)} instead of {render_duration(given)}"
            yield "time", said, _timed(procedure, what, twice)


def _timed(procedure: Procedure, what: str, time: Duration) -> Procedure:
    return replace(procedure, timeout=time) if what == "timeout" else replace(procedure, timelock=time)


def _of_fallbacks(name: str, procedure: Procedure) -> Iterator[Draft]:
    deny = Fallback("deny")
    for what, given, other in (
        ("timeout", procedure.on_timeout, replace(procedure, on_timeout=deny)),
        ("rejection", procedure.on_rejection, replace(procedure, on_rejection=deny)),
    ):
        if given is not None and given.kind == "escalate":
            yield "fallback", f"in {name}: on {what} deny instead of {quoted(render_fallback(given))}", other
