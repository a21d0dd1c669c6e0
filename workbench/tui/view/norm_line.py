"""A norm as one line, ``name | where it holds | what it forbids``: read, written, and what adding it would do. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from workbench.tui.actions import keyed
from workbench.tui.lexers import cedar
from workbench.tui.view.overlays import id_parts
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import code, label, stack, text
from workbench.tui.view.severity import MARKS, badge

if TYPE_CHECKING:
    from workbench.norms import Norm
    from workbench.service.norm_previewing import NormPreview

PLACEHOLDER = "name | where it holds | what it forbids"
SEVERITIES = tuple((f"{mark.step} {mark.word}", name) for name, mark in tuple(MARKS.items())[::-1])
REPLACING = (("beside what is in force under its name", False), ("in its place", True))
MOST = 3  # conflicts told in the window
SENTENCE = 4  # words without a bar, from which they are more than a name
READS_SO = (
    "this reads as a sentence: {global.open-author} Author compiles sentences into rules, which are then proposed and "
    "signed. A norm is three parts, and acts at once"
)
_PART = re.compile(r"((?:\\\||[^|])*)(\||$)")


class Line(NamedTuple):
    """The three parts; ``wrong`` says what is missing, and is empty where nothing is."""

    name: str
    condition: str = ""
    prohibited: str = ""
    wrong: str = ""


def read(line: str) -> Line:
    """The parts of a line. Two parts are a name and what it forbids, everywhere; ``\\|`` is a bar within a part."""
    parts = [found.replace("\\|", "|").strip() for found in _split(line)]
    name = parts[0]
    if not name:
        return Line("", wrong="a name comes first: it is spoken of, and repealed, by that")
    if len(parts) == 1 and len(name.split()) >= SENTENCE:
        return Line(name, wrong=keyed(READS_SO))
    if len(parts) == 1:
        return Line(name, wrong="then |, where it holds, |, and what it forbids")
    if len(parts) > 3:
        return Line(name, wrong=f"three parts make a norm, not {len(parts)}; a bar within a part is written \\|")
    condition, prohibited = (parts[1], parts[2]) if len(parts) == 3 else ("", parts[1])
    if not prohibited:
        return Line(name, condition, wrong="what it forbids is missing: name one or more actions")
    return Line(name, condition, prohibited)


def written(name: str, condition: str, prohibited: str) -> str:
    """The line of three parts; :func:`read` gives them back."""
    return " | ".join(part.replace("|", "\\|") for part in (name, condition, prohibited))


def _split(line: str) -> list[str]:
    parts, place = [], 0
    while True:
        found = _PART.match(line, place)
        assert found is not None  # the pattern matches the empty text, too
        parts.append(found[1])
        if not found[2]:
            return parts
        place = found.end()


def example(world: bool, actions: Sequence[str] = ()) -> Content:
    """What to write, while nothing is written yet. ``actions``: of a schema that is no world."""
    if world:
        shown, means = (
            "no-attack | safe_zone | attack steal",
            "Where safe_zone is told of an action, it may not be one that has attack or steal in its words. Several "
            "words of a place must all be met; of what is forbidden, one.",
        )
    else:
        shown, means = (
            f"no-{one_line(actions[0]).replace('_', '-')} | {one_line(actions[0])}"
            if actions
            else "no-mail | send_mail",
            "What is forbidden names actions of the schema. Between the two may stand where it holds: attributes with "
            "their values, joined by and, such as context.amount == 500.",
        )
    return stack(
        Content.assemble(("for instance  ", "$muted"), (shown, "$accent")),
        text(means, "$muted"),
        text(f"Actions here: {', '.join(map(one_line, actions))}.", "$muted") if actions else None,
        text(
            "It can only forbid. It acts from the next action on, in every process that shares the workspace.", "$muted"
        ),
    )


def incomplete(line: Line, shown: Content | None = None) -> Content:
    """A line that is not finished; below it the example that it can be finished by."""
    wrong = Content.assemble(("… ", "$hold bold"), text(line.wrong, "$hold"))
    return stack(wrong, Content(""), shown) if shown is not None else wrong


def refused(error: Exception) -> Content:
    """What the service says against it."""
    said = str(getattr(error, "detail", "") or error)
    hint = str(getattr(error, "hint", ""))
    return stack(
        Content.assemble(("✗ ", "$deny bold"), text(said, "$deny")),
        Content.assemble(("→ ", "$accent bold"), text(hint, "$accent")) if hint else None,
    )


def preview(found: NormPreview, replace: bool) -> Content:
    """What adding it would do."""
    norm = found.norm
    return stack(
        Content.assemble(
            (*_sign(found, replace),),
            badge(norm.severity),
            "  ",
            text(found.what, "$ink bold"),
        ),
        _standing(found, replace),
        Content.assemble(("id ", "$muted"), id_parts(norm.id), (f"  {_bound(norm)}", "$muted")),
        *_conflicts(found),
        *(Content.assemble(("▲ ", "$hold bold"), text(note, "$hold")) for note in found.notes),
        label("COMPILES TO"),
        code(_rule(found.cedar_plus), cedar.lex),
    )


def _sign(found: NormPreview, replace: bool) -> tuple[str, str]:
    if found.same is not None:
        return "✓ ", "$muted bold"
    return ("✗ ", "$deny bold") if found.twin is not None and not replace else ("✓ ", "$ok bold")


def _standing(found: NormPreview, replace: bool) -> Content | None:
    if found.same is not None:
        return text("It is in force already: nothing would be written.", "$muted")
    if found.twin is not None:
        said = "Its id is in force with another scope, priority, severity or description"
        return text(f"{said}{', which this replaces.' if replace else ': choose “in its place”.'}",
                    "$muted" if replace else "$deny")  # fmt: skip
    if found.namesakes:
        other = found.namesakes[0]
        said = "in its place" if replace else "beside it"
        return Content.assemble(
            ("▲ ", "$hold bold"),
            text(
                f"another norm is called {one_line(other.name)} ({one_line(other.id)[:16]}); this acts {said}", "$hold"
            ),
        )
    return None


def _conflicts(found: NormPreview) -> list[Content]:
    lines = []
    for conflict in found.conflicts[:MOST]:
        kind = conflict.kind.replace("_", " ")
        lines.append(Content.assemble((f"▲ {kind}  ", "$hold bold"), text(_prose(conflict.description), "$hold")))
    if len(found.conflicts) > MOST:
        lines.append(text(f"▲ and {len(found.conflicts) - MOST} more conflicts", "$hold"))
    return lines


def _prose(said: str) -> str:
    return said.replace("`", "")


def _bound(norm: Norm) -> str:
    whom = "binds everyone" if norm.everyone else f"binds {one_line(norm.scope)}"
    return f"{whom}, priority {norm.priority}"


def _rule(cedar_plus: str) -> str:
    """The rule without the annotations, which tell of the norm what stands above."""
    lines = cedar_plus.splitlines()
    return "\n".join(line for line in lines if not line.startswith("@")) or cedar_plus
