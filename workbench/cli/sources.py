"""Reading a constitution that a command was given: Cedar+ text with its schema, or an artifact (``.yaml``).

Imports the language, the service's file reading, and governance's artifact when the file is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.diagnostics import SourceError
from workbench.cli.failures import MisusedError, RefusedError
from workbench.cli.inputs import STDIN, shown_name, text_of
from workbench.language.diagnostics import DiagnosticsError

if TYPE_CHECKING:
    from workbench.governance.artifact import ConstitutionVersion
    from workbench.language.program import CheckResult, Program
    from workbench.language.schema import Schema


@dataclass(frozen=True, slots=True)
class Source:
    """A constitution as it was read. ``tests`` is ``None`` where the file does not hold its own (only artifacts do).

    ``invariants``: their text; only artifacts hold any.
    """

    name: str
    cedar_plus: str
    schema_name: str
    schema: str
    tests: tuple[Mapping[str, Any], ...] | None = None
    invariants: str = ""

    def parsed_schema(self) -> Schema:
        """The schema. Raises :class:`SourceError`."""
        return parsed_schema(self.schema_name, self.schema)

    def check(self) -> CheckResult:
        """All findings about the text, and what the linter refuses of its schema (CP011, CP120).

        Raises :class:`SourceError` when Cedar does not take the schema, ``WorkbenchError`` when the text is a schema.
        """
        from workbench.language.check import check

        self.parsed_schema()  # its mistakes are told at their own places
        result = check(self.cedar_plus, self.schema)
        if result.program is None and _is_schema(self.cedar_plus):
            raise _schema_for_rules(self.name)
        return result

    def program(self) -> Program:
        """The checked rules. Raises :class:`SourceError` with every error, those of the schema first and alone."""
        result = self.check()
        if result.program is None:
            raise self.refusal(result)
        return result.program

    def refusal(self, result: CheckResult) -> SourceError:
        """The error for a ``result`` of :meth:`check` without a program."""
        try:
            accepted_schema(self.schema_name, self.schema)
        except SourceError as error:
            return error
        return SourceError(self.name, self.cedar_plus, result.errors)


def parsed_schema(name: str, text: str) -> Schema:
    """A schema's text, read; what only the linter refuses of it passes. Raises :class:`SourceError`."""
    from workbench.language.schema_reader import read_schema

    try:
        return read_schema(text)
    except DiagnosticsError as error:
        raise SourceError(name, text, error.diagnostics) from None


def accepted_schema(name: str, text: str) -> Schema:
    """A schema that rules may be made for: the linter refuses nothing either. Raises :class:`SourceError`."""
    from workbench.language.schema_lint import schema_refusals

    schema = parsed_schema(name, text)
    if refused := schema_refusals(text):
        raise SourceError(name, text, refused)
    return schema


def read_source(path: Path, schema: Path | None) -> Source:
    """The constitution at ``path`` (``-`` for standard input). Raises ``WorkbenchError``."""
    if is_artifact(path):
        if schema is not None:
            raise MisusedError("two schemas", f"`{path}` holds its own", "leave `--schema` out")
        content = read_artifact(path).content
        return Source(
            name=f"{path} (cedar_plus_source)",
            cedar_plus=content.cedar_plus_source,
            schema_name=f"{path} (schema)",
            schema=content.schema_text,
            tests=tuple(case.to_mapping() for case in content.test_cases),
            invariants=content.invariants,
        )
    text = text_of(path)
    if path.suffix == ".cedarschema":
        raise _schema_for_rules(shown_name(path))
    found = schema or _sibling(path)
    return Source(shown_name(path), text, shown_name(found), text_of(found))


def _is_schema(text: str) -> bool:
    """Whether a text that is no constitution reads as a schema."""
    from workbench.language.schema_reader import read_schema

    try:
        read = read_schema(text)
    except DiagnosticsError:
        return False
    return bool(read.entity_types or read.actions)


def _schema_for_rules(name: str) -> RefusedError:
    return RefusedError("this looks like a schema", f"`{name}` holds no rules", "give it with `--schema`", "not_rules")


def is_artifact(path: Path) -> bool:
    """Whether ``path`` names a constitution version in YAML."""
    return path.suffix in (".yaml", ".yml")


def read_artifact(path: Path) -> ConstitutionVersion:
    """A constitution version from its file; signatures are not looked at. Raises ``WorkbenchError``."""
    from workbench.governance.artifact import load_yaml
    from workbench.governance.errors import GovernanceError

    try:
        return load_yaml(text_of(path))
    except GovernanceError as error:
        raise RefusedError("not a constitution", f"`{path}`: {error.message}", error.help, error.code) from None


def _sibling(path: Path) -> Path:
    if path == STDIN:
        raise MisusedError(
            "which schema?", "standard input has none beside it", "name one with `--schema FILE`", "no_schema"
        )
    from workbench.service.constitution import sibling_schema

    return sibling_schema(path)
