"""The grammar of Rego, both of its syntaxes (v0 and v1), for lark; and what a line break means in it.

Imports lark's token only. Rego separates the literals of a body, and rules, by line breaks, but only where the next
line could not go on: :class:`Separators` turns those into tokens, tells the brace of a body from that of a set or an
object, and the bar of a comprehension from that of a union, which leaves a plain LALR(1) grammar.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

GRAMMAR = r"""
start: [_top (_SEP _top)*]
_top: package | imported | default | rule

package: "package" dotted
imported: "import" dotted ["as" NAME]
default: "default" NAME [parameters] (ASSIGN | UNIFY) expr
rule: head bodies*
head: NAME step* [parameters] [contained] [given]
contained: CONTAINS expr
given: (ASSIGN | UNIFY) expr
parameters: "(" [expr ("," expr)*] ")"
bodies: "if" literal -> single
      | "if" BODY body "}" -> block
      | BODY body "}" -> block
      | "else" [given] "if" BODY body "}" -> otherwise
      | "else" [given] BODY body "}" -> otherwise
      | "else" [given] "if" literal -> otherwise
      | "else" given -> otherwise
body: literal (_SEP literal)*

?literal: bare | bare replaced+ -> with_
replaced: "with" expr "as" expr
?bare: "not" bare -> not_
     | "some" sum_or ("," sum_or)* -> declare
     | "some" sum_or ("," sum_or)* IN expr -> some_in
     | "every" NAME ["," NAME] IN expr BODY body "}" -> every
     | expr -> test
     | expr ASSIGN expr -> assign
     | expr UNIFY expr -> unify

?expr: relation | expr IN relation -> infix
?relation: sum_or | relation COMPARE sum_or -> infix
?sum_or: sum_and | sum_or OR sum_and -> infix
?sum_and: sum | sum_and AND sum -> infix
?sum: product | sum (PLUS | MINUS) product -> infix
?product: unary | product (TIMES | DIVIDED) unary -> infix
?unary: postfix | MINUS unary -> negative
?postfix: atom | postfix step -> stepped | postfix parameters -> called
step: "." NAME -> dot
    | "[" expr "]" -> bracket
?atom: NAME -> name
     | STRING -> string
     | RAW -> raw
     | NUMBER -> number
     | "true" -> true
     | "false" -> false
     | "null" -> null
     | "(" expr ")"
     | "[" [expr ("," expr)* [COMMA]] "]" -> array
     | "[" expr BAR body "]" -> array_comprehension
     | "{" "}" -> empty_object
     | "{" expr ("," expr)* [COMMA] "}" -> set
     | "{" pair ("," pair)* [COMMA] "}" -> object
     | "{" expr BAR body "}" -> set_comprehension
     | "{" pair BAR body "}" -> object_comprehension
pair: expr ":" expr
dotted: NAME step*

CONTAINS.2: /contains\b(?!\()/
IN: "in"
COMPARE: "==" | "!=" | "<=" | ">=" | "<" | ">"
ASSIGN: ":="
UNIFY: "="
OR: "|"
AND: "&"
PLUS: "+"
MINUS: "-"
TIMES: "*"
DIVIDED: "/" | "%"
COMMA: ","
STRING: /"(?:[^"\\\x00-\x1f]|\\.)*"/
RAW: /`[^`]*`/
NUMBER: /(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/
NAME: /[A-Za-z_][A-Za-z0-9_]*/
COMMENT: /#[^\n]*/
NEWLINE: /\n/
SEMICOLON: ";"
%declare _SEP BODY BAR
%ignore /[ \t\r]+/
%ignore COMMENT
"""

_ENDS = frozenset({"NAME", "STRING", "RAW", "NUMBER", "TRUE", "FALSE", "NULL", "RPAR", "RSQB", "RBRACE"})
_STARTS = frozenset(
    {"NAME", "STRING", "RAW", "NUMBER", "TRUE", "FALSE", "NULL", "LPAR", "LSQB", "LBRACE", "MINUS", "NOT", "SOME"}
    | {"EVERY", "IMPORT", "DEFAULT", "PACKAGE"}
)
_OPENS = {"LSQB": "brackets", "LPAR": "parentheses"}
_CLOSES = frozenset({"RPAR", "RSQB", "RBRACE"})


class Separators:
    """From lark's tokens to those of the grammar.

    Each open bracket is ``body`` (line breaks separate literals), ``braces`` or ``brackets`` (of a term), or
    ``parentheses``; a term's bracket becomes a body from a bar on.
    """

    always_accept = ("NEWLINE", "SEMICOLON")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens with separators in place: one between two literals or rules, none elsewhere."""
        open_: list[str] = []
        every: list[int] = []  # how deep the brackets were where an `every` waits for its body
        before = ""
        broken: Token | None = None
        ended: Token | None = None
        for token in stream:
            if token.type == "NEWLINE":
                broken = broken or token
                continue
            if token.type == "SEMICOLON":
                ended = ended or token
                continue
            if before == "DOT" and token.type not in _OPENS and token[:1].isalpha():
                token = _as(token, "NAME")  # `future.keywords.in`: no word is reserved behind a dot
            separates = not open_ or open_[-1] == "body"
            if ended is None and separates and before in _ENDS and token.type in _STARTS:
                ended = broken
            if ended is not None and token.type != "RBRACE" and before not in {"", "BODY"}:
                yield _as(ended, "_SEP")
            broken = ended = None
            if token.type == "LBRACE":
                awaited = bool(every) and every[-1] == len(open_) and before in _ENDS
                if awaited:
                    every.pop()
                if awaited or before in {"IF", "ELSE"} or (not open_ and before in _ENDS):
                    token = _as(token, "BODY")
                open_.append("body" if token.type == "BODY" else "braces")
            elif token.type in _OPENS:
                open_.append(_OPENS[token.type])
            elif token.type in _CLOSES and open_:
                open_.pop()
                every = [depth for depth in every if depth <= len(open_)]
            elif token.type == "OR" and open_ and open_[-1] in {"braces", "brackets"}:
                token = _as(token, "BAR")
                open_[-1] = "body"
            elif token.type == "EVERY":
                every.append(len(open_))
            before = token.type
            yield token


def _as(token: Token, type_: str) -> Token:
    return Token.new_borrow_pos(type_, str(token), token)
