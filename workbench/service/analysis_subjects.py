"""What is analysed: texts as checked programs, with their invariants. No database, no solver.

Imports the language; what invariants may say is for ``analysis.invariants``, loaded when there are any.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from workbench.language.diagnostics import Diagnostic
from workbench.language.program import CheckResult, Program
from workbench.language.schema import Schema
from workbench.service.errors import WorkbenchError


@dataclass(frozen=True, slots=True)
class Subject:
    """What is analysed: a checked constitution with its invariants (``None`` where it has none that are clean).

    ``name``: as people call it. ``revision``: of a draft, so that what was said of an older one can be told apart.
    ``unclean``: what is wrong with the invariants, which the meaning of the rules does not depend on; else empty.
    """

    name: str
    program: Program = field(repr=False)
    invariants: Program | None = field(default=None, repr=False)
    revision: int | None = None
    unclean: str = ""

    def promised(self) -> Program | None:
        """The invariants. Raises :class:`WorkbenchError` (``invariants_unclean``) rather than leave unclean ones
        out."""
        if self.unclean:
            raise _unclean(self.unclean)
        return self.invariants


def subject_of(
    name: str, cedar_plus: str, schema: str, invariants: str = "", *, revision: int | None = None
) -> Subject:
    """Texts as a subject. What only the linter has against the schema does not matter to what rules mean.

    Raises :class:`WorkbenchError` (``not_clean``) with the first line that is wrong.
    """
    from workbench.language.check import check

    checked = check(cedar_plus, schema, standing=True)
    if checked.program is None or checked.program.schema is None:
        what = f"{name}: {first_error(checked)}"
        raise WorkbenchError("it is not clean", what, "correct the text, then ask again", "not_clean")
    try:
        promised = invariants_of(name, invariants, checked.program.schema, checked.program.by_id)
        return Subject(name, checked.program, promised, revision)
    except WorkbenchError as error:
        return Subject(name, checked.program, None, revision, error.detail)


def invariants_of(name: str, text: str, schema: Schema, taken: Collection[str] = ()) -> Program | None:
    """Invariants as a program; ``None`` where there are none. ``taken``: ids of rules, which none may have.

    Raises :class:`WorkbenchError` (``invariants_unclean``).
    """
    if not text.strip():
        return None
    checked = check_invariants(text, schema, taken)
    if checked.program is None:
        raise _unclean(f"{name}: {first_error(checked)}")
    return checked.program if checked.program.rules else None


def _unclean(what: str) -> WorkbenchError:
    return WorkbenchError("the invariants are not clean", what, "correct their text", "invariants_unclean")


def check_invariants(text: str, schema: Schema, taken: Collection[str] = ()) -> CheckResult:
    """Diagnostics of invariants, and their rules where they are clean. ``taken``: ids of rules. Needs no solver."""
    from workbench.analysis import invariants

    return invariants.check_invariants(text, schema, taken)


def first_error(checked: CheckResult) -> str:
    """The first error, with its place and how many more there are."""
    errors: Sequence[Diagnostic] = checked.errors
    if not errors:
        return "it has no schema"
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"line {errors[0].start.line}: {errors[0].message} ({errors[0].code}){more}"
