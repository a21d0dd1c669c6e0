"""What is mended in Textual: each test shows that Textual's own would still fail, and that ours does not."""

from __future__ import annotations

import asyncio
import inspect
from functools import partial

import pytest
from textual import _callback
from textual.css.model import RuleSet
from textual.widgets import OptionList

from workbench.tui.mends import mend


async def test_an_option_list_pages_before_it_is_drawn() -> None:
    from tests.tui.fakes import make_app

    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        hidden = OptionList("one", "two", id="hidden")
        hidden.display = False
        await app.screen.mount(hidden)
        hidden.highlighted = 1
        with pytest.raises(KeyError):
            OptionList._move_page.__wrapped__(hidden, 1)  # type: ignore[attr-defined]
        hidden.action_page_down()
        assert hidden.highlighted == 1
        await asyncio.sleep(0)


def test_a_rule_is_found_by_its_identity_without_python() -> None:
    mend()
    assert RuleSet.__hash__ is object.__hash__
    assert "def __hash__" in inspect.getsource(RuleSet), "mended by Textual"
    first, second = RuleSet(), RuleSet()
    assert first == second
    assert len({first, first, second}) == 2, "two rules that say the same are two"


class Bound:
    def two(self, first: int, second: int = 0) -> None:
        pass


@pytest.mark.parametrize(
    ("callback", "wanted"),
    [
        (Bound().two, 2),
        (partial(Bound().two), 2),
        (partial(Bound().two, 1), 1),
        (partial(Bound().two, 1, second=2), 0),
        (partial(lambda only: None), 1),
    ],
)
def test_a_signature_is_read_once(monkeypatch: pytest.MonkeyPatch, callback: object, wanted: int) -> None:
    mend()
    count = _callback.count_parameters
    assert count(callback) == count(callback) == wanted  # type: ignore[arg-type]
    read: list[object] = []
    monkeypatch.setattr(_callback, "signature", lambda function: read.append(function))
    again = partial(Bound().two, 1)
    assert count(again) == 1
    assert read == []
    with pytest.raises(AttributeError):  # Textual's own reads it again
        _callback._count_parameters.__wrapped__(Bound().two)  # type: ignore[attr-defined]
    assert len(read) == 1
