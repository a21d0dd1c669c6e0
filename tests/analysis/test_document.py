"""Results as documents: JSON that programs and ``decide`` take, Markdown in which no text becomes markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.analysis.told import PROGRAM, READ, answer, difference, doc, environment, program, user, witness
from workbench.analysis.assumptions import OURS
from workbench.analysis.document import to_json, to_markdown
from workbench.analysis.document_markdown import code, literal, visible, within_html
from workbench.analysis.results import (
    OTHER,
    Cell,
    ChangeWitness,
    Closest,
    Judged,
    Matrix,
    ProofReport,
    Verdict,
    Witness,
)
from workbench.analysis.words import Voice, news, witness_said
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request

NASTY = (
    "<script>alert(1)</script>",
    "</summary></details><img src=x onerror=y>",
    "[click](https://evil.example/)",
    "![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example evil@evil.example",
    "`code` and ``more`` and `",
    "a | b || c",
    "# heading",
    "- item\n\n# heading\n\n1. one",
    "1. one",
    "> quote",
    "*b* _i_ ~~s~~ \\* &lt; &#42; $x$",
    "| --- |\n| x |",
    "<!-- gone",
    "\x1b[31mred\x1b[0m \u202eevil\u2069 \u200b",
    "<https://evil.example>",
    "[x]: https://evil.example",
    "+ plus",
    "=====",
    "    indented",
    "```\nfence",
)
_TAGS = {"code", "details", "summary", "br", "i"}
_BLOCKS = {"p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "h2", "em", "strong"}


def render(markdown: str) -> str:
    """As a host of pull requests would: tables, strikethrough, bare links, HTML let through.

    Hosts make links of what has a scheme, of ``www.…`` and of addresses; the renderer's own guess that any word with a
    known country's ending is a domain is turned off, and ``www.`` is looked for by hand.
    """
    assert re.search(r"(?i)\bwww\.", markdown) is None
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    assert reader.linkify is not None
    reader.linkify.set({"fuzzy_link": False, "fuzzy_email": True})
    return reader.render(markdown)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.tags += [f"{tag} {name}" for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.tags.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.tags.append("instruction")


def page(markdown: str) -> _Page:
    parsed = _Page()
    parsed.feed(render(markdown))
    parsed.close()
    return parsed


def shown(text: str) -> str:
    """What a reader sees of an escaped text: breaks that cannot be seen gone."""
    return re.sub(r"\s+", " ", text.replace("\u200b", "")).strip()


# ---- escaping --------------------------------------------------------------------------------------------------------


@given(st.text(max_size=60) | st.sampled_from(NASTY) | st.text("`|*_<>[]()!#&@:/w.\\ \n-+=1~$", max_size=20))
@example("``")
@example("a `b|c` d")
@example("\r")
def test_a_text_is_shown_as_it_is(text: str) -> None:
    """In a list, in a table and in code: the same letters come out, and nothing else than letters."""
    wanted = shown(visible(text))
    for where in (f"- x {literal(text)}\n", f"| a |\n| --- |\n| x {literal(text)} |\n"):
        found = page(where)
        assert set(found.tags) <= {"p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code"}
        letters = shown(found.text).removeprefix("a ").removeprefix("x").strip()
        assert shown(letters.replace("`", "")) == shown(wanted.replace("`", ""))
    coded = page(f"- {code(text)}\n")
    assert set(coded.tags) <= {"ul", "li", "code"}
    assert shown(coded.text) == wanted


@given(st.text(max_size=60) | st.sampled_from(NASTY))
def test_a_text_in_html_is_shown_as_it_is(text: str) -> None:
    found = page(f"<details>\n<summary>{within_html(text)}</summary>\n\nx\n\n</details>\n")
    assert set(found.tags) == {"details", "summary", "p"}
    assert shown(found.text) == shown(f"{visible(text)} x")


@pytest.mark.parametrize("text", ["- a", "+ a", "= a", "1. a", "12) a", "# a", "> a", "===", "---", "| a"])
def test_a_text_that_opens_a_line_opens_no_block(text: str) -> None:
    found = page(literal(text))
    assert found.tags == ["p"]
    assert shown(found.text) == text


def test_nobody_is_mentioned_and_nothing_is_referred_to() -> None:
    for escaped in (literal("@octocat #12"), code("@octocat #12"), within_html("@octocat")):
        assert re.search(r"@\w", escaped) is None
    assert re.search(r"#\d", literal("see #12").replace("&#8203;", "")) is not None  # broken apart, not taken away
    assert "#&#8203;12" in literal("see #12")


def test_what_cannot_be_seen_is_written_out_and_length_is_bounded() -> None:
    assert visible("a\x1b[31m\u202e\u200bb\nc") == "a\\u001b[31m\\u202e\\u200bb\\u000ac"
    assert visible("x" * 601) == "x" * 600 + "…"
    assert visible("x" * 600) == "x" * 600


# ---- whole documents -------------------------------------------------------------------------------------------------


# Rules that read the fields which hold the text, so that these stand in the table of a witness.
READING = program(
    '@id("reads") permit (principal, action == Action::"read", resource)'
    'when { principal.role != "nobody" && !resource.labels.isEmpty() };'
)


def nasty_report(text: str) -> tuple[ProofReport, Voice]:
    """Every place that holds text from outside holds ``text``."""
    found = witness("read", user(role=text), doc(text), by=READING)
    named = Witness(
        found.request,
        found.entities,
        Judged("allow", "allow", "allowed", ("reads", text), (text,)),
    )
    answers = (
        answer("invariant", "fails", text, witness=named, environment=READ, by=(text,)),
        answer("overridden", "holds", text, by=(text, "b")),
        answer("never_errors", "undecided", text, why=text),
        answer("unpermitted", "holds", text),
    )
    return ProofReport(OURS, answers, 3, 2, (text,)), Voice(READING, say=lambda rule: text)


@given(st.sampled_from(NASTY) | st.text(max_size=30))
def test_a_report_holds_only_its_own_markup(text: str) -> None:
    """No text from outside adds a row, a heading, a fold or any tag."""
    report, voice = nasty_report(text)
    found = page(to_markdown(report, voice, title=text))
    (shown_witness,) = (each.witness for each in report.answers if each.witness is not None)
    rows = (1 + len(news(report, voice))) + (1 + 2)  # the two fields that the rule reads
    assert {fact.path for fact in witness_said(shown_witness, voice).read} == {"principal.role", "resource.labels"}
    assert set(found.tags) <= _TAGS | _BLOCKS
    assert [found.tags.count(tag) for tag in ("details", "h2", "table", "tr")] == [1, 1, 2, rows]


@given(st.sampled_from(NASTY) | st.text(max_size=30))
def test_a_difference_holds_only_its_own_markup(text: str) -> None:
    older = program('@id("nobody") forbid (principal, action, resource);')
    found = witness("read", user(role=text), doc(text), by=READING, before=older)
    told = ChangeWitness("permitted", found, (text, "nobody"))
    change = difference(
        environment(permitted="fails", held="undecided", shown=(told,), why={"held": text}),
        only_before=(text,),
        only_after=(text,),
        scores=(text,),
    )
    drawn = page(to_markdown(change, Voice(READING, older, say=lambda rule: text), title=text))
    assert set(drawn.tags) <= _TAGS | _BLOCKS
    assert [drawn.tags.count(tag) for tag in ("details", "h2", "table")] == [1, 1, 2]


@given(st.sampled_from(NASTY) | st.text(max_size=30))
def test_a_matrix_and_a_closest_change_hold_only_their_own_markup(text: str) -> None:
    action = ("Action", text or "x")
    cells = (Cell(text, action, "depends", held=True, why=text), Cell(OTHER, action, "undecided"))
    drawn = page(to_markdown(Matrix(OURS, f"principal.{text}", (text, OTHER), (action,), cells), title=text))
    assert set(drawn.tags) <= _TAGS | _BLOCKS
    assert [drawn.tags.count(tag) for tag in ("tr", "th", "td")] == [2, 3, 3]
    flipped = Closest("fails", "allow", (("context.x", text, None),), witness("read", user(role=text), doc()), why=text)
    assert set(page(to_markdown(flipped, Voice(PROGRAM), title=text)).tags) <= _TAGS | _BLOCKS


def test_a_report_for_a_pull_request_reads_well() -> None:
    invariant = answer("invariant", "fails", "never", witness=witness("read", user(), doc()), by=("readers",))
    found = to_markdown(
        ProofReport(OURS, (answer("never_applies", "holds", "writers"), invariant), 6, 3),
        Voice(PROGRAM, say=lambda rule: f"What {rule} says."),
        title="rules.cedarplus",
    )
    lines = found.splitlines()
    assert lines[0] == "## Proofs: <code>rules.cedarplus</code>"
    assert (
        "| ❌ | The invariant <code>never</code> is broken. This is never to be permitted, and a request can be. |"
        in found
    )
    assert lines.index("<summary>The invariant `never` is broken.</summary>") > lines.index("| | Statement | Rules |")
    assert "- It is permitted by <code>readers</code>." in lines
    assert "- <code>readers</code>: What readers says." in lines
    assert "Here is one, confirmed by both engines." in lines
    assert "entities may be missing" in found


def test_many_witnesses_are_counted_and_not_all_shown() -> None:
    told = tuple(answer("invariant", "fails", f"i{n}", witness=witness("read", user(), doc())) for n in range(30))
    found = to_markdown(ProofReport(OURS, told, 1, 1), Voice(PROGRAM))
    assert found.count("<details>") == 24
    assert "6 further requests not shown here" in found
    assert len(found) < 65_536


# ---- JSON ------------------------------------------------------------------------------------------------------------


def test_a_witness_in_json_is_a_request_that_decide_takes() -> None:
    older = program('@id("nobody") forbid (principal, action, resource);')
    found = witness("write", user(parents=["desk"]), doc(), amount=6, before=older)
    told = ChangeWitness("held", found, ("nobody",))
    document = json.loads(json.dumps(to_json(difference(environment(held="fails", shown=(told,))))))
    (change,) = document["environments"][0]["witnesses"]
    again = Evaluator(PROGRAM).decide(
        Request.from_json(change["witness"]["request"]),
        Entities.from_json(change["witness"]["entities"], schema=PROGRAM.schema),
    )
    assert again.outcome == change["witness"]["after"]["outcome"] == "hold"
    assert change["witness"]["before"]["outcome"] == "deny"
    assert change["headline"] == "The new version holds this for approval, which the present one denies."


def test_the_keys_of_a_report() -> None:
    found = to_json(
        ProofReport(OURS, (answer("never_applies", "fails", witness=witness("read", user(), doc())),), 6, 3)
    )
    assert set(found) == {"assumption", "headline", "notes", "rules", "environments", "answers", "left_out"}
    assert found["assumption"] == {"semantics": "cedar+", "data": "missing", "words": OURS.words}
    (only,) = found["answers"]
    assert set(only) == {
        "kind", "about", "verdict", "tone", "code", "news", "headline", "notes", "assumption", "environment", "witness",
        "by", "why", "proved", "environments",
    }  # fmt: skip
    assert (only["verdict"], only["tone"], only["news"]) == ("fails", "good", False)
    assert set(only["witness"]) == {"request", "entities", "before", "after"}
    assert only["witness"]["before"] is None


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_verdicts_are_words(verdict: Verdict) -> None:
    found = to_json(difference(environment(denied=verdict), only_after=("x",)))
    assert found["verdicts"]["denied"] == verdict
    assert found["unchanged"] == (verdict == "holds")
    assert found["environments"][0]["action"] == 'Action::"read"'
    assert found["only_after"] == ["x"]


def test_a_matrix_and_a_closest_change_in_json() -> None:
    shown_ = witness("read", user(), doc())
    cell = Cell("lead", ("Ns::Action", 'a"b'), "depends", True, shown_, None, "")
    found = json.loads(json.dumps(to_json(Matrix(OURS, "principal.role", ("lead",), (cell.action,), (cell,)))))
    assert found["cells"][0]["action"] == 'Ns::Action::"a\\"b"'
    assert found["cells"][0]["permitted"]["request"] == shown_.request
    flipped = to_json(Closest("fails", "allow", (("context.n", None, 3),), shown_, minimal=True))
    assert flipped["changes"] == [{"path": "context.n", "was": None, "becomes": 3}]
    assert flipped["minimal"] is True


def test_what_is_no_result_is_refused() -> None:
    wrong: Any = {"verdict": "holds"}
    with pytest.raises(TypeError, match="`dict` is no result"):
        to_json(wrong)
    with pytest.raises(TypeError, match="`dict` has no Markdown form"):
        to_markdown(wrong)
