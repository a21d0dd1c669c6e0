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
        "→ The smallest change that flips the decision: the request would be permitted.",
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
    assert shown.out == "· No change makes such a request be held for approval: proved.\n"


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
    unfit = flip(asking(request(size="big")))
    assert unfit.out.startswith("· Not supported: ")
    assert "expected a Long" in unfit.out
    monkeypatch.setitem(sys.modules, "z3", None)
    missing = flip(asking(request("write", size=3)))
    assert missing.code == 1
    assert "the solver is not installed" in missing.err
