"""``bench``: our engine beside Cedar's own, on this machine, as a table. Needs no workspace."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from workbench.cli.failures import FAILED
from workbench.cli.output import Printer, Tone
from workbench.cli.session import JsonOption, session_of

if TYPE_CHECKING:
    from workbench.service.bench.measure import Measured, Speed

Columns: TypeAlias = tuple[tuple[str, int], ...]

_SIZES = "10,100,1000,10000"
_MOST_RULES = 20_000  # what a constitution may have


class Mixes(StrEnum):
    """Which rule sets are measured."""

    sparse = "sparse"
    dense = "dense"
    both = "both"


# Names and widths; what is a number stands to the right.
_SPEED = (("rules", -6), ("mix", 6), ("entities", 12), ("ours µs", -8), ("p99 µs", -7), ("Cedar µs", -8),
          ("faster", -8), ("to reach", -8))  # fmt: skip
_LOAD = (("rules", -6), ("mix", 6), ("load s", -7), ("Cedar s", -7), ("KiB a rule", -10), ("met a request", -13))


def _sizes(text: str) -> list[int]:
    try:
        sizes = sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise typer.BadParameter(f"`{text}` is not a list of numbers such as `{_SIZES}`") from None
    if not sizes or sizes[0] < 1 or sizes[-1] > _MOST_RULES:
        raise typer.BadParameter(f"a rule set has from 1 to {_MOST_RULES} rules")
    return sizes


def bench(
    ctx: typer.Context,
    rules: Annotated[str, typer.Option("--rules", metavar="N,N…", help="Sizes of the rule sets.")] = _SIZES,
    mix: Annotated[Mixes, typer.Option("--mix", help="Rules that a request meets rarely, often, or both.")] = (
        Mixes.sparse
    ),
    as_json: JsonOption = False,
) -> None:
    """Measure decisions against Cedar's own engine, in the same run; both must decide alike first.

    Exits 1 when a ratio falls short of what it is to reach (for sizes that have a target).
    """
    from workbench.service.bench.measure import apart, growth

    session = session_of(ctx).using(as_json=as_json)
    sizes = _sizes(rules)
    measured: list[Measured] = []
    if not session.as_json:
        session.out.line(session.out.styled(_header(_SPEED), "dim"))
    for kind in ("sparse", "dense") if mix is Mixes.both else (mix.value,):
        for size in sizes:
            _progress(f"measuring {size:,} rules, {kind} …")
            found = apart(size, kind)
            _progress("")
            measured.append(found)
            if not session.as_json:
                _print_speeds(session.out, found)
    grown = growth(measured)
    if not session.show(_document(measured, grown)):
        _print_rest(session.out, measured, grown)
    if any(_short(speed) for found in measured for speed in found.speeds):
        raise typer.Exit(FAILED)


def _short(speed: Speed) -> bool:
    return speed.target is not None and speed.ratio < speed.target


def _document(measured: list[Measured], grown: float | None) -> dict[str, Any]:
    return {
        "decisions": [speed for found in measured for speed in found.speeds],
        "loading": [found.load for found in measured],
        "growth": grown,
    }


def _progress(text: str) -> None:
    """A line on the terminal that the next one replaces; nothing where nobody looks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{text}")
        sys.stderr.flush()


def _row(columns: Columns, cells: tuple[str, ...]) -> str:
    padded = [
        cell.rjust(-space) if space < 0 else cell.ljust(space) for cell, (_, space) in zip(cells, columns, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _header(columns: Columns) -> str:
    return _row(columns, tuple(name for name, _ in columns))


def _print_speeds(out: Printer, found: Measured) -> None:
    for speed in found.speeds:
        tone: Tone | None = None if speed.target is None else "bad" if _short(speed) else "good"
        cells = (
            f"{speed.rules:,}",
            speed.mix,
            speed.arm,
            f"{speed.ours_us:.1f}",
            f"{speed.p99_us:.1f}",
            f"{speed.cedar_us:,.0f}",
            f"{speed.ratio:,.0f} ×",
            "" if speed.target is None else f"{speed.target:,} ×",
        )
        text = _row(_SPEED, cells)
        out.line(out.styled(text, tone) if tone else text)


def _print_rest(out: Printer, measured: list[Measured], grown: float | None) -> None:
    out.line()
    out.line(out.styled(_header(_LOAD), "dim"))
    for found in measured:
        load = found.load
        cells = (
            f"{load.rules:,}",
            load.mix,
            f"{load.seconds:.2f}",
            f"{load.cedar_seconds:.2f}",
            f"{load.kib_a_rule:.1f}",
            f"{found.speeds[0].matched:.1f}",
        )
        out.line(_row(_LOAD, cells))
    out.line()
    if grown is not None:
        out.line(f"From the smallest rule set to the largest our time grows {grown:.1f} ×.")
    decided = sum(found.checked for found in measured)
    out.line(f"Both engines first decided the same {decided:,} requests alike.")
    for text in (
        "Ours validates each request and makes the evidence; rules and schema are parsed",
        "on both sides. Sent along: Cedar reads the entities from JSON text, ours from",
        "what a gateway has parsed. Load: to check and compile the constitution, beside",
        "Cedar's own parser and validator alone. Met: rules satisfied, on average.",
    ):
        out.line(out.styled(text, "dim"))


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("bench")(bench)
