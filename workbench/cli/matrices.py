"""``matrix FILE``: which values of an attribute (roles) may do which actions: always, never, depends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.analysing import (
    LIMIT,
    DataChoice,
    DataOption,
    InterruptedWorkError,
    LimitOption,
    MarkdownOption,
    SemanticsChoice,
    SemanticsOption,
    interrupted,
    named_file,
    one_form,
    task_of,
    worked,
)
from workbench.cli.deciding import one_stdin
from workbench.cli.failures import MisusedError
from workbench.cli.output import Printer, Tone, one_line, width
from workbench.cli.session import JsonOption, SchemaOption, session_of
from workbench.cli.sources import read_source
from workbench.cli.telling import Teller

if TYPE_CHECKING:
    from workbench.analysis.results import Cell, Matrix

ROLE = "principal.role"
_WAITS = "*"
_TONES: dict[str, Tone] = {
    "always": "good",
    "never": "dim",
    "depends": "wait",
    "undecided": "bad",
    "unsupported": "bad",
}


def matrix(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Cedar+ text, or an artifact (.yaml); - for standard input.")
    ],
    schema: SchemaOption = None,
    attribute: Annotated[
        str, typer.Option("--attribute", metavar="PATH", help="The attribute whose values are the rows.")
    ] = ROLE,
    values: Annotated[
        str,
        typer.Option(
            "--values",
            metavar="A,B…",
            help="More values than the rules and the schema name.",
            show_default=False,
        ),
    ] = "",
    semantics: SemanticsOption = SemanticsChoice.ours,
    data: DataOption = DataChoice.missing,
    limit: LimitOption = LIMIT,
    markdown: MarkdownOption = False,
    as_json: JsonOption = False,
) -> None:
    """Who may do what: values of an attribute × actions, each cell proved or with requests that show it."""
    from workbench.service.analyst import ANALYST

    session = session_of(ctx).using(as_json=as_json)
    one_form(session, markdown)
    one_stdin(file, schema)
    wanted = _values(values)
    program = read_source(file, schema).program()
    try:
        found = worked(
            "matrix",
            "asking",
            lambda task: ANALYST.matrix(program, task, attribute=attribute, values=wanted),
            task_of(semantics, data, limit),
        )
    except InterruptedWorkError as error:
        raise interrupted() from error
    if markdown:
        from workbench.analysis.document import to_markdown

        session.out.raw(to_markdown(found, title=named_file(file)))
    elif session.as_json:
        from workbench.analysis.document import to_json

        session.show({"file": str(file), **to_json(found)})
    else:
        print_matrix(session.out, found)


def _values(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if text.strip() and not all(found):
        raise MisusedError("which values?", f"`{text}` has an empty one", "write them as `--values lead,clerk`")
    return found if text.strip() else ()


@dataclass(frozen=True)
class _Grid:
    """A table of cells: names across, and rows that each begin with a name."""

    corner: str
    header: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell | None]]]

    def texts(self) -> list[list[str]]:
        """Every line as texts, the header first."""
        head = [one_line(self.corner), *self.header]
        return [head, *([name, *map(_said, cells)] for name, cells in self.rows)]

    def widths(self) -> list[int]:
        """The columns that each needs."""
        texts = self.texts()
        return [max(width(row[place]) for row in texts) for place in range(len(texts[0]))]

    def columns(self) -> int:
        """The columns that it needs in all."""
        return sum(self.widths()) + 2 * len(self.header)

    def print(self, out: Printer) -> None:
        """Header, rows; each cell in the tone of its verdict."""
        widths, texts = self.widths(), self.texts()
        out.line(out.styled(_padded(texts[0], widths), "dim"))
        for (name, cells), row in zip(self.rows, texts[1:], strict=True):
            shown = [out.styled(name, "bold") + " " * (widths[0] - width(name))]
            for cell, text, room in zip(cells, row[1:], widths[1:], strict=True):
                styled = out.styled(text, _TONES[cell.verdict]) if cell is not None else text
                shown.append(styled + " " * (room - width(text)))
            out.line("  ".join(shown).rstrip())


def _said(cell: Cell | None) -> str:
    from workbench.analysis.words_difference import cell_words

    return "" if cell is None else cell_words(cell, waits=_WAITS)


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text + " " * (room - width(text)) for text, room in zip(row, widths, strict=True)).rstrip()


def print_matrix(out: Printer, found: Matrix) -> None:
    """A matrix for a person: a table where it fits the terminal, whichever way round, else a list by value."""
    from workbench.analysis.words import action_short
    from workbench.analysis.words_difference import matrix_headline, value_words

    teller = Teller(out)
    teller.paragraph(found.assumption.words, "", "dim")
    out.line()
    cells = {(cell.value, cell.action): cell for cell in found.cells}
    values = [one_line(value_words(value)) or "(empty)" for value in found.values]
    actions = [one_line(action_short(action)) or "(empty)" for action in found.actions]
    by_action = [
        (name, [cells.get((value, action)) for value in found.values])
        for name, action in zip(actions, found.actions, strict=True)
    ]
    by_value = [
        (name, [cells.get((value, action)) for action in found.actions])
        for name, value in zip(values, found.values, strict=True)
    ]
    grids = (_Grid(found.attribute, values, by_action), _Grid(found.attribute, actions, by_value))
    fitting = next((grid for grid in grids if grid.columns() <= teller.columns), None)
    if fitting is not None:
        fitting.print(out)
    else:
        _print_list(teller, by_value, actions)
    out.line()
    teller.paragraph(matrix_headline(found))
    if any(_WAITS in _said(cell) for cell in found.cells):
        teller.paragraph(f"{_WAITS} what is permitted can wait for approval", "", "dim")
    for why in dict.fromkeys(cell.why for cell in found.cells if cell.why):
        teller.paragraph(why, "  ", "dim")


def _print_list(teller: Teller, by_value: Sequence[tuple[str, Sequence[Cell | None]]], actions: Sequence[str]) -> None:
    """Value by value, the actions under each word: what no terminal is wide enough for."""
    for name, cells in by_value:
        teller.out.line(teller.out.styled(name, "bold"))
        groups: dict[str, list[str]] = {}
        for action, cell in zip(actions, cells, strict=True):
            if cell is not None:
                groups.setdefault(_said(cell), []).append(action)
        for said, names in groups.items():
            teller.paragraph(f"{said}: {', '.join(names)}", "  ", hanging="    ")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(matrix)
