"""Files of test cases: ours and Cedar's `run-tests` JSON, read into one form, and written.

A case that could not come to anything is refused with its place, or it would look like a rule that fails. Entities that
a Cedar test names by a file are read from beside it, and from nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.authoring.cedar_cases import FORM, CedarWritten, from_cedar, is_cedar_case, to_cedar
from workbench.engine.conversion import InputError, loads
from workbench.language.program import Program
from workbench.service.constitution import read_text
from workbench.service.errors import WorkbenchError
from workbench.service.files import write_atomically
from workbench.service.judging import spoken_cases
from workbench.service.testing import TestBench

Case = Mapping[str, Any]
OUTCOMES = ("allow", "deny", "hold")
_OURS = "a case has name, request, entities, expect"


def read_cases(path: Path) -> list[Case]:
    """The cases of a file, in our form. Raises :class:`WorkbenchError`: ``bad_json``, ``bad_tests``, and as for any
    file that cannot be read.
    """
    return cases_in(_json(path), path)


def cases_in(value: Any, path: Path) -> list[Case]:
    """The cases in the JSON value of the file ``path``. Raises :class:`WorkbenchError` (``bad_tests``)."""
    if not isinstance(value, list):
        hint = "put the one case in a list: `[{…}]`" if isinstance(value, dict) else _OURS
        raise WorkbenchError("not a list of test cases", f"`{path}` is not a list of objects", hint, "bad_tests")
    return [_case(each, place, path) for place, each in enumerate(value, start=1)]


def _case(case: Any, place: int, path: Path) -> Case:
    if not isinstance(case, dict):
        raise _wrong(path, place, "it is not an object", _OURS)
    if is_cedar_case(case):
        made, wrong = from_cedar({**case, "entities": _entities(case.get("entities", []), place, path)}, place)
        if wrong:
            raise _wrong(path, place, wrong, FORM)
        return made
    if not isinstance(case.get("request"), dict):
        raise _wrong(path, place, "there is no `request` object", _OURS)
    if case.get("expect") not in OUTCOMES:
        raise _wrong(path, place, "`expect` is not `allow`, `deny` or `hold`", _OURS)
    if not isinstance(case.get("entities", []), list):
        raise _wrong(path, place, "`entities` is not a list", _OURS)
    return case


def _entities(named: Any, place: int, path: Path) -> Any:
    """The entities of a Cedar test; a file by its name, which must lie in the folder of the tests."""
    if not isinstance(named, str):
        return named
    folder = path.parent.resolve()
    file = (folder / named).resolve()
    if not file.is_relative_to(folder):
        raise _wrong(path, place, f"`{named}` is outside of the folder of the tests", "keep entities beside the tests")
    return _json(file)


def _json(path: Path) -> Any:
    try:
        return loads(read_text(path).removeprefix("\ufeff"))
    except (InputError, RecursionError) as error:
        said = error.message if isinstance(error, InputError) else "nested too deep"
        raise WorkbenchError(
            "the JSON cannot be read", f"`{path}`: {said}", "name another file, or correct it at that place", "bad_json"
        ) from None


def _wrong(path: Path, place: int, what: str, hint: str) -> WorkbenchError:
    return WorkbenchError("not a list of test cases", f"`{path}`, case {place}: {what}", hint, "bad_tests")


# ---- written ---------------------------------------------------------------------------------------------------------


def as_cedar(program: Program, cases: Iterable[Case]) -> CedarWritten:
    """The cases in Cedar's form, with what that form cannot say."""
    bench = TestBench(program)
    heard = spoken_cases(cases, program.schema)
    return to_cedar((case, bench.run(case).passed, bench.cedar_says(case)) for case in heard)


def write_json(path: Path, cases: Sequence[Case]) -> None:
    """Write cases, one a paragraph, atomically. Raises :class:`WorkbenchError` (``not_written``)."""
    text = json.dumps(list(cases), indent=2, ensure_ascii=False) + "\n"
    try:
        write_atomically(path.resolve(), text.encode("utf-8", "surrogatepass"))
    except OSError as error:
        detail = f"`{path}`: {error.strerror or error}"
        raise WorkbenchError("the file cannot be written", detail, "name another file", "not_written") from error
