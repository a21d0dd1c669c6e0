"""The formatter: a comment in every place there is, any line ends, and what the command does with a file."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.language.trees import STATEMENTS as TREES
from workbench.language import format as format_module
from workbench.language.ast import Statement
from workbench.language.digest import rule_digest
from workbench.language.format import format_source
from workbench.language.parser import parse
from workbench.language.render import render_statement
from workbench.language.tokens import tokenize

STATEMENTS = [
    '@id("x")\n@doc("y")\n@bare\npermit (principal, action, resource);',
    'permit (principal == User::"a", action in [Action::"b", Action::"c"], resource is Doc in Folder::"d",)\n'
    'when { principal has a.b && resource["q r"] like "*x" }\n'
    "unless { if principal.a then [1, 2,].contains(3) else {k: -1}.k == 2 };",
    "prefer score(-1.5) (principal, action, resource)\nwhen { principal.rank > 0.80 };",
    'procedure p {\n  on action in [Action::"a"]\n  when { amount > 5 && (on_hold || context.on == 1) }\n'
    '  require 2 approvals from principal where principal.role == "a" && !(principal in Team::"b")\n'
    "  require approval from principal\n  with timelock 1 hour\n  with timeout 7 days\n"
    "  on timeout escalate to procedure q\n  on rejection deny\n}",
    "procedure q { on amendment major require approval from principal where principal != context.requester }",
    f"forbid (principal, action, resource) when {{ {' && '.join(f'principal.number_{i} > 1' for i in range(9))} }};",
]  # fmt: skip
COMMENT = re.compile(r"//[^\n\r]*")


def comments(text: str) -> list[str]:
    return sorted(each.rstrip() for each in COMMENT.findall(text))


def digests(text: str) -> list[str]:
    result = parse(text)
    assert result.diagnostics == ()
    return [rule_digest(statement) for statement in result.statements]


def holds(text: str) -> None:
    """What the formatter owes to any source."""
    formatted = format_source(text)
    assert comments(formatted) == comments(text)
    assert digests(formatted) == digests(text)
    assert format_source(formatted) == formatted
    assert formatted.endswith("\n")
    assert not formatted.endswith("\n\n")
    assert not re.search(r"[ \t]\n|\r|\t", formatted)


def with_gaps(text: str, gaps: dict[int, str]) -> str:
    """The tokens of ``text`` with something between them: ``gaps`` by the number of the token before, else a space."""
    tokens = tokenize(text)[:-1]
    return "".join(token.text + gaps.get(place, " ") for place, token in enumerate(tokens))


@pytest.mark.parametrize("text", STATEMENTS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_comment_may_stand_after_any_word(text: str, end: str) -> None:
    count = len(tokenize(text)) - 1
    for place in range(count):
        holds(with_gaps(text, {place: f" // after {place}{end}"}))
        holds(with_gaps(text, {place: f"{end}\t// one{end}{end}   // two{end}"}))
    holds(with_gaps(text, {place: f" // {place}{end}" for place in range(count)}))
    holds(with_gaps(text, {place: f"{end}// {place}{end}" for place in range(count)}))


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32), st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4))
def test_any_spacing_of_several_statements(seed: int, texts: list[str]) -> None:
    r = Random(seed)

    def gap(number: int) -> str:
        return r.choice(
            [" ", "\n", "\n\n\n", "\t ", "\r\n", f" // c{number}\n", f"\n// c{number}\n", f"\n\n// c{number}\r\n\n"]
        )

    source = gap(-1) + "".join(gap(-2) + with_gaps(text, {i: gap(i) for i in range(300)}) for text in texts)
    holds(source)
    holds(source.rstrip())  # no newline at the end of the file


def test_comments_stay_beside_what_they_are_about() -> None:
    rule = "permit (principal, action, resource) // scope\nwhen { true } // why\n;// tail"
    assert format_source(f"// head\n\n// about the rule\n{rule}\n\n// end") == (
        "// head\n\n// about the rule\npermit (principal, action, resource) // scope\n// why\nwhen { true }; "
        "// tail\n\n// end\n"
    )


def test_a_type_that_is_named_like_a_clause_keeps_its_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the beginning of a line of its own, `on` without them would end the clause."""
    text = 'procedure p { on action == Action::"a" require 1 approval from principal where (on::"a long name") }'
    tree = parse(text).statements
    assert tree
    monkeypatch.setattr(format_module, "LINE_WIDTH", 20)
    assert parse(format_source(text)).statements == tree


def test_lines_are_as_short_as_their_operands_allow() -> None:
    formatted = format_source(STATEMENTS[5])
    assert max(map(len, formatted.splitlines())) <= 100
    assert formatted.count(" &&\n") == 8


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES, width=st.integers(10, 60))
def test_whatever_is_broken_keeps_its_meaning(monkeypatch: pytest.MonkeyPatch, tree: Statement, width: int) -> None:
    """In a column too narrow for nearly everything, every break there is gets made."""
    text = render_statement(tree)
    assume(parse(text).statements == (tree,))
    monkeypatch.setattr(format_module, "LINE_WIDTH", width)
    formatted = format_source(text)
    assert parse(formatted).statements == (tree,)
    assert format_source(formatted) == formatted


LONG = """\
permit (
  principal is Agent in Team::"the long name of a team",
  action in [
    Action::"read the archive of the department",
    Action::"write the archive of the department"
  ],
  resource
)
when {
  [
    "one of the first values",
    "one of the second values",
    "one of the third values",
    "one of the fourth values"
  ].contains(principal.role) ||
  !(
    principal.is_suspended_for_reasons_of_safety &&
    principal.is_suspended_for_reasons_of_cost &&
    principal.name like "*x"
  )
}
unless {
  if principal.may_read_the_archive_of_the_department
  then resource.number_of_the_department + 5 == 7
  else context.the_reason_given_for_the_request == "none"
};

procedure archive {
  on action == Action::"read the archive of the department"
  require approval from principal where
    principal.role == "archivist of the department" &&
    principal.works_in_the_department &&
    principal != context.requester
  with timeout 1 hour
}
"""


def test_long_statements_are_broken_where_they_nest() -> None:
    assert format_source(re.sub(r"\s+", " ", LONG)) == LONG
