"""What the commands take in: text files, JSON files, standard input, passphrases. Every failure is a clear error.

Files are UTF-8 of at most 8 MiB; JSON has no repeated keys and a bounded depth. A passphrase is never an argument.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from workbench.cli.failures import MisusedError, RefusedError
from workbench.service.constitution import MAX_FILE_BYTES, read_text

STDIN = Path("-")
MAX_KEY_BYTES = 64 * 1024


def text_of(path: Path) -> str:
    """The text of ``path``, or of standard input for ``-``. Raises ``WorkbenchError``."""
    if path != STDIN:
        if path.is_dir():
            raise MisusedError("that is a folder", f"`{path}` is not a file", "name a file")
        return read_text(path).removeprefix("\ufeff")
    data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise RefusedError("the input is too large", "standard input has over 8 MiB", "split it", "too_large")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        detail = f"standard input: byte {error.start} is not UTF-8"
        raise RefusedError("the input is not text", detail, "send UTF-8", "not_text") from error


_JSON = "name a JSON file, or correct it at that place"


def shown_name(path: Path) -> str:
    """How ``path`` is named in messages."""
    return "<stdin>" if path == STDIN else str(path)


def json_of(path: Path) -> Any:
    """The value of a JSON file (or of standard input). Raises ``WorkbenchError``."""
    from workbench.engine.conversion import InputError, loads

    text = text_of(path)
    try:
        return loads(text)
    except (InputError, RecursionError) as error:
        message = error.message if isinstance(error, InputError) else "nested too deep"
        raise RefusedError("the JSON cannot be read", f"`{shown_name(path)}`: {message}", _JSON, "bad_json") from None


def json_list(path: Path) -> list[Any]:
    """As :func:`json_of`, where the value must be a list of objects."""
    value = json_of(path)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        hint = "put the one object in a list: `[{…}]`" if isinstance(value, dict) else ""
        raise RefusedError(
            "the JSON is not what is wanted", f"`{shown_name(path)}` is not a list of objects", hint, "bad_json"
        )
    return value


def key_is_encrypted(path: Path) -> bool:
    """Whether the private key at ``path`` needs a passphrase. Raises ``WorkbenchError``."""
    from workbench.governance.errors import GovernanceError
    from workbench.governance.keys import inspect_private

    try:
        return inspect_private(key_bytes(path)).encrypted
    except GovernanceError as error:
        raise RefusedError("the key cannot be used", f"`{path}`: {error.message}", error.help, error.code) from None


def key_bytes(path: Path) -> bytes:
    """The content of a key file. Raises ``WorkbenchError``."""
    where = path.expanduser()
    if not where.is_file():
        what = "is a folder" if where.is_dir() else "does not exist"
        raise MisusedError("no such key file", f"`{path}` {what}", "`workbench keys new PATH` makes one", "no_key_file")
    with where.open("rb") as stream:
        return stream.read(MAX_KEY_BYTES)


def passphrase(environment: str | None, *, what: str = "the key", confirm: bool = False) -> str:
    """A passphrase from the named environment variable, or asked for without echo. Raises ``WorkbenchError``."""
    if environment is not None:
        value = os.environ.get(environment)
        if value is None:
            raise MisusedError(
                "no passphrase", f"the environment has no variable `{environment}`", code="no_passphrase"
            )
        return value
    if not sys.stdin.isatty():
        hint = "name an environment variable that holds it with `--passphrase-env NAME`"
        raise MisusedError("no passphrase", "there is no terminal to ask on", hint, "no_passphrase")
    from getpass import getpass

    try:
        value = getpass(f"Passphrase of {what}: ")
        if confirm and getpass("The same again: ") != value:
            raise MisusedError("no passphrase", "the two do not match", "try again", "no_passphrase")
    except EOFError:
        raise MisusedError("no passphrase", "the input ended", code="no_passphrase") from None
    return value
