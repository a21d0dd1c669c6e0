"""The suite notices every one of the bugs seeded in ``mutants.seeded``: by an answer that differs, not by a crash."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.mutants.forking import Asked
from tests.engine.mutants.seeded import MUTANTS


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    process = Asked("tests.engine.mutants.run")
    yield process
    process.close()


def test_the_engine_as_it_is_passes(asked: Asked) -> None:
    assert asked.notice() == ""


@pytest.mark.parametrize("name", MUTANTS)
def test_the_bug_can_be_put_in(name: str) -> None:
    mutant = MUTANTS[name]
    places = mutant.places()
    where = [module for module, _ in places]
    assert len(places) == 1, (
        f"the text to change stands in {where}, not once; adjust it in tests/engine/mutants/seeded.py"
    )
    compile(places[0][1].replace(mutant.old, mutant.new), where[0], "exec")


@pytest.mark.parametrize("name", MUTANTS)
def test_the_bug_is_noticed(name: str, asked: Asked) -> None:
    assert asked.notice(name), f"nothing noticed that {name}"
