"""normcore's own command line, flag for flag: ``python -m workbench.compat.normcore evaluate --agent-output …``.

Imports this package only. Kept as the original has it: the global flags stand before the command, every verdict exits
with 0, usage errors and refused input with 2 behind ``normcore: error:``, the log goes to stderr. On purpose different:
the licence is sorted, ``--help`` is in our words, and grounds that are no list are an error, not a traceback.
``workbench speech evaluate`` is the command line that gates by its exit code.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from workbench.compat.normcore.evaluator import evaluate
from workbench.compat.normcore.logging import LEVELS, chosen_level, configure_logging

VERSION = "0.2.0"  # of the original that this agrees with


def parser() -> argparse.ArgumentParser:
    """The command line: options of the program, then those of ``evaluate``."""
    program = argparse.ArgumentParser(
        prog="normcore", description="Judge whether an agent may say something in the form in which it says it."
    )
    program.add_argument("--log-level", choices=LEVELS, help="Log at this level and above, to stderr.")
    program.add_argument("-v", "--verbose", action="count", default=0, help="Log more: -v is INFO, -vv is DEBUG.")
    program.add_argument("--version", action="store_true", help="Print the version, and nothing else.")
    commands = program.add_subparsers(dest="command")
    judge = commands.add_parser("evaluate", help="Judge one answer; prints the judgment as JSON.")
    judge.add_argument("--agent-output", help="The answer.")
    judge.add_argument(
        "--conversation",
        help="The conversation: a JSON array of chat-completions messages, the last one the assistant's. "
        "With --agent-output too, the two must be equal.",
    )
    judge.add_argument("--grounds", help="External grounds: a JSON array of OpenAI annotations.")
    return program


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Raises ``SystemExit`` (2) for usage errors and refused input."""
    program = parser()
    asked = program.parse_args(argv)
    if asked.version:
        print(VERSION)
        return 0
    configure_logging(chosen_level(asked.log_level, asked.verbose))
    if asked.command is None:
        program.print_help()
        return 0
    conversation = _json(program, "--conversation", asked.conversation)
    grounds = _json(program, "--grounds", asked.grounds)
    try:
        judgment = evaluate(agent_output=asked.agent_output, conversation=conversation, grounds=grounds)
    except ValueError as error:
        program.error(str(error))
    print(judgment.to_json(indent=2))
    return 0


def _json(program: argparse.ArgumentParser, option: str, text: str | None) -> Any:
    """The value of an option; nothing and the empty text are the same."""
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        message = "nested too deep" if isinstance(error, RecursionError) else str(error)
        program.error(f"Failed to parse {option} JSON: {message}")


def run() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    sys.exit(main())
