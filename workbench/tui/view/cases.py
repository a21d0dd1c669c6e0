"""What the Tests screen says: test cases as rows, one in full, and a line over all. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from textual.content import Content

from workbench.service.views import TestResult, TestRun
from workbench.tui.lexers import json as json_lexer
from workbench.tui.view.plain import one_line, visible
from workbench.tui.view.prose import bullets, code, label, named, outcome, plural, stack, text
from workbench.tui.view.spans import name_of
from workbench.tui.view.table import Cell, Column, Row

COLUMNS = (
    Column("result", 8),
    Column("test"),
    Column("expects", 7),
    Column("ours", 7, drop_below=50),
    Column("Cedar", 7, drop_below=66),
    Column("engines", 8, drop_below=100),
    Column("reviewed", 10, drop_below=58),
)


def rows(run: TestRun) -> list[Row]:
    """The cases as rows of a list, in the draft's order."""
    return [Row(result.name, cells(result)) for result in run.results]


def summary(run: TestRun) -> Content:
    """Passed, failed, engines, reviewed: one line."""
    total = len(run.results)
    failed, apart, reviewed = run.failed, run.disagreements, run.reviewed
    parts = [
        Content.styled(plural(total, "test"), "$ink bold"),
        Content.styled(f"✓ {total - failed} passed", "$ok") if total - failed else None,
        Content.styled(f"✗ {failed} failed", "$deny bold") if failed else None,
        Content.styled("= engines agree", "$ok")
        if not apart
        else Content.styled(f"≠ engines differ on {apart}", "$deny bold"),
        Content.styled(f"{reviewed} of {total} reviewed", "$ok" if reviewed == total else "$hold"),
    ]
    return Content.styled("  ·  ", "$muted").join(part for part in parts if part is not None)


def detail(result: TestResult) -> Content:
    """One case in full: verdicts of both engines, the rules that decided, the request and its entities."""
    ours, cedar = outcome(result.ours), outcome(result.cedar)
    verdicts = Content.assemble(
        ("expects ", "$muted"),
        _outcome(result.expect),
        ("   ours ", "$muted"),
        Content.styled(ours[0], _variable(ours[1])),
        ("   Cedar ", "$muted"),
        Content.styled(cedar[0] if result.cedar else "– cannot say", _variable(cedar[1])),
    )
    engines = (
        Content.styled("= both engines agree in Cedar's semantics", "$muted")
        if result.engines_agree
        else Content.styled(
            f"≠ the engines differ: ours in Cedar's semantics says {visible(str(result.cedar_semantics_ours))}", "$deny"
        )
    )
    asked = result.request
    return stack(
        text(result.name, "$ink bold"),
        verdicts,
        engines,
        text(result.message, "$deny") if result.message else None,
        Content.assemble(("reviewed by ", "$muted"), text(name_of(result.reviewed_by), "$ok"))
        if result.reviewed_by
        else Content.styled("? proposed only: a says that it expects the right thing", "$hold"),
        stack(label("DECIDED BY"), *bullets(result.reasons)) if result.reasons else None,
        text("no permit applies: default deny", "$muted") if result.ours == "deny" and not result.reasons else None,
        stack(
            label("REQUEST"),
            *(_part(name, asked.get(name)) for name in ("principal", "action", "resource")),
            *_context(asked.get("context") or {}),
            _said(asked["speech"]) if asked.get("speech") else None,
        ),
        stack(label("ENTITIES"), *(code(_json(entity), json_lexer.lex) for entity in result.entities))
        if result.entities
        else None,
    )


def _part(name: str, value: Any) -> Content:
    return Content.assemble((f"{name:10}", "$muted"), named(str(value), "$ink"))


def _context(context: Mapping[str, Any]) -> list[Content]:
    return [
        Content.assemble(
            (f"{'context' if not number else '':10}", "$muted"),
            code(f"{json.dumps(name)}: {_json(value)}", json_lexer.lex),
        )
        for number, (name, value) in enumerate(context.items())
    ]


def _said(speech: Any) -> Content:
    """What is said in the request: it is judged where the schema asks for that."""
    return Content.assemble((f"{'speech':10}", "$muted"), code(_json(speech), json_lexer.lex))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _outcome(name: str | None) -> Content:
    said, role = outcome(name)
    return Content.styled(said, _variable(role))


def _variable(role: str) -> str:
    return {"plain": "$ink"}.get(role, f"${role}")


def cells(result: TestResult) -> tuple[Cell, ...]:
    """A case as the cells of :data:`COLUMNS`."""
    return (
        _result(result),
        Cell(one_line(result.name)),
        Cell(*outcome(result.expect)),
        Cell(*outcome(result.ours)),
        Cell("– none", "muted") if result.ours == "hold" and result.cedar is None else Cell(*outcome(result.cedar)),
        Cell("= agree", "muted") if result.engines_agree else Cell("≠ differ", "error"),
        Cell(name_of(result.reviewed_by), "allow") if result.reviewed_by else Cell("? proposed", "hold"),
    )


def _result(result: TestResult) -> Cell:
    """Engines that differ are the worst that can be: said first, whatever came out."""
    if not result.engines_agree:
        return Cell("≠ differ", "error")
    return Cell("✓ pass", "allow") if result.passed else Cell("✗ fail", "error")
