"""``closest FILE``: the smallest change that flips a decision, which ``decide`` then confirms."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome, Run, request

Asking = Callable[..., Path]


@pytest.fixture
def flip(run: Run, desk: Path) -> Callable[..., Outcome]:
    """``flip(request file, *options)`` at the desk."""

    def call(asked: Path, *options: object) -> Outcome:
        return run(
            "closest", desk / "rules.cedarplus", "--request", asked, "--entities", desk / "entities.json", *options
        )

    return call


def test_a_denied_request_is_told_what_would_permit_it(flip: Callable[..., Outcome], asking: Asking) -> None:
    shown = flip(asking(request("write", who="bob", size=500)))
    assert shown.code == 0
    assert shown.out.splitlines() == [
        "→ The smallest change that flips the decision: the request would be permitted. No fewer changes do:",
        "  proved.",
        "  assuming that an error denies, as the workbench decides, and that entities may be missing",
        "    context.size: 500 → 100",
        '    resource.owner: User::"ann" → User::"bob"',
        "  It is permitted by `writers`.",
    ]


def test_what_it_finds_is_decided_so(
    flip: Callable[..., Outcome], run: Run, desk: Path, asking: Asking, tmp_path: Path
) -> None:
    """For every outcome that can be wanted, the changed request has it, and the original had not."""
    codes = {"allow": 0, "deny": 1, "hold": 4}
    for wanted, asked in (
        ("allow", request(doc="plot")),
        ("deny", request("write", size=7)),
        ("hold", request("write", size=7)),
    ):
        found = flip(asking(asked), "--to", wanted, "--json").json
        assert (found["verdict"], found["wanted"], found["minimal"]) == ("fails", wanted, True)
        assert found["request"] == asked
        changed = asking(found["witness"]["request"], "changed.json")
        known = tmp_path / "known.json"
        known.write_text(json.dumps(found["witness"]["entities"]), encoding="utf-8")
        assert run("decide", desk / "rules.cedarplus", "--request", changed, "--entities", known).code == codes[wanted]
        before = run(
            "decide", desk / "rules.cedarplus", "--request", asking(asked), "--entities", desk / "entities.json"
        )
        assert before.code != codes[wanted]


def test_what_nothing_can_bring_about_is_proved(flip: Callable[..., Outcome], asking: Asking) -> None:
    shown = flip(asking(request()), "--to", "hold")
    assert shown.code == 0
    assert shown.out.splitlines() == [
        "· No change to its context or to the data makes the request be held for approval: proved.",
        "  assuming that an error denies, as the workbench decides, and that entities may be missing",
    ]


def test_the_assumption_stands_beside_the_answer(flip: Callable[..., Outcome], asking: Asking) -> None:
    asked = asking(request("write", who="bob", size=500))
    options = ("--semantics", "cedar", "--data", "complete")
    told = (
        "assuming that a rule that errors is skipped, as Cedar itself decides, and that every entity referred to exists"
    )
    assert told in " ".join(flip(asked, *options).out.split())
    assert flip(asked, *options, "--json").json["assumption"] == {
        "semantics": "cedar",
        "data": "complete",
        "words": told,
    }
    assert told[1:] in flip(asked, *options, "--markdown").out


def test_markdown(flip: Callable[..., Outcome], asking: Asking) -> None:
    shown = flip(asking(request("write", size=101)), "--to", "allow", "--markdown")
    assert shown.out.startswith("## The closest change: <code>rules.cedarplus</code>\n")
    assert "- <code>context.size: 101 → 100</code>" in shown.out


def test_what_cannot_be_asked_is_refused(
    flip: Callable[..., Outcome], run: Run, desk: Path, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert flip(asking(request()), "--to", "maybe").code == 2
    assert flip(asking({**request(), "principal": 7})).code == 3
    assert flip(desk / "none.json").code == 2
    (desk / "bad.json").write_text("{", encoding="utf-8")
    assert flip(desk / "bad.json").code == 3
    for bad, why in (
        (request(size="big"), "expected a Long"),
        (request("burn"), 'the action `Action::"burn"` is not declared'),
        ({**request(), "principal": 'Doc::"plan"'}, "principal"),
        ({**request(), "context": {}}, "size"),
    ):
        unfit = flip(asking(bad))
        assert (unfit.code, unfit.out) == (3, "")
        assert unfit.err.startswith("error: the request does not fit the schema: ")
        assert why in unfit.err
        assert "help: " in unfit.err
        assert flip(asking(bad), "--json").json["error"]["code"] == "bad_request"
    monkeypatch.setitem(sys.modules, "z3", None)
    missing = flip(asking(request("write", size=3)))
    assert missing.code == 1
    assert "the solver is not installed" in missing.err
