"""The bugs: each is a text that stands exactly once in the whole engine, and what stands there instead.

Code may move between the engine's modules; where a text itself changes, the old text here must follow, and
``test_mutants`` says which.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[3] / "workbench"


class Mutant(NamedTuple):
    old: str
    new: str
    room: str = "engine"

    def places(self) -> list[tuple[str, str]]:
        """Every place in the room where the old text stands, as a module's dotted name and the module's text."""
        found = []
        for path in sorted((PACKAGE / self.room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
            found += [(name, text)] * text.count(self.old)
        return found


MUTANTS = {
    # ---- values --------------------------------------------------------------------------------------------------
    "a Boolean equals a Long": Mutant(
        "return type(left) is type(right) and left == right",
        "return bool(left == right)",
    ),
    "the members of a set are untyped": Mutant(
        "    if value is True:\n        return TRUE\n    if value is False:\n        return FALSE\n    return value",
        "    return value",
    ),
    "overflow is not noticed": Mutant("    if I64_MIN <= value <= I64_MAX:\n        return value", "    return value"),
    # ---- operators -----------------------------------------------------------------------------------------------
    "an unknown entity is not in itself": Mutant(
        "return uid == right or reaches(uid, right, find)",
        "return (uid == right and find(uid) is not None) or reaches(uid, right, find)",
    ),
    "`in` stops at the first hit of a set": Mutant(
        "        targets = [as_entity(member)",
        "        if uid in right:\n            return True\n        targets = [as_entity(member)",
    ),
    "a pattern's ends may overlap": Mutant("if len(text) < len(first) + len(last) or not", "if not"),
    "`has` on a missing entity is an error": Mutant(
        "        return entity is not None and attr in entity.attrs",
        "        if entity is None:\n            raise AbsentError('unknown')\n        return attr in entity.attrs",
    ),
    "`containsAny` is `containsAll`": Mutant(
        "return not as_set(left).isdisjoint(as_set(right))",
        "return as_set(left) >= as_set(right)",
    ),
    "the right side of `&&` need not be a Boolean": Mutant(
        "            return method in _BOOLEAN_METHODS\n        case _:\n            return False",
        "            return method in _BOOLEAN_METHODS\n        case _:\n            return True",
    ),
    # ---- extension functions -------------------------------------------------------------------------------------
    "127.0.0.0/7 is loopback": Mutant(
        "return self.is_in_range(Ip(self.version, *_LOOPBACK[self.version]))",
        "return Ip(self.version, self.address, self.width).is_in_range(Ip(self.version, *_LOOPBACK[self.version]))",
    ),
    "toDays floors": Mutant(
        "        return -whole if self.millis < 0 else whole",
        "        return self.millis // unit_ms if whole else whole",
    ),
    "a datetime's offset has the wrong sign": Mutant(
        'millis += -offset if match[8] == "+" else offset',
        'millis += offset if match[8] == "+" else -offset',
    ),
    "toDate truncates towards 1970": Mutant(
        "when.millis // DAY_MS * DAY_MS",
        "int(when.millis / DAY_MS) * DAY_MS",
    ),
    "a small negative decimal is positive": Mutant(
        "units = -units if sign else units",
        "units = -units if sign and whole != '0' else units",
    ),
    # ---- rules and the index -------------------------------------------------------------------------------------
    "an unsafe prefix does not end the pins": Mutant(
        "elif is_total(expr):\n                complete = False\n            else:\n                return pins, False",
        "else:\n                complete = False",
    ),
    "a rule with an unless counts as met by its pins": Mutant(
        "            complete = False\n            continue\n", "            continue\n"
    ),
    "a rule with a total conjunct counts as met by its pins": Mutant(
        "elif is_total(expr):\n                complete = False\n", "elif is_total(expr):\n                pass\n"
    ),
    "a threshold is taken on the wrong side": Mutant(
        'bisect_left if op in (">", "<=") else bisect_right', 'bisect_right if op in (">", "<=") else bisect_left'
    ),
    "a Boolean is looked up as a Long": Mutant("get(value if type(value) is not bool else key(value))", "get(value)"),
    "a comparison with a literal on the left is not mirrored": Mutant(
        "return _range_pin(left, op, right) or _range_pin(right, _MIRRORED[op], left)",
        "return _range_pin(left, op, right) or _range_pin(right, op, left)",
    ),
    "the index passes over missing attributes": Mutant(
        "ask.extend(everyone)  # the attribute is missing: each of them fails, or is guarded\n",
        "pass\n",
    ),
    "an unless is a when": Mutant(
        'body = condition.body if condition.kind == "when" else Unary("!", condition.body)',
        "body = condition.body",
    ),
    "an observed rule binds": Mutant('= "" if observed else self.kind', "= self.kind"),
    "a template's resource slot takes the principal": Mutant(
        "uid = given[side.entity.name]",
        'uid = given.get("principal", given[side.entity.name])',
    ),
    "membership is not transitive": Mutant(
        "                    reached |= known.ancestors\n            if uid in reached",
        "                    reached |= set(known.parents)\n            if uid in reached",
    ),
    # ---- Cedar+'s own --------------------------------------------------------------------------------------------
    "a rule that errs is skipped": Mutant(
        "if any(rule.binds_as in _FAIL_CLOSED for rule, _ in failed):",
        "if failed and not permits:",
    ),
    "a procedure that errs is skipped": Mutant(
        'frozenset({"permit", "forbid", "procedure"})', 'frozenset({"permit", "forbid"})'
    ),
    "a forbid yields to two permits": Mutant("    if forbids:\n", "    if forbids and len(permits) < 2:\n"),
    "a preference permits": Mutant(
        '        elif kind == "prefer":\n', '        elif kind == "prefer":\n            permits.append(rule.id)\n'
    ),
    "scores are added as floats": Mutant(
        "score = _EXACT.add(score, rule.score)", "score = Decimal(str(float(score) + float(rule.score)))"
    ),
    "a grant of one request serves another": Mutant("if grant.case_key == own:", "if own:"),
    "one grant releases every procedure": Mutant("if rule.name not in names]", "if not names]"),
    "a request's resource may be of any type": Mutant(
        "if request.resource.type not in check.resources:", "if not check.resources:"
    ),
    "undeclared attributes are let through": Mutant(
        "        if len(out) != len(data):\n", "        if len(out) > len(data):\n"
    ),
    "an entity given twice counts once": Mutant("not (repeats and rows[", "not (rows["),
}
