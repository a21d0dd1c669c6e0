"""What has been counted within a time, by a counter that the caller keeps ("at most 3 refunds a day"). Pure.

Imports quantities, nominals, meaning, lexicon, words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.authoring.lexicon import is_number
from workbench.authoring.meaning import OWNERS, AttrRef, Env, Leaf, Option, Ref
from workbench.authoring.nominals import names_doing
from workbench.authoring.quantities import Amount, constant, is_decimal, number_expr
from workbench.authoring.words import split_name


def counter(
    nouns: Sequence[str], verb: str, window: str, limit: int, note: str, start: int, end: int, *, own: bool = False
) -> Leaf:
    """A count of ``nouns`` within ``window`` kept by the caller (``refunds_today``) has reached ``limit``.

    Every noun must be in the counter's name, and the name may say nothing else but the verb and the window. Without
    a noun ("5 times a day") it is the action itself that is counted, or what was done where a verb is said. ``own``:
    the nouns stand for the action or for what it is done to; where nothing counts them, the action is counted.
    """

    def build(env: Env, unknown: bool) -> list[Option]:
        if nouns:
            found = _counters(env, unknown, lambda counted: set(nouns) <= counted <= {*nouns, verb})
            if found or not own:
                return found
        words = {word for action in env.actions for word in split_name(action.id)}
        made = env.lexicon.words.nominal

        def is_done(word: str) -> bool:
            return bool(verb) and (word == verb or names_doing(word, verb, made.irregular, made.false))

        if nouns or not verb:
            return _counters(env, unknown, lambda counted: all(word in words or is_done(word) for word in counted))
        done = {*words} if verb in words else set()  # what another action counts says nothing of this verb
        return _counters(
            env,
            unknown,
            lambda counted: any(map(is_done, counted)) and all(word in done or is_done(word) for word in counted),
        )

    def _counters(env: Env, unknown: bool, counts: Callable[[set[str]], bool]) -> list[Option]:
        naming = env.lexicon.words.naming
        windows = {word for word, of in naming.windows.items() if of == window}
        found = []
        for word in env.lexicon.attributes:
            items = {item for item in word.phrase.items if item is not None}
            counted = items - windows - set(naming.window_fillers)
            if word.phrase.gapped or not items & windows or not counted or not counts(counted):
                continue
            for place in env.places(AttrRef((word,), Ref(OWNERS))):
                right = constant(env, word, place, Amount(limit)) if is_number(place.type) else None
                if right is not None:
                    expr = number_expr(place.expr, is_decimal(place), ">=", right)
                    notes = (note, f"`{word.name}` counts what came before this request, within its own {window}")
                    found.append(env.guarded([place], expr, unknown, notes))
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)
