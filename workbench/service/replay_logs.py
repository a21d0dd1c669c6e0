"""A log of decisions in a file, one JSON object a line, as records that may be decided again.

A line has ``request`` (or principal, action and resource themselves) and, where known, ``at``, ``entities``, ``facts``
(more of the context), ``heard`` (the tool calls of a request that says something), ``grants`` and ``outcome`` (or
``decision.outcome``) with ``code``. No database.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from workbench.engine.request import RequestError, as_uid
from workbench.service.errors import WorkbenchError
from workbench.service.heard import Heard
from workbench.service.redecided import Recorded

MAX_LINE = 1024 * 1024  # characters
_STDIN = Path("-")


@contextmanager
def log_lines(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a file (of standard input for ``-``), read as they are asked for.

    Raises :class:`WorkbenchError`: ``not_found``, ``not_text``.
    """
    if path == _STDIN:
        yield _text_lines(sys.stdin.buffer, "<stdin>")
        return
    try:
        stream = path.open("rb")
    except OSError as error:
        what = "is a folder" if path.is_dir() else "does not exist" if not path.exists() else str(error.strerror)
        raise WorkbenchError("the log cannot be read", f"`{path}` {what}", "name a file", "not_found") from error
    with stream:
        yield _text_lines(stream, str(path))


def _text_lines(stream: BinaryIO, name: str) -> Iterator[str]:
    number = 0
    while line := stream.readline(MAX_LINE * 4):
        number += 1
        try:
            yield line.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            what = f"`{name}`, line {number}: byte {error.start} is not UTF-8"
            raise WorkbenchError("the log is not text", what, "send UTF-8", "not_text") from error


def records_of(lines: Iterable[str], name: str) -> Iterator[Recorded]:
    """The records of ``lines``; blank lines are passed over. ``key`` is the line's number.

    Raises :class:`WorkbenchError` (``bad_log``) that names the line, at the first one that is no record.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _record(number, line, name)


def _record(number: int, line: str, name: str) -> Recorded:
    if len(line) > MAX_LINE:
        raise _bad(name, number, "it has over a million characters")
    try:
        value = json.loads(line)
        if not isinstance(value, Mapping):
            raise _bad(name, number, "it is no JSON object")
        asked: Mapping[str, Any] = value["request"] if isinstance(value.get("request"), Mapping) else value
        context = dict(asked.get("context") or {}) | dict(value.get("facts") or {})
        uids = {role: as_uid(asked[role], role) for role in ("principal", "action", "resource")}
        at = value.get("at")
        moment = datetime.fromisoformat(at) if isinstance(at, str) else None
        grants = tuple(str(grant) for grant in value.get("grants") or ())
        heard = value.get("heard")
        if heard is not None:
            Heard.from_json(heard)
    except RecursionError:
        raise _bad(name, number, "it is nested too deeply") from None
    except KeyError as error:
        raise _bad(name, number, f"it has no {error.args[0]}") from None
    except (ValueError, TypeError, RequestError) as error:
        raise _bad(name, number, str(error)) from None
    decided = value["decision"] if isinstance(value.get("decision"), Mapping) else value
    outcome = decided.get("outcome", "")
    if outcome not in ("", "allow", "deny", "hold"):
        raise _bad(name, number, f"`{outcome}` is no outcome")
    request: dict[str, Any] = {role: str(uid) for role, uid in uids.items()} | {"context": context}
    if asked.get("speech") is not None:
        request["speech"] = asked["speech"]
    reasons = [*(decided.get("procedures") or ()), *(decided.get("reasons") or ())]
    return Recorded(
        key=number,
        at=moment,
        agent=uids["principal"].id,
        action=uids["action"].id,
        resource=uids["resource"].id,
        outcome=str(outcome),
        code=str(decided.get("code", "")),
        rule=str(reasons[0]) if reasons else "",
        base="",
        request=json.dumps(request).encode(),
        entities=json.dumps(value.get("entities") or []).encode(),
        grants=grants,
        heard=b"" if heard is None else json.dumps(heard).encode(),
    )


def _bad(name: str, number: int, why: str) -> WorkbenchError:
    hint = 'a line is {"request": {principal, action, resource, context}, "entities"?, "outcome"?}'
    return WorkbenchError("not a log of decisions", f"`{name}`, line {number}: {why}", hint, "bad_log")
