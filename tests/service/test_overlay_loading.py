"""Many overlays at once: read together for the price of one text, and meaning what each means by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.service.test_overlay_law import CONDITIONS, SCOPES, checked_of, standing
from workbench.governance.overlay import Norm
from workbench.language import check as checking
from workbench.language import parser, source
from workbench.language.check import check
from workbench.service import overlay_compiling
from workbench.service.checked import Checked
from workbench.service.overlay_compiling import compiled

MANY = 400
SOUND = [f"forbid (principal, {scope}, resource) {condition};" for scope in SCOPES for condition in CONDITIONS]
WRONG = (
    'forbid (principal, action == Action::"fly", resource);',
    "forbid (principal, action, resource) when { context.amount };",
    "forbid (principal, action, resource) when { context.amount < };",
    'forbid (principal, action == Action::"read", resource) when { resource.secrt };',
    "permit (principal, action, resource);",
    "permit (principal, action, resource) when { context.nothing };",
    '@stage("observe")\nforbid (principal, action, resource);',
    "// nothing",
    'forbid (principal, action == Action::"amend", resource);',
    "prefer score(1.0) (principal, action, resource);",
)
texts = st.lists(st.sampled_from([*SOUND, *WRONG]), min_size=1, max_size=2).map("\n".join)


@pytest.fixture(scope="module")
def checked() -> Checked:
    return checked_of("permit (principal, action, resource);")


def forget() -> None:
    """As in a new process."""
    overlay_compiling._rules.clear()
    overlay_compiling._compiled.clear()
    for cache in (checking._kept, checking._read, parser.parse_alone, source._remembered):
        cache.cache_clear()


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget()
    yield
    forget()


def numbered(count: int) -> list[Norm]:
    """Norms that are all different, as long as those of a world with two or three words."""
    return [
        Norm(
            cedar_plus=f'@id("n{number}")\n@doc("number {number}")\n'
            'forbid (principal, action == Action::"read", resource)\n'
            f'when {{ context.amount < {number} && (principal == Agent::"a{number}" || resource.secret) }};\n'
        )
        for number in range(count)
    ]


def meaning(norms: Sequence[Norm], checked: Checked) -> list[tuple[Any, ...]]:
    """Of each norm its rules, or why it has none; loaded together."""
    standings = [standing(norm) for norm in norms]
    found = compiled(standings, checked)
    rules = {} if found.evaluator is None else found.digests
    why = {each.standing.id: (each.why, each.actions) for each in found.unreadable}
    return [
        (
            *(digest for name, digest in rules.items() if found.names[name].id == each.id),
            why.get(each.id),
        )
        for each in standings
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, min_size=2, max_size=6))
def test_each_means_among_others_what_it_means_alone(checked: Checked, written: list[str]) -> None:
    norms = [Norm(cedar_plus=text) for text in written]
    forget()
    together = meaning(norms, checked)
    alone = []
    for norm in norms:
        forget()
        alone += meaning([norm], checked)
    assert together == alone
    assert all(any(each) for each in together)


def test_each_text_is_parsed_once_and_the_judge_is_asked_about_many(
    checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    judged: list[str] = []

    def counted(seen: list[str], real: Callable[..., Any]) -> Callable[..., Any]:
        def call(text: str, *more: Any, **named: Any) -> Any:
            seen.append(text)
            return real(text, *more, **named)

        return call

    monkeypatch.setattr(parser, "parse_statement", counted(parsed, parser.parse_statement))
    monkeypatch.setattr(cedarpy, "validate_policies", counted(judged, cedarpy.validate_policies))
    norms = numbered(MANY)
    standings = [standing(norm) for norm in norms]
    found = compiled(standings, checked)
    assert len(found.names) == MANY
    assert len(parsed) == MANY
    assert len(judged) <= MANY / 100
    # one more is one more, however many there are
    compiled([*standings, standing(numbered(MANY + 1)[-1])], checked)
    assert len(parsed) == MANY + 1
    assert len(judged) <= MANY / 100 + 1


def test_loading_norms_costs_little_more_than_checking_them_as_one_text(checked: Checked) -> None:
    norms = numbered(MANY)
    joined = "".join(norm.cedar_plus for norm in norms)
    standings = [standing(norm) for norm in norms]

    def spent(work: Callable[[], Any]) -> float:
        forget()
        start = time.process_time()
        work()
        return time.process_time() - start

    pairs = [
        (spent(lambda: compiled(standings, checked)), spent(lambda: check(joined, checked.schema))) for _ in range(3)
    ]
    assert min(loading / checking for loading, checking in pairs) < 2.2, pairs
