"""Results as GitHub-flavoured Markdown for a pull request: the sentence, a table, witnesses folded away. Pure.

Rules, requests and their English are text from outside: every character that Markdown or HTML reads is escaped, nothing
turns into a link, a mention or a comment, and what cannot be seen is written as ``\\uXXXX``.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

from workbench.analysis.results import OTHER, Closest, Difference, Matrix, ProofReport
from workbench.analysis.words import (
    MUTE,
    RuleSaid,
    Said,
    Tone,
    Voice,
    WitnessSaid,
    action_short,
    counted,
    news,
    report_headline,
    report_notes,
    said,
)
from workbench.analysis.words_difference import (
    ChangeSaid,
    cell_words,
    change_said,
    change_words,
    closest_headline,
    difference_headline,
    difference_notes,
    environment_words,
    matrix_headline,
    value_words,
)
from workbench.analysis.words_witness import witness_said
from workbench.language.quotation import quoted

MARKS: dict[Tone, str] = {"good": "✅", "warn": "⚠️", "bad": "❌", "open": "❔"}
_MOST_WITNESSES = 24  # folded away or not, a pull request takes 65,536 characters
_MOST_TEXT = 600

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>|~#!&$])")
_OPENING = re.compile(r"(?:[-+=]|\d+(?=[.)]))")
_QUOTED = re.compile(r"`([^`\n]+)`")
_WWW = re.compile(r"(www)\.", re.IGNORECASE)
_BREAK = "&#8203;"  # keeps `@name` and `#12` from becoming mentions; it cannot be seen


# ---- escaping --------------------------------------------------------------------------------------------------------


def visible(text: str) -> str:
    """One line of at most 600 characters, with everything in it that hides or breaks a line written out."""
    text = "".join(_seen(char) for char in text[: _MOST_TEXT + 1])
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "…"


def _seen(char: str) -> str:
    hides = not char.isprintable() and unicodedata.category(char) != "Zs"
    return f"\\u{ord(char):04x}" if hides else char


def literal(text: str) -> str:
    """``text`` as Markdown shows it literally, in a paragraph, a list or a table; parts in backticks as code."""
    parts = _QUOTED.split(visible(text).strip())
    return "".join(
        f"<code>{_escaped(part)}</code>" if place % 2 else _escaped(part) for place, part in enumerate(parts)
    )


def code(text: str) -> str:
    """``text`` literally and in code letters."""
    letters = visible(text).strip()
    return f"<code>{_escaped(letters)}</code>" if letters else ""


def _escaped(text: str) -> str:
    opening = _OPENING.match(text)
    text = _SPECIAL.sub(r"\\\1", text)
    if opening:
        text = f"\\{text}" if not text[0].isdigit() else re.sub(r"^(\d+)([.)])", r"\1\\\2", text, count=1)
    text = _WWW.sub(r"\1\\.", text.replace("://", ":\\//"))
    return text.replace("@", f"@{_BREAK}").replace("\\#", f"\\#{_BREAK}")


def within_html(text: str) -> str:
    """``text`` inside an HTML element such as ``<summary>``, where Markdown's own escapes do not count."""
    return _WWW.sub(r"\1&#46;", html.escape(visible(text).strip()).replace("@", f"@{_BREAK}"))


# ---- documents -------------------------------------------------------------------------------------------------------


def report_markdown(report: ProofReport, voice: Voice = MUTE, *, title: str = "") -> str:
    """All that is worth telling of a constitution's proofs."""
    told = news(report, voice)
    lines = [_heading("Proofs", title), "", literal(report_headline(report, voice)), "", _assumed(report), ""]
    if told:
        lines += ["| | Statement | Rules |", "| --- | --- | --- |"]
        lines += [_row(said(answer, voice)) for answer in told]
        lines.append("")
    shown = [(answer, said(answer, voice)) for answer in told if answer.witness is not None]
    for answer, words in shown[:_MOST_WITNESSES]:
        if words.witness is not None:
            where = "" if answer.environment is None else str(answer.environment)
            lines += _folded(words.headline, words.confirmation, where, words.witness, words.rules)
    lines += _further(len(shown))
    lines += [f"- {literal(note)}" for note in report_notes(report, voice)]
    return _joined(lines)


def difference_markdown(difference: Difference, voice: Voice = MUTE, *, title: str = "") -> str:
    """What a change means: one row a kind of request that changes, witnesses below."""
    lines = [_heading("What changes", title), "", f"**{literal(difference_headline(difference))}**", ""]
    lines += [f"_{literal(_upper(difference.assumption.words))}._", ""]
    rows = [each for each in difference.environments if not each.unchanged]
    if rows:
        lines += ["| Kind of request | What changes |", "| --- | --- |"]
        lines += [f"| {literal(str(each.environment))} | {literal(environment_words(each))} |" for each in rows]
        lines.append("")
    found = [change_said(str(where), told, voice) for where, told in difference.witnesses]
    for change in found[:_MOST_WITNESSES]:
        lines += _change(change)
    lines += _further(len(found))
    lines += [f"- {literal(note)}" for note in difference_notes(difference)]
    return _joined(lines)


def matrix_markdown(matrix: Matrix, *, title: str = "") -> str:
    """A matrix as a table: actions down, values across (there are fewer of them)."""
    cells = {(cell.value, cell.action): cell for cell in matrix.cells}
    lines = [_heading("Who may do what", title), "", literal(matrix_headline(matrix)), ""]
    lines += [f"_{literal(_upper(matrix.assumption.words))}._", ""]
    header = [value_words(value) if value == OTHER else _value(value) for value in matrix.values]
    lines.append(f"| {code(matrix.attribute)} | {' | '.join(header)} |")
    lines.append("| --- |" + " --- |" * len(matrix.values))
    for action in matrix.actions:
        row = [cells.get((value, action)) for value in matrix.values]
        said_ = [" " if cell is None else literal(cell_words(cell)) for cell in row]
        lines.append(f"| {code(action_short(action))} | {' | '.join(said_)} |")
    why = dict.fromkeys(cell.why for cell in matrix.cells if cell.why)
    lines += ["", *(f"- {literal(reason)}" for reason in why)]
    return _joined(lines)


def _value(value: str) -> str:
    return (code(value) or literal(quoted(value))) if value else "\\(empty\\)"


def closest_markdown(closest: Closest, voice: Voice = MUTE, *, title: str = "") -> str:
    """The smallest change that flips a decision."""
    lines = [_heading("The closest change", title), "", literal(closest_headline(closest)), ""]
    lines += [f"_{literal(_upper(closest.assumption.words))}._", ""]
    lines += [f"- {code(change_words(change))}" for change in closest.changes]
    if closest.why:
        lines += ["", literal(closest.why)]
    if closest.witness is not None:
        lines += ["", *_witness(witness_said(closest.witness, voice))]
    return _joined(lines)


# ---- pieces ----------------------------------------------------------------------------------------------------------


def _heading(what: str, title: str) -> str:
    return f"## {what}: {code(title)}" if title.strip() else f"## {what}"


def _assumed(report: ProofReport) -> str:
    counts = f"{counted(report.rules, 'rule')}, {counted(report.environments, 'kind of request', 'kinds of request')}"
    return f"_{counts}; {literal(report.assumption.words)}._"


def _row(words: Said) -> str:
    notes = " ".join(words.notes)
    rules = "<br>".join(filter(None, (_rule(rule) for rule in words.rules[:4])))
    return f"| {MARKS[words.tone]} | {literal(words.headline)} {literal(notes)} | {rules or ' '} |"


def _rule(rule: RuleSaid) -> str:
    return f"{code(rule.name)}: {literal(rule.words)}" if rule.words else code(rule.name)


def _change(change: ChangeSaid) -> list[str]:
    return _folded(change.headline, change.confirmation, change.environment, change.witness, change.rules)


def _folded(headline: str, confirmation: str, where: str, witness: WitnessSaid, rules: Sequence[RuleSaid]) -> list[str]:
    """A witness that opens on a click. The blank lines make what is inside Markdown again."""
    summary = within_html(headline) + (f" <i>({within_html(where)})</i>" if where else "")
    lines = ["<details>", f"<summary>{summary}</summary>", ""]
    if confirmation:
        lines += [literal(confirmation), ""]
    lines += _witness(witness)
    if rules:
        lines += ["", "Rules:", "", *(f"- {_rule(rule)}" for rule in rules)]
    return [*lines, "", "</details>", ""]


def _witness(witness: WitnessSaid) -> list[str]:
    lines = [f"- {literal(witness.request)}", *(f"- {literal(outcome)}" for outcome in witness.outcome)]
    if witness.read:
        lines += ["", "| Field | Value |", "| --- | --- |"]
        lines += [f"| {code(fact.path)} | {code(fact.value)} |" for fact in witness.read]
    if witness.unread:
        rest = ", ".join(f"{code(fact.path)}: {code(fact.value)}" for fact in witness.unread)
        lines += ["", f"{'Not read by these rules' if witness.read else 'Whatever the data'}: {rest}."]
    return lines


def _further(count: int) -> list[str]:
    more = count - _MOST_WITNESSES
    return [f"{counted(more, 'further request')} not shown here; `--json` has all.", ""] if more > 0 else []


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _joined(lines: Sequence[str]) -> str:
    """With one blank line where there were more, and one line break at the end."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
