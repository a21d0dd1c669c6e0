"""A constitution as a value for programs: text and schema in, evaluator out. No workspace, no signatures needed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.language.diagnostics import DiagnosticsError
from workbench.language.program import Program, Rule
from workbench.service.errors import WorkbenchError, from_os

if TYPE_CHECKING:
    from workbench.engine.evaluator import Evaluator

MAX_FILE_BYTES = 8 * 1024 * 1024


class Constitution:
    """A checked constitution. Make one with :meth:`from_source` or :meth:`load`."""

    def __init__(self, program: Program, schema: str) -> None:
        self.program = program
        self.schema = schema

    @classmethod
    def from_source(cls, source: str, *, schema: str) -> Constitution:
        """Check Cedar+ text against schema text.

        Raises :class:`~workbench.language.diagnostics.DiagnosticsError` with every error found.
        """
        from workbench.language.check import check

        result = check(source, schema)
        if result.program is None:
            raise DiagnosticsError(result.errors)
        return cls(result.program, schema)

    @classmethod
    def load(cls, path: str | Path, *, schema: str | Path | None = None) -> Constitution:
        """Read a constitution from a file: an artifact (``.yaml``) or Cedar+ text.

        Cedar+ text takes its schema from ``schema``, else from the one ``*.cedarschema`` beside it. The artifact's
        signatures are not looked at here (``workbench verify`` does). Raises :class:`WorkbenchError` for files that
        cannot be read, ``DiagnosticsError`` for text that is not clean, ``ArtifactError`` for a malformed artifact.
        """
        file = Path(path)
        text = read_text(file)
        if file.suffix in (".yaml", ".yml"):
            from workbench.governance.artifact import load_yaml

            content = load_yaml(text).content
            return cls.from_source(content.cedar_plus_source, schema=content.schema_text)
        return cls.from_source(text, schema=read_text(Path(schema) if schema else sibling_schema(file)))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in source order."""
        return self.program.rules

    @property
    def digest(self) -> str:
        """SHA-256 over the rules' digests, in source order, and the schema text: 64 hex digits."""
        parts = [rule.digest for rule in self.program.rules]
        parts.append(hashlib.sha256(self.schema.encode()).hexdigest())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def compile(self) -> Evaluator:
        """The evaluator that decides requests under this constitution."""
        from workbench.engine.evaluator import Evaluator

        return Evaluator(self.program)


def read_text(path: Path) -> str:
    """A text file of at most 8 MiB of UTF-8. Raises :class:`WorkbenchError` that says what is wrong with it."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise from_os(error) from error
    if len(data) > MAX_FILE_BYTES:
        raise WorkbenchError("the file is too large", f"`{path}` has over 8 MiB", "split it", "too_large")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WorkbenchError(
            "the file is not text", f"`{path}`: byte {error.start} is not UTF-8", "save it as UTF-8", "not_text"
        ) from error


def sibling_schema(path: Path) -> Path:
    """The one ``*.cedarschema`` beside ``path``. Raises :class:`WorkbenchError` (``no_schema``)."""
    found = sorted(path.parent.glob("*.cedarschema"))
    if len(found) != 1:
        what = "is no schema" if not found else f"are {len(found)} schemas"
        raise WorkbenchError(
            "which schema?", f"there {what} beside `{path}`", "name one with `--schema FILE`", "no_schema"
        )
    return found[0]
