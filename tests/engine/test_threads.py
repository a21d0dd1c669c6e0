"""One evaluator, one store, one decision: shared by eight threads, they say what they say to one alone.

What is made on first use is what could go wrong: the index of an action that was not known before, evidence and advice
of a decision, a rule's tracing form, the store read again under another schema. So every thread starts at once, and
threads change as often as Python allows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.engine.generate import Generator
from tests.engine.support import evaluator
from tests.engine.test_properties import mixture
from tests.engine.typed import World
from workbench.engine import Entities, Evaluator

THREADS = 8


@pytest.fixture(autouse=True)
def _hectic() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def together(work: Callable[[int], Any]) -> list[Any]:
    """What ``work`` gives in each thread, all started at one moment; the first exception is raised here."""
    barrier, answers = Barrier(THREADS), [None] * THREADS
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait()
            answers[number] = work(number)
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return answers


def rotated(items: list[Any], number: int) -> list[Any]:
    """Each thread begins elsewhere, so that they meet in the middle of things."""
    at = number * len(items) // THREADS
    return items[at:] + items[:at]


def mixed(seed: int) -> tuple[str, Entities, list[dict[str, Any]]]:
    make = Generator(seed)
    source = "\n".join(mixture(make, 60))
    return source, Entities.from_json(make.entities()), [make.request() for _ in range(60)]


@pytest.mark.parametrize("seed", range(3))
def test_a_fresh_evaluator(seed: int) -> None:
    source, entities, requests = mixed(seed)
    alone = [evaluator(source).decide(request, entities).to_dict() for request in requests]
    shared = evaluator(source)

    def work(number: int) -> list[Any]:
        places = rotated(list(range(len(requests))), number)
        found = {place: shared.decide(requests[place], entities).to_dict() for place in places}
        return [found[place] for place in range(len(requests))]

    for answers in together(work):
        assert answers == alone


@pytest.mark.parametrize("seed", range(3))
def test_one_decision_explained_by_all(seed: int) -> None:
    """Each reads the lazily made fields in another order."""
    source, entities, requests = mixed(seed)
    fields = ["evidence", "why_not", "spared_by", "retry", "remedy", "errors", "observed", "score"]
    alone, shared = evaluator(source), evaluator(source)
    for request in requests[:20]:
        expected, decision = alone.decide(request, entities), shared.decide(request, entities)
        wanted = {field: getattr(expected, field) for field in fields}
        for found in together(lambda n, d=decision: {field: getattr(d, field) for field in rotated(fields, n)}):
            assert found == wanted
        assert decision.to_dict() == expected.to_dict()


@pytest.mark.parametrize("seed", range(3))
def test_a_store_read_again_under_a_schema(seed: int) -> None:
    """A store without a schema is validated once per evaluator, whoever comes first."""
    world = World(seed)
    schema, rules = world.schema(), [world.rule(number) for number in range(30)]
    source = "\n".join(rule.plus for rule in rules)
    rows, requests = world.entities(), [world.request() for _ in range(30)]
    explicit = Entities.from_json(rows, schema).to_json()
    alone = [evaluator(source, schema).decide(request, rows).to_dict() for request in requests]
    shared, plain = evaluator(source, schema), Entities.from_json(explicit)
    for answers in together(lambda _: [shared.decide(request, plain).to_dict() for request in requests]):
        assert answers == alone


def test_a_store_that_is_extended_by_all() -> None:
    source, entities, requests = mixed(5)
    shared: Evaluator = evaluator(source)
    before = entities.to_json()

    def work(number: int) -> list[Any]:
        own = {"uid": {"type": "User", "id": f"own{number}"}, "attrs": {"n": number}, "parents": []}
        mine = entities.with_added([own])
        added = mine.get(f'User::"own{number}"')
        assert added is not None
        assert added.attrs["n"] == number
        assert len(mine) == len(entities) + 1
        return [shared.decide(request, mine).to_dict() for request in requests[:20]]

    alone = [shared.decide(request, entities).to_dict() for request in requests[:20]]
    for answers in together(work):
        assert answers == alone
    assert entities.to_json() == before
