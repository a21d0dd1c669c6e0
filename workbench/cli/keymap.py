"""``keymap``: every key of the terminal screens, which of them were chosen by hand, and what is wrong with those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.failures import FAILED
from workbench.cli.session import JsonOption, session_of

if TYPE_CHECKING:
    from workbench.service.settings import Settings
    from workbench.tui.keymap import KeyProblem


def keymap(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Say only what is wrong; exit code 1 if anything is.")] = False,
    changed: Annotated[bool, typer.Option("--changed", help="List only keys that were chosen by hand.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the keys of the screens. Others are chosen in config.toml: [keys], then "live.stop" = "s"."""
    from workbench.service.settings import read_settings, settings_path
    from workbench.tui.actions import load_all
    from workbench.tui.key_names import NO_KEYBOARD_HAS, shown_key
    from workbench.tui.keymap import checked, clashes
    from workbench.tui.window_keys import all_windows

    session = session_of(ctx).using(None, as_json)
    out, settings, registry = session.out, read_settings(), load_all()
    chosen, wrong = checked(settings.keys, registry)
    problems = _told(settings, [*wrong, *clashes(registry, chosen, all_windows())])
    rows = [
        {
            "scope": action.scope,
            "id": action.id,
            "keys": [shown_key(key) for key in chosen.get(action.id, action.keys) if key not in NO_KEYBOARD_HAS],
            "default": [shown_key(key) for key in action.keys if key not in NO_KEYBOARD_HAS],
            "chosen": action.id in chosen,
            "does": action.help,
        }
        for action in registry
        if not changed or action.id in chosen
    ]
    if session.as_json:
        shown = {} if check else {"actions": rows}
        out.json({"file": str(settings_path()), "ok": not problems, "problems": problems, **shown})
    else:
        if not check and rows:
            lines = [
                (str(row["scope"]), _keys(row, "keys"), str(row["id"]), _before(row), str(row["does"])) for row in rows
            ]
            out.table(("where", "keys", "action", "instead of", "does"), lines)
            out.line("")
        for problem in problems:
            out.line(f"✗ {problem['what']}" + (f" ({problem['help']})" if problem["help"] else ""))
        out.line(_summary(len(chosen), len(problems), str(settings_path()), there=settings_path().is_file()))
    if check and problems:
        raise typer.Exit(FAILED)


def _told(settings: Settings, problems: list[KeyProblem]) -> list[dict[str, object]]:
    told: list[dict[str, object]] = [
        {"code": error.code, "what": error.detail, "help": error.hint, "dropped": True} for error in settings.problems
    ]
    told += [
        {"code": one.code, "action": one.action, "what": one.what, "help": one.help, "dropped": one.dropped}
        for one in problems
    ]
    return told


def _keys(row: dict[str, object], which: str) -> str:
    keys = row[which]
    assert isinstance(keys, list)
    return " ".join(keys) or "–"


def _before(row: dict[str, object]) -> str:
    return _keys(row, "default") if row["chosen"] else ""


def _summary(chosen: int, problems: int, path: str, *, there: bool) -> str:
    if not there:
        return f"No key was chosen by hand: {path} is not there."
    said = f"{chosen} action{'' if chosen == 1 else 's'} with keys of your own in {path}"
    return f"{said}; {problems} to look at." if problems else f"{said}; nothing is wrong with them."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("keymap")(keymap)
