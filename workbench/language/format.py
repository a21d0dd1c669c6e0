"""The formatter: canonical layout of a source, comments kept. Formatting twice changes nothing.

Statements are rendered from their surface trees, so sugar stays and parentheses become the fewest that are needed. A
comment inside a statement stays with its part (annotation, head, condition, clause): before it, or at the end of its
line. A source with syntax errors is refused. Imports language only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from workbench.language.ast import Condition, Procedure, Statement
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.layout import lay_out, lay_out_action, lay_out_body, lay_out_scope
from workbench.language.parser import parse, parse_statement
from workbench.language.render import (
    MEMBER,
    ends_clause,
    render_annotation,
    render_clauses,
    render_effect,
    render_expr,
)
from workbench.language.source import statement_spans
from workbench.language.tokens import CLAUSE_KEYWORDS, COMMENT, SPACE, Token, tokenize

LINE_WIDTH = 100

_TRAILING = re.compile(rf"[ \t]*{COMMENT}")
_PARAGRAPH = re.compile(rf"\n[{SPACE}]*\n")
_COMMENT = re.compile(COMMENT)
_LINE_END = re.compile(r"[\n\r]")


def format_source(text: str) -> str:
    """``text`` in canonical layout, ending with one newline (empty if there is nothing in it).

    Raises :class:`DiagnosticsError` where ``text`` does not parse.
    """
    diagnostics = parse(text).diagnostics
    if diagnostics:
        raise DiagnosticsError(diagnostics)
    blocks: list[str] = []
    position = 0
    for start, end in statement_spans(text):
        comments, attached = _comments_before(text[position:start])
        blocks += comments
        found = _TRAILING.match(text, end)
        position = found.end() if found else end
        formatted = _statement(text, start, end, position)
        if attached and comments:
            blocks[-1] += "\n" + formatted
        else:
            blocks.append(formatted)
    blocks += _comments_before(text[position:])[0]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _comments_before(gap: str) -> tuple[list[str], bool]:
    """The paragraphs of comments in a gap between statements, and whether the last one touches what follows."""
    paragraphs = _PARAGRAPH.split(gap)
    blocks = ["\n".join(line.rstrip() for line in _COMMENT.findall(paragraph)) for paragraph in paragraphs]
    return [block for block in blocks if block], bool(blocks and blocks[-1])


@dataclass(slots=True)
class _Comments:
    """The comments of one part of a statement in their order; the last may stand at the end of the part's line."""

    texts: list[str] = field(default_factory=list)
    last_trails: bool = False

    def add(self, text: str, *, trails: bool) -> None:
        self.texts.append(text)
        self.last_trails = trails


def _statement(text: str, start: int, end: int, comment_end: int) -> str:
    statement, _ = parse_statement(text, start, end)
    assert statement is not None, "the source parsed"
    tokens = tokenize(text, start, comment_end, comments=True)[:-1]
    comments = _attach(text, tokens, _part_starts(statement, tokens))
    parts = _procedure_parts(statement) if isinstance(statement, Procedure) else _policy_parts(statement)
    return "\n".join(line for key, lines in parts for line in _with_comments(lines, comments[key]))


def _part_starts(statement: Statement, tokens: list[Token]) -> list[tuple[int, str]]:
    """``(offset, key)`` of the parts of a statement in the order of the source."""
    starts = [(note.span.start, f"@{note.name}") for note in statement.annotations]
    after = statement.annotations[-1].span.end if statement.annotations else 0
    starts.append((next(t.start for t in tokens if t.start >= after and t.kind != "comment"), "head"))
    if isinstance(statement, Procedure):
        return starts + _clause_starts(tokens)
    return starts + [(condition.span.start, f"condition {i}") for i, condition in enumerate(statement.conditions)]


def _clause_starts(tokens: list[Token]) -> list[tuple[int, str]]:
    code = [token for token in tokens if token.kind != "comment"]
    starts: list[tuple[int, str]] = []
    depth = requires = 0
    for index, token in enumerate(code):
        if token.text in ("(", "[", "{"):
            depth += 1
        elif token.text in (")", "]", "}"):
            depth -= 1
            if depth == 0 and token.text == "}":
                starts.append((token.start, "close"))
        elif depth == 1 and token.text in CLAUSE_KEYWORDS and code[index - 1].text != ".":
            key = token.text
            if key == "require":
                key = f"require {requires}"
                requires += 1
            elif key in ("on", "with"):
                key = f"{key} {code[index + 1].text}"
            starts.append((token.start, key))
    return starts


def _attach(text: str, tokens: list[Token], starts: list[tuple[int, str]]) -> dict[str, _Comments]:
    """Every comment with its part: that of the code before it on its line, else of the code that follows."""
    found: dict[str, _Comments] = defaultdict(_Comments)
    previous: Token | None = None
    for index, token in enumerate(tokens):
        if token.kind != "comment":
            previous = token
            continue
        comment = token.text.rstrip()
        follower = next((later for later in tokens[index:] if later.kind != "comment"), None)
        if previous is not None and not _LINE_END.search(text, previous.end, token.start):
            found[_part_at(starts, previous.start)].add(comment, trails=True)
        else:
            place = follower.start if follower is not None else token.start
            found[_part_at(starts, place)].add(comment, trails=False)
    return found


def _part_at(starts: list[tuple[int, str]], offset: int) -> str:
    return [key for start, key in starts if start <= offset][-1]


def _with_comments(lines: list[str], comments: _Comments) -> list[str]:
    if not comments.texts:
        return lines
    indent = "  " if lines == ["}"] else lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    before = comments.texts[:-1] if comments.last_trails else comments.texts
    after = f" {comments.texts[-1]}" if comments.last_trails else ""
    return [*(indent + comment for comment in before), *lines[:-1], lines[-1] + after]


def _policy_parts(statement: Statement) -> list[tuple[str, list[str]]]:
    assert not isinstance(statement, Procedure)
    parts = [(f"@{note.name}", [render_annotation(note)]) for note in statement.annotations]
    first, *rest = lay_out_scope(statement.scope, LINE_WIDTH - len(render_effect(statement)) - 2)
    parts.append(("head", [f"{render_effect(statement)} {first}", *rest]))
    parts += [(f"condition {index}", _condition(each)) for index, each in enumerate(statement.conditions)]
    parts[-1][1][-1] += ";"
    return parts


def _condition(condition: Condition) -> list[str]:
    """One line, or broken where that is too long."""
    line = f"{condition.kind} {{ {render_expr(condition.body)} }}"
    if len(line) < LINE_WIDTH:  # a `;` may follow
        return [line]
    return [f"{condition.kind} {{", *(f"  {each}" for each in lay_out_body(condition.body, LINE_WIDTH - 2)), "}"]


def _procedure_parts(procedure: Procedure) -> list[tuple[str, list[str]]]:
    parts = [(f"@{note.name}", [render_annotation(note)]) for note in procedure.annotations]
    parts.append(("head", [f"procedure {procedure.name} {{"]))
    for key, text in render_clauses(procedure):
        lines = [text] if len(text) <= LINE_WIDTH - 2 else _long_clause(procedure, key, text)
        parts.append((key, [f"  {line}" for line in lines]))
    return [*parts, ("close", ["}"])]


def _long_clause(procedure: Procedure, key: str, text: str) -> list[str]:
    """A clause broken in its expression or in its list of actions, if it has one."""
    if key == "on action" and procedure.action is not None:
        first, *rest = lay_out_action(procedure.action, LINE_WIDTH - 5)
        return [f"on {first}", *rest]
    if key == "when" and procedure.when is not None:
        return ["when {", *(f"  {line}" for line in lay_out_body(procedure.when, LINE_WIDTH - 4)), "}"]
    where = procedure.requires[int(key.split()[1])].where if key.startswith("require") else None
    if where is None:
        return [text]
    head = text[: text.index(" where ")] + " where"
    minimum = MEMBER + 1 if ends_clause(render_expr(where)) else 0  # in parentheses, a keyword ends nothing
    return [head, *(f"  {line}" for line in lay_out(where, LINE_WIDTH - 4, minimum))]
