"""Values of a request as a person types them, and back: by the schema's type. Pure.

A number is ``501``, a yes or no is ``yes``, a set is ``a, b``, an entity is its id, an empty text is ``""``. The empty
text means "not given". Imports the engine's values and the language; no database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.engine.conversion import InputError, parse_uid
from workbench.engine.values import EntityUid
from workbench.language.schema import EntityRef, ExtensionType, PrimitiveType, RecordType, Schema, SetType, Type
from workbench.service.errors import WorkbenchError

_YES = frozenset({"yes", "y", "true", "on"})
_NO = frozenset({"no", "n", "false", "off"})
_FUNCTIONS = {"decimal": "decimal", "ipaddr": "ip", "datetime": "datetime", "duration": "duration"}
_SHAPES = {
    "decimal": re.compile(r"-?\d{1,15}\.\d{1,4}"),
    "datetime": re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{3})?(?:Z|[+-]\d{4}))?"),
    "duration": re.compile(r"-?(?=\d)(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?"),
    "ipaddr": re.compile(r"[0-9a-fA-F.:]+(?:/\d{1,3})?"),
}
_LOOKS = {
    "decimal": "a number such as 10.5",
    "datetime": "a day such as 2026-03-16, or a time such as 2026-03-16T08:00:00Z",
    "duration": "a length of time such as 1h30m",
    "ipaddr": "a network address such as 10.0.0.1",
}
_PART = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)')
_UID = re.compile(r'[A-Za-z_][\w:]*::"')
_LONGEST = 2**63


class NotGiven:
    """What an empty field stands for: the value is not in the request."""


NOT_GIVEN = NotGiven()


def typed(text: str, of: Type, schema: Schema, label: str) -> Any:
    """What ``text`` says, in Cedar's JSON form; :data:`NOT_GIVEN` for the empty text (an empty set for a set).

    Raises :class:`WorkbenchError` (``bad_value``), with what such a value looks like.
    """
    said = text.strip()
    if not said:
        return [] if isinstance(of, SetType) else NOT_GIVEN
    match of:
        case PrimitiveType(name="Bool"):
            if said.casefold() in _YES | _NO:
                return said.casefold() in _YES
            raise _bad(label, said, "yes or no")
        case PrimitiveType(name="Long"):
            number = said.replace(",", "").replace("_", "")
            if re.fullmatch(r"-?\d{1,19}", number) and -_LONGEST <= int(number) < _LONGEST:
                return int(number)
            if re.fullmatch(r"-?\d+", number):
                raise _bad(label, said, "within the 64 bits that whole numbers have")
            raise _bad(label, said, "a whole number such as 501")
        case PrimitiveType():
            return "" if said == '""' else text
        case ExtensionType(name=name):
            argument = f"{said}.0" if name == "decimal" and re.fullmatch(r"-?\d{1,15}", said) else said
            if not _SHAPES[name].fullmatch(argument):
                raise _bad(label, said, _LOOKS[name])
            return {"__extn": {"fn": _FUNCTIONS[name], "arg": argument}}
        case EntityRef(name=name):
            return {"__entity": _uid(said, (name,), schema, label)}
        case SetType(element=element):
            return [typed(part, element, schema, label) for part in _parts(said) if part.strip() or part == ""]
        case RecordType():
            return _json(said, label)
    raise AssertionError(of)


def _parts(text: str) -> list[str]:
    """``a, "b, c"`` → a · b, c; a quoted empty text is ``""``."""
    found, place = [], 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None or match.end() == place:
            return [part.strip() for part in text.split(",") if part.strip()]
        quoted, bare = match.groups()
        if quoted is not None:
            found.append(json.loads(f'"{quoted}"') or '""')
        elif bare.strip():
            found.append(bare.strip())
        place = match.end()
    return found


def _json(text: str, label: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, Mapping):
        raise _bad(label, text, "an object in JSON")
    return value


def uid_typed(text: str, types: Sequence[str], schema: Schema, label: str) -> str:
    """``nora`` or ``Agent::"nora"`` as ``Agent::"nora"``. Raises :class:`WorkbenchError` (``bad_value``)."""
    uid = _uid(text.strip(), types, schema, label)
    return written_uid(uid["type"], uid["id"])


def _uid(said: str, types: Sequence[str], schema: Schema, label: str) -> dict[str, str]:
    type_, id_ = types[0], said
    if _UID.match(said):
        try:
            type_, id_ = parse_uid(said)
        except InputError:
            raise _bad(label, said, f'{types[0]}::"id"') from None
        if type_ not in types:
            raise _bad(label, said, " or ".join(types))
    declared = schema.entity_types.get(type_)
    if declared is not None and declared.enum is not None and id_ not in declared.enum:
        raise _bad(label, said, f"one of {', '.join(declared.enum)}")
    return {"type": type_, "id": id_}


def written_uid(type: str, id: str) -> str:
    """``Type::"id"``, as Cedar writes it."""
    return str(EntityUid(type, id))


def shown(value: Any) -> str:
    """A value in Cedar's JSON form as :func:`typed` reads it; the empty text for ``None``."""
    match value:
        case None | NotGiven():
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case str():
            return value if value.strip() else '""'
        case {"__entity": {"id": id_}} | {"type": _, "id": id_}:
            return str(id_)
        case {"__extn": {"arg": argument}}:
            return str(argument)
        case list():
            return ", ".join(_quoted(shown(item)) for item in value)
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if "," in text or (text.startswith('"') and text != '""') else text


def _bad(label: str, said: str, wanted: str) -> WorkbenchError:
    cut = said if len(said) <= 60 else said[:60] + "…"
    return WorkbenchError("that does not fit", f"{label}: `{cut}` is not {wanted}", "", "bad_value")
