"""Sentences that people would sign without any effect: told of on the draft and on the proposal."""

from __future__ import annotations

import pytest

from tests.cli.conftest import SCHEMA
from workbench.authoring.document import compile_document
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema_reader import read_schema
from workbench.service.unruled import MOST_READ, unruled, unruled_warnings
from workbench.service.workspace import Workspace

READ = "Users may read docs."


def _program(english: str) -> Program:
    made = check(compile_document(english, read_schema(SCHEMA)).cedar_plus, SCHEMA).program
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("english", "left"),
    [
        ("", ()),
        (f"# Rules\n\n- {READ}\n", ()),
        (f"- {READ}\n- Users should be kind.\n- Also this\n", ("Users should be kind.", "Also this")),
        (f"- {READ}\n- Any user can read any doc.\n", ()),  # the same in other words: no rule carries it, one says it
        (f"- {READ}\n- Users may write docs.\n", ("Users may write docs.",)),  # not taken yet
        ("Users  may\nread docs.", ()),
    ],
)
def test_a_sentence_behind_no_rule_is_found(english: str, left: tuple[str, ...]) -> None:
    assert unruled(english, _program(READ)) == left


def test_many_are_counted_and_a_few_are_named() -> None:
    (told,) = unruled_warnings(READ + "".join(f"\n\nNonsense {n}." for n in range(MOST_READ + 10)), _program(READ))
    assert told.code == "no_rule"
    assert told.message.startswith(f"{MOST_READ + 10} sentences of the English stand behind no rule: “Nonsense 0.”")
    assert told.message.endswith(f"and {MOST_READ + 7} more")


def test_review_and_the_proposal_tell_of_it(workspace: Workspace) -> None:
    draft = workspace.draft()
    assert "no_rule" not in {each.code for each in workspace.review().warnings}
    workspace.save_draft(
        english=draft.english + "\n- Agents should be kind.\n",
        cedar_plus=draft.cedar_plus.replace("context.amount > 500", "context.amount > 400"),
        tests=[],
        revision=draft.revision,
    )
    view = workspace.review()
    (told,) = [each for each in view.warnings if each.code == "no_rule"]
    assert told.message == "1 sentence of the English stands behind no rule: “Agents should be kind.”"
    made = workspace.propose("kinder", proposer='Operator::"ana"')
    assert "no_rule" in {each.code for each in workspace.proposal(made.version.digest).review.warnings}
