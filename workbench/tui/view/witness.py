"""A witness as people read it: who asks for what, with which data, what both engines say, which rules make it so. Pure.

Requests, entities and rules are data of any origin: everything passes ``view.plain``; nothing is markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from workbench.analysis.assumptions import Assumption
from workbench.analysis.document import to_json
from workbench.analysis.results import Change, Judged, Witness
from workbench.analysis.words_witness import Fact, facts_of, uid_text, witness_said
from workbench.language.quotation import bare
from workbench.tui.hints import hinted
from workbench.tui.view.detail import CODES, VALUE_LIMIT
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import label, outcome, plural, stack, text
from workbench.tui.view.rulebook import Rulebook, rule_lines

CHANGES: dict[Change, tuple[str, str, str]] = {
    "permitted": ("✓", "allow", "newly permitted"),
    "denied": ("✗", "deny", "newly denied"),
    "held": ("◷", "hold", "newly held"),
}
"""A change of decision as glyph, role and word."""

CONFIRMED = "Replayed on both engines."
OPENS = Content.assemble(("enter", "$accent"), (" opens the whole request and its data", "$muted"))
PATH = 32  # cells of a path
_UIDS = ("principal", "action", "resource")


@dataclass(frozen=True, slots=True)
class Shown:
    """A witness to be opened: what it shows (``title``, ``style``), for which rules, under which assumption.

    ``wanted``: how it should be decided, where that is known; empty where only a person can say.
    """

    title: str
    style: str
    witness: Witness
    rules: tuple[str, ...]
    assumption: Assumption
    statement: str = ""
    wanted: str = ""


def name_of(uid: object) -> str:
    """The id of a uid, without its type; between backticks where it is more than a word."""
    kind, found, name = uid_text(uid).partition('::"')
    return bare(one_line(name.removesuffix('"') if found else kind))


def deed(witness: Witness) -> str:
    """Who asks to do what to what, on one line."""
    principal, action, resource = (name_of(witness.request.get(name, "?")) for name in _UIDS)
    return f"{principal} asks to {action} {resource}"


def head(title: str, style: str, witness: Witness) -> Content:
    """What a witness shows, and who asks for what."""
    return Content.assemble((f"{title}  ", f"{style} bold"), text(deed(witness), "$ink bold"))


def telling(witness: Witness, book: Rulebook, rules: tuple[str, ...]) -> tuple[Fact, ...]:
    """The facts that the deciding rules read; all of them where it is not known which those are."""
    return witness_said(witness, book.voice, rules).read


def facts_line(witness: Witness, book: Rulebook, rules: tuple[str, ...]) -> str:
    """The telling facts on one line; those alone that the text of ``rules`` names, where it names some."""
    facts = telling(witness, book, rules)
    words = set(re.findall(r"\w+", book.texts(rules)))
    named = [fact for fact in facts if words.intersection(re.findall(r"\w+", fact.path.rpartition(".")[2]))]
    return ", ".join(f"{one_line(fact.path.removeprefix('context.'))} {value(fact)}" for fact in named or facts)


def assumed(assumption: Assumption) -> Content:
    """What answers take for granted, as a sentence on one line; the keys that change it come after it."""
    semantics = {"cedar+": "an error denies (ours)", "cedar": "a rule that errors is skipped (Cedar's)"}
    data = {"missing": "entities may be missing", "complete": "every entity exists"}
    return Content.assemble(
        ("assuming ", "$muted"),
        (semantics[assumption.semantics], "$ink"),
        (" and ", "$muted"),
        (data[assumption.data], "$ink"),
        (hinted(" · s, d change it", "review"), "$muted"),
    )


def value(fact: Fact) -> str:
    """A value on one line, cut where it is long."""
    shown = one_line(fact.value[: VALUE_LIMIT + 1])
    return shown[:VALUE_LIMIT] + "…" if len(shown) > VALUE_LIMIT else shown


def fact_lines(facts: Sequence[Fact], *, mark: bool = False) -> list[Content]:
    """Facts under one another; with ``mark`` those that the rules read stand out with a sign."""
    width = min(max((len(one_line(fact.path)) for fact in facts), default=0), PATH)
    return [_fact(fact, width, mark and fact.read) for fact in facts]


def verdict(judged: Judged) -> Content:
    """What one program says of it: our decision, Cedar's, the rules."""
    ours, role = outcome(judged.outcome)
    cedar, cedar_role = outcome(judged.cedar)
    reasons = ", ".join(one_line(rule) for rule in judged.reasons)
    errors = ", ".join(one_line(rule) for rule in judged.errors)
    return Content.assemble(
        (f"{ours:9}", f"${role} bold"),
        ("Cedar ", "$muted"),
        (f"{cedar:9}", f"${cedar_role}"),
        ("by " if reasons else "", "$muted"),
        (reasons, "$ink"),
        ("  error in " if errors else "", "$deny"),
        (errors, "$deny"),
    )


def decisions(witness: Witness, book: Rulebook) -> Content:
    """Before and after, both engines, and what the code of the newer decision means."""
    two = witness.before is not None
    width = min(max(map(len, (book.before_name, book.after_name) if two else ("decision",))), 16)

    def line(name: str, judged: Judged) -> Content:
        return Content.assemble((f"{one_line(name)[:width]:{width}}  ", "$muted"), verdict(judged))

    before = line(book.before_name or "before", witness.before) if witness.before is not None else None
    name = book.after_name if witness.before is not None else "decision"
    meaning = CODES.get(witness.after.code, "")
    return stack(before, line(name, witness.after), text(f"{'':{width}}  {meaning}", "$muted") if meaning else None)


def asked(witness: Witness, facts: Sequence[Fact]) -> Content:
    """Who asks for what, and what the deciding rules read of it; all of it where it is not known which that is."""
    read = [fact for fact in facts if fact.read]
    uids = [Fact(name, uid_text(witness.request.get(name, ""))) for name in _UIDS]
    title = Content.assemble(label("REQUEST"), ("  ▌ what the rules read" if read else "", "$muted"))
    return stack(title, *fact_lines([*uids, *(read or facts)], mark=True))


def rest(facts: Sequence[Fact]) -> Content | None:
    """All the data that the deciding rules do not read."""
    unread = [fact for fact in facts if not fact.read]
    return stack(label("THE REST OF ITS DATA"), *fact_lines(unread)) if len(unread) < len(facts) and unread else None


def in_full(shown: Shown, book: Rulebook, *, with_code: bool = True) -> Content:
    """Everything about a witness: what it shows, both decisions, the rules beside their words, request and data."""
    witness = shown.witness
    rules = shown.rules or witness.after.reasons
    facts = facts_of(witness, book.voice, rules)
    return stack(
        stack(
            head(shown.title, shown.style, witness),
            text(shown.statement) if shown.statement else None,
        ),
        stack(label("DECISION"), decisions(witness, book)),
        asked(witness, facts),
        stack(
            label("RULE THAT MAKES IT SO" if len(rules) == 1 else "RULES THAT MAKE IT SO"),
            *(rule_lines(book, rule, with_code=with_code) for rule in rules),
        )
        if rules
        else text("No permit applies: it is denied by default.", "$muted"),
        rest(facts),
        stack(text(CONFIRMED, "$ok"), text(shown.assumption.words, "$muted")),
        gap=1,
    )


def as_json(shown: Shown) -> str:
    """Request and data in Cedar's JSON form with what was decided, for the clipboard."""
    document = to_json(shown.witness)
    document["assumption"] = {"semantics": shown.assumption.semantics, "data": shown.assumption.data}
    return json.dumps(document, indent=2, ensure_ascii=True, default=str)


def as_test(shown: Shown, expect: str) -> Mapping[str, Any]:
    """The witness as a test case of the draft, in the artifact's form; nobody has reviewed it yet."""
    witness = shown.witness
    case: dict[str, Any] = {
        "name": f"{' '.join(shown.title.split()[1:])}: {deed(witness)}",
        "request": dict(witness.request),
        "entities": [dict(entity) for entity in witness.entities],
        "expect": expect,
    }
    held = witness.after.outcome == "hold" and expect == "hold" and len(witness.after.reasons) == 1
    return case | ({"procedure": witness.after.reasons[0]} if held else {})


def counted(witnesses: int) -> str:
    """``1 witness``, ``3 witnesses``."""
    return plural(witnesses, "witness", "witnesses")


def _fact(fact: Fact, width: int, read: bool) -> Content:
    return Content.assemble(
        ("▌ " if read else "  ", "$accent bold"),
        (f"{one_line(fact.path):{width}}  ", "$accent" if read else "$muted"),
        text(value(fact), "$ink bold" if read else "$ink"),
    )
