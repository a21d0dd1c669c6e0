"""What every command shares: which workspace, which output form, and how an option is spelled.

Light on purpose: ``workbench --help`` imports it. The service is imported inside the functions that use it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.output import Printer

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="DIR",
        help="The workspace. Default: WORKBENCH_WORKSPACE, else one in the user's data folder.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
SchemaOption = Annotated[
    Path | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        help="The Cedar schema. Default: the one *.cedarschema beside FILE.",
        show_default=False,
    ),
]
PassphraseOption = Annotated[
    str | None,
    typer.Option(
        "--passphrase-env",
        metavar="NAME",
        help="Take the key's passphrase from this environment variable instead of asking for it.",
        show_default=False,
    ),
]
ActorOption = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="PRINCIPAL",
        help="Who you are, as the roster writes it: 'Operator::\"ana\"'.",
        show_default=False,
    ),
]


_WEAK = {
    "SOLO": "one person decides alone here, at once",
    "UNSIGNED": "nobody signs here; anyone can change what is in force",
}


@dataclass
class Session:
    """One invocation. ``workspace`` and ``as_json`` are given before the command's name, after it, or both."""

    workspace: Path | None = None
    as_json: bool = False
    out: Printer = field(default_factory=Printer)

    def using(self, workspace: Path | None = None, as_json: bool = False) -> Session:
        """This session, with what the command itself was given."""
        if workspace is not None:
            self.workspace = workspace
        self.as_json = self.as_json or as_json
        return self

    def location(self) -> Path:
        """The workspace folder that this invocation is about."""
        if self.workspace is not None:
            return self.workspace.expanduser()
        from workbench.service.paths import default_workspace

        return default_workspace()

    @contextmanager
    def opened(self) -> Iterator[Workspace]:
        """The workspace, open for the length of the ``with`` block. Raises ``WorkbenchError``.

        Where one person decides alone, or nobody signs, every command says so on stderr.
        """
        import sys

        from workbench.service.workspace import Workspace

        workspace = Workspace.open(self.location())
        if workspace.badge in _WEAK:
            logs = Printer(sys.stderr)
            logs.line(f"{logs.styled(workspace.badge, 'wait', 'bold')}: {_WEAK[workspace.badge]}")
        try:
            yield workspace
        finally:
            workspace.close()

    def show(self, value: Any) -> bool:
        """Print ``value`` where JSON was asked for, and say whether it was."""
        if self.as_json:
            self.out.json(value)
        return self.as_json


def session_of(ctx: typer.Context) -> Session:
    """The invocation's session."""
    found = ctx.find_object(Session)
    return found if found is not None else ctx.ensure_object(Session)


def on_terminal() -> bool:
    """Whether a person can use a full-screen program here."""
    import sys

    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
