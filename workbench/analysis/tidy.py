"""Witnesses made plain: what does not matter is left out, by trying whether it is still a witness without it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench.analysis.defaults import plain_value
from workbench.analysis.model import Case
from workbench.engine.values import EntityUid, to_json
from workbench.language.schema import Attribute, EntityRef, RecordType, Schema

MOST_TRIALS = 120
MOST_DIGITS = 1_000_000  # larger numbers are seldom meant


def tidied(case: Case, schema: Schema, still: Callable[[Case], bool], *, complete: bool) -> Case:
    """The case with everything gone, or plain, that can be. ``still`` says whether it shows what it is to show.

    ``complete``: entities may not be left out, since all that are referred to must exist.
    """
    trials = MOST_TRIALS
    changed = True
    while changed and trials > 0:
        changed = False
        for simpler in _simpler(case, schema, complete):
            trials -= 1
            if still(simpler):
                case, changed = simpler, True
                break
            if trials <= 0:
                break
    return case


def _simpler(case: Case, schema: Schema, complete: bool) -> Iterator[Case]:
    """The case with one thing less, the largest first."""
    rows = case.entities
    named = {case.request["principal"], case.request["resource"]}
    for index, row in enumerate(rows):
        if not complete and _text(row) not in named:
            yield Case(case.request, (*rows[:index], *rows[index + 1 :]))
    for index, row in enumerate(rows):
        for place in range(len(row["parents"])):
            parents = [*row["parents"][:place], *row["parents"][place + 1 :]]
            yield Case(case.request, _replaced(rows, index, {**row, "parents": parents}))
        for tag in row.get("tags", ()):
            tags = {name: value for name, value in row["tags"].items() if name != tag}
            yield Case(case.request, _replaced(rows, index, {**row, "tags": tags}))
    action = next(each for each in schema.actions.values() if _action(each.uid) == case.request["action"])
    for context in _plainer(case.request["context"], action.context.attributes):
        yield Case({**case.request, "context": context}, rows)
    for index, row in enumerate(rows):
        declared = schema.entity_types[row["uid"]["type"]].attributes
        for attrs in _plainer(row["attrs"], declared):
            yield Case(case.request, _replaced(rows, index, {**row, "attrs": attrs}))


def _plainer(record: Mapping[str, Any], declared: Mapping[str, Attribute]) -> Iterator[dict[str, Any]]:
    for name, attribute in declared.items():
        if name not in record:
            continue
        if not attribute.required:
            yield {field: value for field, value in record.items() if field != name}
        if isinstance(attribute.type, RecordType):
            for inner in _plainer(record[name], attribute.type.attributes):
                yield {**record, name: inner}
        elif not isinstance(attribute.type, EntityRef):
            plain = to_json(plain_value(attribute.type))
            if record[name] != plain:
                yield {**record, name: plain}
            if isinstance(record[name], int) and abs(record[name]) > MOST_DIGITS:
                sign = 1 if record[name] > 0 else -1
                yield from ({**record, name: sign * near} for near in (1, 1_000, MOST_DIGITS))


def _replaced(rows: tuple[Mapping[str, Any], ...], index: int, row: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return (*rows[:index], row, *rows[index + 1 :])


def _text(row: Mapping[str, Any]) -> str:
    return str(EntityUid(row["uid"]["type"], row["uid"]["id"]))


def _action(uid: tuple[str, str]) -> str:
    return str(EntityUid(*uid))
