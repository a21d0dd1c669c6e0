"""Where a rule comes from, in History: its sentence, a model that rewrote it, a model that wrote it, who signed."""

from __future__ import annotations

from dataclasses import replace

from tests.tui.draft_fakes import CEDAR, ENGLISH, rules_of
from tests.tui.fakes import VERSION
from workbench.service.governing_views import RuleOrigin
from workbench.tui.view import origins, timeline_entry

ORIGIN = "openai/tiny, 2026-11-28T23:00:00Z, asked 2 times, 1 round of feedback, 0.0004 US dollars, sha256:00"
SENTENCE = "Agents may reply to tickets in their own region."
NOTED = ENGLISH.replace(SENTENCE, f"{SENTENCE} <!-- as written: answer your own (rewritten by {ORIGIN}) -->")


def test_a_version_tells_which_models_had_part_in_it() -> None:
    said = "\n".join(line.plain for line in timeline_entry.model_lines(NOTED, CEDAR))
    assert said == "with a model openai/tiny: 1 sentence rewritten"
    assert timeline_entry.model_lines(ENGLISH, CEDAR) == []


def test_a_rule_tells_what_its_author_had_written_and_what_the_model_cost() -> None:
    version = replace(VERSION, english=NOTED, cedar_plus=CEDAR)
    rules = rules_of(CEDAR)
    said = origins.detail(RuleOrigin(rules[0], "1.0.0"), version, version).plain
    assert "a model rewrote the sentence: openai/tiny" in said
    assert "1 round of feedback, 0.0004 US dollars" in said
    assert "as written: “answer your own”" in said
    assert "WHO SIGNED THAT" in said
    assert "WITH A MODEL" not in origins.detail(RuleOrigin(rules[1], "1.0.0"), version, version).plain


def test_a_rule_that_no_compiler_read_says_so() -> None:
    doc = f'@doc("written by a model, not read by the compiler: {ORIGIN}")\n'
    rule = replace(rules_of(CEDAR)[0], cedar_plus=doc + rules_of(CEDAR)[0].cedar_plus)
    said = origins.detail(RuleOrigin(rule, "1.0.0"), VERSION, None).plain
    assert "a model wrote it, and no compiler read it: openai/tiny" in said
