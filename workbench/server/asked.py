"""What every path of a workspace's server is given: who asks, and the assurance that the body is strict JSON."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Depends, Request

from workbench.engine.conversion import InputError, loads, writable
from workbench.server.callers import Caller
from workbench.server.problems import ProblemError


def _caller(request: Request) -> Caller:
    found = getattr(request.state, "caller", None)
    if not isinstance(found, Caller):  # the gate stands before every path: this is a mistake of ours
        raise ProblemError(401, "no_token", "nobody was proved", outcome="deny")
    return found


async def _strict(request: Request) -> None:
    """Refuses what a lenient parser reads one way and a strict one another, or not at all."""
    try:
        loads((await request.body()).decode("utf-8"))
    except (InputError, UnicodeDecodeError, RecursionError) as error:
        message = error.message if isinstance(error, InputError) else "it is not UTF-8, or nested too deep"
        raise ProblemError(400, "bad_json", f"the body: {message}", outcome="deny") from None


async def _distinct(request: Request) -> None:
    """As above, for bodies that may hold fractions."""
    try:
        text = (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise ProblemError(400, "bad_json", "the body: it is not UTF-8") from None
    json_value(text, "the body", status=400)


def json_value(text: str, place: str, *, status: int = 422) -> Any:
    """The value of JSON that nobody can read in two ways: no key twice in an object, no ``NaN``. Fractions may be.

    Raises :class:`ProblemError` (``bad_json``), which calls the text ``place``.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ProblemError(
                status, "bad_json", f"{place}: the key `{writable(twice[:60])}` appears twice in one object"
            )
        return found

    def never(name: str) -> Any:
        raise ProblemError(status, "bad_json", f"{place}: `{name}` is not JSON")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=never)
    except (ValueError, RecursionError):
        raise ProblemError(status, "bad_json", f"{place}: it is not JSON, or nested too deep") from None


Asker = Annotated[Caller, Depends(_caller)]
Body = Annotated[None, Depends(_strict)]
Distinct = Annotated[None, Depends(_distinct)]
