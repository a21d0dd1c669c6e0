"""``try``: decided against the draft, exits as `decide` does, records nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_diff import _made, demo  # noqa: F401 - fixtures

REFUND = (
    "--set", "action=issue a refund", "--set", "principal=jonas", "--set", "principal.in=billing",
    "--set", "context.customer_consented=yes",
)  # fmt: skip


@pytest.mark.parametrize(("amount", "outcome", "code"), [("200", "allow", 0), ("501", "hold", 4), ("9000", "deny", 1)])
def test_it_exits_by_what_the_draft_says(run: Run, demo: Path, amount: str, outcome: str, code: int) -> None:  # noqa: F811
    before = json.loads(run("status", "--json").out)["receipts"]
    done = run("try", *REFUND, "--set", f"context.amount={amount}", "--json")
    document = json.loads(done.out)
    assert (done.code, document["draft"]["decision"]["outcome"]) == (code, outcome)
    assert document["request"]["context"]["amount"] == int(amount)
    assert document["in_force"]["decision"] == document["draft"]["decision"]
    assert document["differs"] is False
    assert json.loads(run("status", "--json").out)["receipts"] == before, "nothing is recorded"


def test_it_is_told_in_words(run: Run, demo: Path) -> None:  # noqa: F811
    done = run("try", *REFUND, "--set", "context.amount=9000", "--form")
    assert "issue a refund" in done.out
    assert "context.refunds_today" in done.out
    assert "✗ deny" in done.out
    assert "it would take" in done.out
    assert "amount: 9000" in done.out
    assert 'Action::"' not in done.out


def test_what_the_draft_changes_is_said(run: Run, demo: Path, tmp_path: Path) -> None:  # noqa: F811
    rules = run("draft", "show", "--part", "cedar-plus").out
    new = tmp_path / "new.cedarplus"
    new.write_text(
        rules + '\n@id("no") forbid (principal, action == Action::"issue_refund", resource);\n', encoding="utf-8"
    )
    assert run("draft", "set", "--cedar-plus", str(new)).code == 0
    done = run("try", *REFUND, "--set", "context.amount=200")
    assert done.code == 1
    assert "the draft changes this: allow becomes deny" in done.out


def test_it_is_added_as_a_test_case(run: Run, demo: Path) -> None:  # noqa: F811
    before = len(json.loads(run("draft", "show", "--part", "tests").out))
    done = run("try", *REFUND, "--set", "context.amount=501", "--add")
    assert done.code == 4
    cases = json.loads(run("draft", "show", "--part", "tests").out)
    assert len(cases) == before + 1
    assert cases[-1]["expect"] == "hold"
    assert cases[-1]["name"] in done.out
    again = run("try", "--test", cases[-1]["name"], "--json")
    assert json.loads(again.out)["request"] == cases[-1]["request"]
    assert run("draft", "test").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--event", "99999"), 2, "there is no decision `99999`"),
        (("--test", "nope"), 2, "the draft has no test `nope`"),
        (("--event", "1", "--test", "x"), 2, "give one of them"),
        (("--set", "amount"), 2, "`amount` is no FIELD=VALUE"),
        (("--set", "=5"), 2, "is no FIELD=VALUE"),
        (("--set", "context.amount=lots"), 3, "amount: `lots` is not a whole number"),
        (("--set", "context.amuont=5"), 2, "it has amount"),
        (("--set", "action=dance"), 2, "no such action"),
    ],
)
def test_nonsense_is_told(run: Run, demo: Path, arguments: tuple[str, ...], code: int, said: str) -> None:  # noqa: F811
    done = run("try", *arguments)
    assert (done.code, said in done.err) == (code, True), done


def test_a_draft_that_is_not_clean_is_said(run: Run, demo: Path, tmp_path: Path) -> None:  # noqa: F811
    broken = tmp_path / "broken.cedarplus"
    broken.write_text("permit (", encoding="utf-8")
    run("draft", "set", "--cedar-plus", str(broken))
    done = run("try")
    assert (done.code, "the draft cannot decide" in done.err) == (3, True)
