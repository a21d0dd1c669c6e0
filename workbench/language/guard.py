"""The guard that stands before every call of cedarpy: size and nesting, judged on tokens, in linear time.

A kilobyte of hostile text can exhaust the native stack of the process that parses it; nothing here recurses. Bounds are
those of the refusal table (CP003). Imports tokens, the cutter and diagnostics only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from workbench.language.diagnostics import Diagnostic, DiagnosticsError, Finding, LineMap, Span
from workbench.language.source import statement_spans
from workbench.language.tokens import COMMENT, Token, scan, tokenize, with_strings

MAX_DEPTH = 32
MAX_DEPTH_CONFORMANCE = 64
MAX_CHAIN = 64
MAX_NODES = 512
MAX_EXPANSION = 256
MAX_TOKENS = 16_384
MAX_RULES = 20_000
MAX_SOURCE = 8 * 1024 * 1024
MAX_SCHEMA = 1024 * 1024
MAX_JSON_DEPTH = 64

_OPEN = frozenset("([{")
_CLOSE = frozenset(")]}")
_CHAIN_KIND = {"||": 0, "&&": 1, "+": 2, "-": 2, "*": 3, ".": 4, "if": 5, "when": 6, "unless": 6, "!": 7}
# what a chain link of one kind puts back to nothing: looser operators end the tighter chains inside them
_ENDS = {0: (1, 2, 3, 4, 7), 1: (2, 3, 4, 7), 2: (3, 4, 7), 3: (4, 7), 6: (0, 1, 2, 3, 4, 5, 7)}
_RELATIONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "has", "like", "is", "then", "else"})
_KINDS = 8
_SET_HELP = "write a set with `contains`, or `in [...]`, or several rules"


class _Level:
    """One bracket level: running and longest chains of the item being read, and the depth of what it encloses.

    ``copies`` is how often Cedar writes out what is left of a ``has`` (once per step of its path) or an ``is … in``
    (twice) at this level, ``inner_copies`` the product of that over the levels inside.
    """

    __slots__ = ("copies", "deepest", "inner", "inner_copies", "longest", "path", "running")

    def __init__(self) -> None:
        self.running = [0] * _KINDS
        self.longest = [0] * _KINDS
        self.inner = 0
        self.deepest = 0
        self.path = 0
        self.copies = 1
        self.inner_copies = 1

    def read_path(self, text: str, kind: str, previous: str) -> None:
        """Follows ``has a.b.c`` and ``is``, token by token."""
        if text in ("has", "is") and previous != ".":
            self.path = 1
            self.copies = max(self.copies, 2 if text == "is" else 1)
        elif self.path and text == ".":
            self.path += 1
            self.copies = max(self.copies, self.path)
        elif kind != "ident":
            self.path = 0

    def next_item(self) -> None:
        """A separator: the next item nests on its own."""
        self.deepest = self.depth() - 1
        self.running = [0] * _KINDS
        self.longest = [0] * _KINDS
        self.inner = 0

    def reset(self, kinds: Iterable[int]) -> None:
        for kind in kinds:
            self.running[kind] = 0

    def depth(self) -> int:
        return 1 + max(self.deepest, sum(self.longest) + self.inner)


_LINKS = ("||", "&&", "+", "-", "*", ".", "if", "when", "unless", "!")


def is_plainly_shallow(text: str, start: int, end: int, max_depth: int = MAX_DEPTH, max_chain: int = MAX_CHAIN) -> bool:
    """Whether ``text[start:end]`` holds too few brackets and operators, strings included, to pass any bound.

    Counts characters only, so it is quick; where it says no, :func:`nesting_findings` decides.
    """
    if end - start > MAX_TOKENS or text.count("has", start, end) + text.count("is", start, end) > 1:
        return False
    brackets = sum(text.count(mark, start, end) for mark in _OPEN)
    links = sum(text.count(mark, start, end) for mark in _LINKS)
    return brackets <= max_depth and links + brackets <= max_chain


def nesting_findings(tokens: Sequence[Token], max_depth: int = MAX_DEPTH, max_chain: int = MAX_CHAIN) -> list[Finding]:
    """CP003 findings for tokens that nest too deeply or chain too long; at most one, where the bound is passed.

    Besides brackets and chains the sum of both along any path is bounded (2 × ``max_depth`` + ``max_chain``), which
    bounds the depth of the syntax tree; and so is what nested ``has a.b`` and ``is … in`` multiply to, for Cedar writes
    their left side out once per step (200 bytes can become gigabytes).
    """
    if len(tokens) > MAX_TOKENS:
        message, most = f"the rule has more than {MAX_TOKENS} words", f"at most {MAX_TOKENS} words"
        return [Finding("CP003", message, tokens[MAX_TOKENS].span, most, help=_SET_HELP)]
    total = 2 * max_depth + max_chain
    levels = [_Level()]
    previous = ""
    for token in tokens:
        text = token.text
        level = levels[-1]
        if token.kind == "op" or token.kind == "ident":
            level.read_path(text, token.kind, previous)
            if text in _OPEN:
                indexes = text == "[" and (previous in _CLOSE or previous[:1].isidentifier())
                if indexes and _link(level, 4) > max_chain:
                    return [_long(token, text, max_chain)]
                levels.append(_Level())
                if len(levels) - 1 > max_depth:
                    message = f"brackets nest deeper than {max_depth} levels"
                    return [_deep(token, message, f"at most {max_depth} levels")]
            elif text in _CLOSE:
                if len(levels) > 1:
                    levels.pop()
                    levels[-1].inner = max(levels[-1].inner, level.depth())
                    copies = level.copies * level.inner_copies
                    levels[-1].inner_copies = max(levels[-1].inner_copies, copies)
                    if copies > MAX_EXPANSION:
                        most = f"at most {MAX_EXPANSION} copies of one part"
                        return [_deep(token, "nested `has` and `is … in` multiply to too much", most)]
                    if levels[-1].depth() > total:
                        return [_deep(token, f"the expression nests deeper than {total} levels", f"at most {total}")]
            elif text == "," or text == ";":
                level.next_item()
            elif text in _RELATIONS:
                level.reset((2, 3, 4, 7))
                if text in ("then", "else"):
                    level.reset((0, 1))
            elif (kind := _CHAIN_KIND.get(text)) is not None and not (token.kind == "ident" and previous == "."):
                if _link(level, kind) > max_chain:
                    return [_long(token, text, max_chain)]
                level.reset(_ENDS.get(kind, ()))
        previous = text
    depth = 0
    for level in reversed(levels):
        level.inner = max(level.inner, depth)
        depth = level.depth()
    if depth > total and tokens:
        return [_deep(tokens[0], f"the expression nests deeper than {total} levels", f"at most {total}")]
    return []


def _link(level: _Level, kind: int) -> int:
    level.running[kind] += 1
    level.longest[kind] = max(level.longest[kind], level.running[kind])
    return level.running[kind]


def _deep(token: Token, message: str, expected: str) -> Finding:
    return Finding("CP003", message, token.span, expected, help="split the rule, or name the inner part in the schema")


def _long(token: Token, text: str, limit: int) -> Finding:
    return Finding("CP003", f"a chain of more than {limit} `{text}`", token.span, f"at most {limit}", help=_SET_HELP)


def size_findings(text: str, limit: int = MAX_SOURCE) -> list[Finding]:
    """CP003 for a text over ``limit`` bytes; CP001 for one that cannot be written as UTF-8."""
    size = len(text)
    if not text.isascii():
        try:
            size = len(text.encode())
        except UnicodeEncodeError as error:
            message = "the text contains half of a surrogate pair"
            return [Finding("CP001", message, Span(error.start, error.end), "whole characters")]
    if size > limit:
        most = f"at most {limit} bytes"
        return [Finding("CP003", f"the text is larger than {limit} bytes", Span(0, 0), most, help="split it up")]
    return []


def check_tokens(text: str, *, max_depth: int = MAX_DEPTH, max_chain: int = MAX_CHAIN) -> list[Diagnostic]:
    """Everything about ``text`` (policies, any number) that must be refused before cedarpy may see it."""
    findings = size_findings(text)
    if not findings:
        for start, end in statement_spans(text):
            if not is_plainly_shallow(text, start, end, max_depth, max_chain):
                findings = nesting_findings(tokenize(text, start, end), max_depth, max_chain)
                if findings:
                    break
    if not findings:
        return []
    lines = LineMap(text)
    return [finding.at(lines) for finding in findings]


def passes(policy: str) -> bool:
    """Whether the text of one policy may be given to cedarpy as it is; the bounds are those of conformance."""
    if is_plainly_shallow(policy, 0, len(policy), MAX_DEPTH_CONFORMANCE, MAX_CHAIN):
        return True
    return not nesting_findings(tokenize(policy), MAX_DEPTH_CONFORMANCE, MAX_CHAIN)


def require_shallow(text: str, *, max_depth: int = MAX_DEPTH_CONFORMANCE, max_chain: int = MAX_CHAIN) -> None:
    """Raises :class:`DiagnosticsError` where :func:`check_tokens` finds anything."""
    if diagnostics := check_tokens(text, max_depth=max_depth, max_chain=max_chain):
        raise DiagnosticsError(diagnostics)


_SCHEMA_NEST = with_strings(rf"{COMMENT}|<string>|[{{\[(<>)\]}}]")


def schema_findings(text: str) -> list[Finding]:
    """What forbids giving a schema's text to cedarpy: over 1 MiB, or nested deeper than 32 brackets (``<`` counts)."""
    if findings := size_findings(text, MAX_SCHEMA):
        return findings
    depth = 0
    for found in scan(_SCHEMA_NEST, text):
        mark = found.group()
        if mark in ("{", "[", "(", "<"):
            depth += 1
            if depth > MAX_DEPTH:
                message = f"the schema nests deeper than {MAX_DEPTH} levels"
                return [Finding("CP003", message, Span(found.start(), found.end()), help="name the inner type")]
        elif mark in ("}", "]", ")", ">"):
            depth -= 1
    return []


_JSON_NEST = re.compile(r'"(?:\\.|[^"\\])*"?|[\[\]{}]', re.DOTALL)  # what follows an open string is not JSON


def require_shallow_json(text: str, max_depth: int = MAX_JSON_DEPTH) -> None:
    """Raises :class:`ValueError` for JSON text nested deeper than ``max_depth``."""
    depth = 0
    for found in _JSON_NEST.finditer(text):
        mark = found.group()
        if mark in "[{":
            depth += 1
            if depth > max_depth:
                raise ValueError(f"JSON nests deeper than {max_depth} levels")
        elif mark in "]}":
            depth -= 1


def require_shallow_value(value: object, max_depth: int = MAX_JSON_DEPTH) -> None:
    """The same for a JSON value already read; iterative, and safe on values that contain themselves."""
    level: list[object] = [value]
    for _ in range(max_depth + 1):
        inner: dict[int, object] = {}
        for item in level:
            values = item.values() if isinstance(item, Mapping) else item if isinstance(item, list | tuple) else ()
            inner.update((id(value), value) for value in values if isinstance(value, Mapping | list | tuple))
        if not inner:
            return
        level = list(inner.values())
    raise ValueError(f"JSON nests deeper than {max_depth} levels")
