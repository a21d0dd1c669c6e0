"""``themes``: which there are, whether one of your own is sound, and a file to begin one with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.failures import FAILED, MisusedError, RefusedError
from workbench.cli.output import one_line
from workbench.cli.session import JsonOption, Session, session_of

if TYPE_CHECKING:
    from workbench.tui.theming import ThemeFile


def themes(
    ctx: typer.Context,
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="FILE", help="Say what is wrong or too faint in a theme.", show_default=False),
    ] = None,
    new: Annotated[
        str | None,
        typer.Option("--new", metavar="NAME", help="Write a commented theme to start from.", show_default=False),
    ] = None,
    like: Annotated[
        str | None, typer.Option("--like", metavar="THEME", help="With --new: copy this one.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the themes, check one of your own, or begin one. Exits 1 where FILE is no theme, or has text too faint."""
    session = session_of(ctx).using(as_json=as_json)
    if check is not None and new is not None:
        raise MisusedError("one thing at a time", "`--check` and `--new`", "leave one of the two out")
    if like is not None and new is None:
        raise MisusedError("nothing to make", f"`--like {like}` says what a new theme is like", "add `--new NAME`")
    if check is not None:
        _check(session, check)
    elif new is not None:
        _new(session, new, like)
    else:
        _list(session)


def _list(session: Session) -> None:
    from workbench.service.theme_folders import user_themes_folder
    from workbench.tui.theme_files import load_all_themes

    loaded = load_all_themes()
    rows = [_facts(theme) | {"file": str(loaded.paths[theme.name])} for theme in loaded.files]
    if session.show({"themes": rows, "broken": [str(problem) for problem in loaded.problems]}):
        return
    own = [loaded.is_own(theme.name) for theme in loaded.files]
    for row, mine in zip(rows, own, strict=True):
        ratio = "" if row["contrast"] is None else f"{row['contrast']:.0f}:1"
        where = row["file"] if mine else ""
        line = f"{row['name']:<20} {row['kind']:<11} {ratio:>4}  {one_line(str(row['note'] or row['title']))}"
        session.out.line(f"{line}{f'  ({one_line(str(where))})' if where else ''}")
    for problem in loaded.problems:
        session.out.line(f"{session.out.styled('BROKEN', 'bad', 'bold')} {one_line(str(problem))}")
    folder = one_line(str(user_themes_folder()))
    session.out.line(f"your own lie in {folder}; `workbench themes --new NAME` begins one")


def _facts(theme: ThemeFile) -> dict[str, Any]:
    ratio = theme.contrast
    return {
        "name": theme.name,
        "title": theme.title,
        "kind": theme.kind,
        "contrast": None if ratio is None else round(ratio, 1),
        "note": theme.note,
    }


def _check(session: Session, path: Path) -> None:
    from workbench.tui.theme_files import BrokenThemeError, read_theme
    from workbench.tui.theme_measures import APART, closest_outcomes, weak_pairs

    try:
        theme = read_theme(path.expanduser())
    except BrokenThemeError as error:
        problem = error.problem
        raise RefusedError(
            "not a theme",
            f"`{path}`{f' line {problem.line}' if problem.line else ''}: "
            f"{f'{problem.field}: ' if problem.field else ''}{problem.what}",
            problem.hint,
            "bad_theme",
        ) from error
    weak = weak_pairs(theme)
    close = {} if theme.ansi else {kind: value for kind, value in closest_outcomes(theme).items() if value < APART}
    document = _facts(theme) | {
        "file": str(path),
        "too_faint": [pair._asdict() | {"contrast": round(pair.contrast, 2)} for pair in weak],
        "outcomes_alike": {kind: round(value, 1) for kind, value in close.items()},
    }
    if not session.show(document):
        out = session.out
        out.line(f"{one_line(theme.title)}: {theme.kind}{f', {theme.contrast:.1f}:1' if theme.contrast else ''}")
        for pair in weak:
            mark = out.styled("too faint", "bad")
            out.line(f"  {mark}  {pair.ink} on {pair.ground} is {pair.contrast:.2f}:1; text needs 4.5:1")
        for kind, value in close.items():
            mark = out.styled("alike", "wait")
            out.line(
                f"  {mark}      allow, hold and deny differ by {value:.1f} under {kind}; {APART:.0f} is plain to see"
            )
        if theme.ansi:
            out.line("  its colours are the terminal's own: nothing can be measured")
        elif not weak and not close:
            out.line(
                f"  {out.styled('ok', 'good')}         all text is readable, and outcomes stay apart for every eye"
            )
    if weak:
        raise typer.Exit(FAILED)


def _new(session: Session, name: str, like: str | None) -> None:
    from workbench.service.theme_folders import read_source, write_new_theme
    from workbench.tui.theme_files import load_all_themes, theme_to_start_from
    from workbench.tui.theming import DEFAULT_THEME

    loaded = load_all_themes()
    model = like or DEFAULT_THEME
    if model not in loaded.paths:
        raise MisusedError(
            "no such theme", f"`{model}` is not among them", f"the themes are: {', '.join(sorted(loaded.paths))}"
        )
    try:
        text = theme_to_start_from(read_source(loaded.paths[model]).text, name)
    except ValueError as error:
        raise MisusedError("not a name for a theme", f"`{name}`", str(error), "bad_theme_name") from error
    path = write_new_theme(name, text)
    if not session.show({"file": str(path)}):
        session.out.line(f"wrote {one_line(str(path))}")
        session.out.line(f"edit it while `workbench open --theme {name}` runs: each save is seen within a second")


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("themes")(themes)
