"""The soundness checks notice every bug of ``mutants.seeded``: by a contradiction with the engines, not by a crash."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.analysis.mutants.seeded import MUTANTS
from tests.engine.mutants.forking import Asked


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    process = Asked("tests.analysis.mutants.run")
    yield process
    process.close()


def test_the_analyses_as_they_are_pass(asked: Asked) -> None:
    assert asked.notice() == ""


@pytest.mark.parametrize("name", MUTANTS)
def test_the_bug_can_be_put_in(name: str) -> None:
    mutant = MUTANTS[name]
    places = mutant.places()
    where = [module for module, _ in places]
    assert len(places) == 1, (
        f"the text to change stands in {where}, not once; adjust it in tests/analysis/mutants/seeded.py"
    )
    compile(places[0][1].replace(mutant.old, mutant.new), where[0], "exec")


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_the_bug_is_noticed(name: str, asked: Asked) -> None:
    assert asked.notice(name), f"nothing noticed that {name}"
