"""What a tool's result is worth as evidence: nothing, where it is empty, reports a failure, or is about the user.

Imports the reader of tool JSON, the knowledge builder's node of one result, folding and tables. Never raises:
whatever a tool wrote is data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from workbench.speech.strict.folding import fold
from workbench.speech.strict.tables import listed
from workbench.speech.tool_json import NOT_JSON, read_json

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_EXIT = re.compile(
    r"\b(?:exit(?:ed)?|finished|terminated)[ _-]*(?:with )?[ _-]*(?:exit )?(?:code|status)?"
    r"[ \"']*[:=]?\s*(-?[1-9]\d*)\b|\bnon-zero exit\b"
)
_HTTP = re.compile(
    r"(?:http\S* )?(?:status )?[45]\d\d:? "
    r"(?:not found|internal|bad|unauthori[sz]ed|forbidden|too many|service|gateway|client|server)"
)
_TRACEBACK = re.compile(
    r"^\s*(?:traceback \(most recent call last\)|exception in thread|panic:|fatal error:)", re.MULTILINE
)
_LONGEST_HEAD = 2048
_SAYS_ERROR = ("error", "errors", "exception", "traceback", "fault")
_SAYS_FLAG = ("iserror", "is_error", "failed", "is_failure")
_EXIT_KEYS = ("exit_code", "exitcode", "returncode", "return_code", "exit_status", "exitstatus")
_REPORT_KEYS = frozenset(
    [
        "status",
        "success",
        "ok",
        "message",
        "code",
        "detail",
        "details",
        "reason",
        "type",
        "title",
        "status_code",
        "statuscode",
        "result",
        "data",
        "content",
    ]
)
_DEPTH = 3


def about_the_user(tool: str) -> bool:
    """The tool reads or keeps memory, profile or preferences of the user (whole words of its name)."""
    words = frozenset(word.lower() for word in _WORDS.findall(tool))
    return any(entry <= words for entry in _entries())


@lru_cache(maxsize=1)
def _entries() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(entry.split()) for entry in sorted(listed("non_epistemic")))


def failure(text: str) -> str:
    """Why the result is no evidence ("is empty", "reports an error"), or nothing where it is."""
    value = read_json(text) if text[:1].strip() or text.strip() else None
    if value is not NOT_JSON and not isinstance(value, str):
        return _failed_value(value, _DEPTH)
    return _failed_text(value if isinstance(value, str) else text)


def _failed_value(value: Any, depth: int) -> str:
    if value is None or value == [] or value == {} or value == "":
        return "is empty"
    if isinstance(value, str):
        return _failed_text(value)
    if isinstance(value, list) and depth:
        found = [_failed_value(item, depth - 1) for item in value]
        return found[0] if all(found) else ""
    return _failed_object(value, depth) if isinstance(value, Mapping) else ""


def _failed_object(value: Mapping[str, Any], depth: int) -> str:
    lowered = {str(key).lower(): given for key, given in value.items()}
    if any(lowered.get(key) for key in _SAYS_ERROR) or any(lowered.get(key) is True for key in _SAYS_FLAG):
        return "reports an error"
    for key in _EXIT_KEYS:
        given = lowered.get(key)
        if isinstance(given, (int, float, str)) and str(given).strip() not in {"0", "0.0", "", "False"}:
            return "reports an exit code that is not 0"
    if set(lowered) <= _REPORT_KEYS:
        status = lowered.get("status", lowered.get("status_code", lowered.get("code")))
        failed = isinstance(status, str) and status.lower() in {"error", "failed", "failure", "fail"}
        failed = failed or (isinstance(status, int) and not isinstance(status, bool) and 400 <= status < 600)
        if failed or lowered.get("success") is False or lowered.get("ok") is False:
            return "reports a failure"
    if all(given is None or given == [] or given == {} or given == "" for given in lowered.values()):
        return "is empty"
    text = lowered.get("text")
    if depth and set(lowered) == {"type", "text"} and isinstance(text, str):
        return _failed_text(text)
    return ""


def _failed_text(text: str) -> str:
    if not text.strip():
        return "is empty"
    stripped = text.strip()
    head = fold(stripped[:_LONGEST_HEAD]).text
    line = head.split("\n", 1)[0]
    first = re.match(r"[<\[(*\s]*([^\s:!,;()\[\]<>]+)\s*([:!\])>]|$|\d)", line)
    if first and first[1].rstrip(".") in listed("failures"):
        return "reports an error"
    if any(line.startswith(opening) for opening in listed("failure_openings")):
        return "reports an error"
    if len(stripped) < _LONGEST_HEAD and "\n" not in head and any(p in line for p in listed("failure_phrases")):
        return "reports an error"
    tail = fold(stripped[-_LONGEST_HEAD:]).text
    if _TRACEBACK.search(head) or _TRACEBACK.search(tail) or _HTTP.match(line):
        return "reports an error"
    return "reports an exit code that is not 0" if _EXIT.search(line) or _EXIT.search(tail.rsplit("\n", 1)[-1]) else ""
