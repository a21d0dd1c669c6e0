"""Neither parser accepts what the other rejects: mutated policies, spliced policies and soup, many thousands of them.

``WORKBENCH_FUZZ_ROUNDS`` (thousands of texts) and ``WORKBENCH_FUZZ_SEED`` ask for more texts, and for others.
"""

from __future__ import annotations

import os
import re
from random import Random

import pytest

from tests.language.test_differential import CORPUS, EDGES, WORDS, agree, in_condition

THOUSANDS = int(os.environ.get("WORKBENCH_FUZZ_ROUNDS", "80"))
SEED = int(os.environ.get("WORKBENCH_FUZZ_SEED", "0"))
PARTS = 8

BASES = [*CORPUS, *EDGES["sources"], *map(in_condition, EDGES["expressions"])]
NUMBERS = ["0", "007", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775808"]
NUMBERS += ["-9223372036854775809", "18446744073709551616", "1" * 40, "- 1", "--1", "-(-1)", "1e3", "0x1", "1_0"]
ESCAPES = [r"\n", r"\r", r"\t", r"\0", r"\\", r"\"", r"\'", r"\*", r"\x41", r"\x7f", r"\x80", r"\xfg", r"\u{41}"]
ESCAPES += [
    r"\u{}",
    r"\u{d800}",
    r"\u{10ffff}",
    r"\u{110000}",
    r"\u{1_0}",
    r"\u{_1}",
    r"\u{0000041}",
    r"\u41",
    r"\q",
    "\\",
]
ESCAPES += ["\\\n", "\\\r", "\n", "\r", "\t", "\0", "*", r"\u{2a}", r"\x2a", "é", "𝔘", "\u200b", "\u202e"]
SPACES = [" ", "\n", "\r", "\r\n", "\t", "\v", "\f", "\x1c", "\x85", "\xa0", "\u1680", "\u180e", "\u2003", "\u200b"]
SPACES += ["\u2028", "\u2029", "\u205f", "\u3000", "\ufeff", "// c\n", "// c\r", "//\n", "/**/", "//"]
RESERVED = [
    "true",
    "false",
    "if",
    "then",
    "else",
    "in",
    "is",
    "has",
    "like",
    "__cedar",
    "__cedar::A",
    "True",
    "principal",
]
RESERVED += [
    "action",
    "resource",
    "context",
    "permit",
    "forbid",
    "when",
    "unless",
    "advice",
    "template",
    "ip",
    "decimal",
]
SLOTS = ["?principal", "?resource", "?action", "?context", "?x", "? principal", "?"]
NOTES = [
    "@a",
    '@a("b")',
    '@a("")',
    "@a()",
    '@ a ( "b" )',
    "@if",
    '@permit("x")',
    "@__cedar",
    "@1",
    '@a("b", "c")',
    '@a("\\q")',
]
SOUP = [*WORDS, *NUMBERS, *SPACES, *RESERVED, *SLOTS, *NOTES, *(f'"{escape}"' for escape in ESCAPES)]
SOUP += [
    "permit",
    "forbid",
    ";",
    "(principal, action, resource)",
    "{",
    "}",
    "Action",
    "Action::",
    "A::B::",
    '::"x"',
    "..",
]
PIECES = re.compile(r'"(?:\\.|[^"\\])*"|\w+|\s+|::|&&|\|\||[=!<>]=|.', re.DOTALL)


def mutated(r: Random, text: str) -> str:
    """``text`` with one to three of its pieces dropped, doubled, swapped, replaced, or spoilt inside."""
    pieces = PIECES.findall(text)
    for _ in range(r.choice((1, 1, 1, 2, 3))):
        if not pieces:
            break
        place = r.randrange(len(pieces))
        match r.randrange(10):
            case 0:
                del pieces[place]
            case 1:
                pieces.insert(place, pieces[place])
            case 2:
                other = r.randrange(len(pieces))
                pieces[place], pieces[other] = pieces[other], pieces[place]
            case 3 | 4:
                pieces[place] = r.choice(SOUP)
            case 5:
                pieces.insert(place, r.choice(SOUP))
            case 6:
                pieces.insert(place, r.choice(SPACES))
            case 7:
                numbers = [i for i, piece in enumerate(pieces) if piece.isdigit()] or [place]
                pieces[r.choice(numbers)] = r.choice(NUMBERS)
            case 8:
                texts = [i for i, piece in enumerate(pieces) if piece.startswith('"')] or [place]
                chosen = r.choice(texts)
                at = r.randrange(1, max(2, len(pieces[chosen])))
                pieces[chosen] = pieces[chosen][:at] + r.choice(ESCAPES) + pieces[chosen][at:]
            case _:
                words = [i for i, piece in enumerate(pieces) if piece.isidentifier()] or [place]
                pieces[r.choice(words)] = r.choice(RESERVED)
    return "".join(pieces)


OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "&&", "||", "+", "-", "*", "in"]


def varied(r: Random, text: str) -> str:
    """``text`` with changes that a parser should mostly take: other operators, values, spaces, names, brackets."""
    pieces = PIECES.findall(text)
    for _ in range(r.choice((1, 2, 3))):
        place = r.randrange(len(pieces))
        piece = pieces[place]
        if piece in OPERATORS:
            pieces[place] = r.choice(OPERATORS)
        elif piece.isdigit():
            pieces[place] = r.choice(NUMBERS[:6])
        elif piece.startswith('"'):
            at = r.randrange(1, len(piece)) if len(piece) > 1 else 0
            pieces[place] = piece[:at] + r.choice(ESCAPES) + piece[at:]
        elif piece.isspace():
            pieces[place] = r.choice(SPACES)
        elif piece in ("true", "false"):
            pieces[place] = r.choice(["(true)", "!false", "principal in resource", "if true then true else false", "1"])
        elif piece in ("(", ")", ",", ";"):
            pieces[place] = r.choice(SPACES) + piece + r.choice(SPACES)
        elif piece in (".", "["):
            pieces[place] = r.choice([".a.", '["if"].', ".a[", piece])
    return "".join(pieces)


def a_text(r: Random) -> str:
    match r.randrange(10):
        case 0:
            return " ".join(r.choice(SOUP) for _ in range(r.randrange(1, 9)))
        case 1:
            return in_condition(" ".join(r.choice(SOUP) for _ in range(r.randrange(1, 7))))
        case 2:
            first, second = r.choice(BASES), r.choice(BASES)
            return first[: r.randrange(len(first) + 1)] + second[r.randrange(len(second) + 1) :]
        case 3:
            return r.choice(NOTES) + r.choice(SPACES) + mutated(r, r.choice(BASES))
        case 4:
            scope = ["principal", "action", "resource"]
            scope[r.randrange(3)] += " " + r.choice(["==", "in", "is", "is A in", "in ["]) + " " + r.choice(SOUP)
            return f"permit ({', '.join(scope)}) when {{ true }};"
        case 5 | 6 | 7:
            return varied(r, r.choice(BASES))
    return mutated(r, r.choice(BASES))


def is_cedars(text: str) -> bool:
    """Whether the text holds nothing that only one of the two languages has."""
    return not re.search(r"\d\.\d|\bunknown\b|\bprefer\b|\bprocedure\b", text) and "\ud800" not in text


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_the_parsers_agree_on_everything(part: int) -> None:
    r = Random(f"{SEED} {part}")
    count = THOUSANDS * 1000 // PARTS
    accepted = asked = 0
    for _ in range(count):
        text = a_text(r)
        if is_cedars(text):
            asked += 1
            accepted += agree(text)
    assert asked > 0.7 * count
    assert 0.1 * asked < accepted < 0.9 * asked
