"""What gives way, brought as near to what it was as the decision allows: numbers, texts, sets, references. Pure.

Each step asks the same question again with one more wish; a wish that cannot be had is dropped. ``find`` asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from workbench.analysis.given import EntityPlace
from workbench.analysis.model import Case
from workbench.analysis.pinning import Leaf, Part, Pins, constant_of
from workbench.analysis.search import Sought
from workbench.analysis.terms import Term, cone
from workbench.engine.values import EntityUid, SetValue

MOST_WISHES = 12
_MOST_HALVINGS = 70


class Nearing:
    """Wishes that came true are kept for those that follow."""

    def __init__(self, pins: Pins, find: Callable[[Sequence[Term]], Sought[Case]]) -> None:
        self._pins = pins
        self._space = pins.space
        self._terms = pins.space.terms
        self._find = find
        self._kept: list[Term] = []
        self._known = list(cone([pins.wanted, *pins.fixed]))
        self._constants = [term for term in self._known if term.op == "const"]
        self._numbers = sorted({term.data for term in self._constants if term.sort == "Int"})

    def of(self, part: Part, case: Case) -> Case:
        """The best case found, ``case`` where nothing nearer is."""
        if isinstance(part.place, EntityPlace):
            for within in self._memberships(part.place.uid):
                case = self._wish(self._terms.not_(within), case)
            for leaf in self._pins.new.get(part.place.uid, ()):
                case = self._nearer(leaf, case)
        return case if part.leaf is None else self._nearer(part.leaf, case)

    def _nearer(self, leaf: Leaf, case: Case) -> Case:
        if leaf.given is not None and leaf.present is not self._terms.true:
            case = self._wish(leaf.present, case)
        if leaf.value is None:
            return case
        sort = leaf.value.sort
        if sort == "Int":
            return self._nearest(leaf.value, 0 if leaf.given is None else self._number(leaf), case)
        if sort.startswith("S:") and isinstance(leaf.given, SetValue):
            return self._most_alike(leaf.value, leaf.given, case)
        case = self._first(leaf.value, self._candidates(leaf, sort), case)
        if leaf.given is None and sort == "Text":  # a new text is not to look like one that a pattern shaped
            shaped = {term.args[0] for term in self._known if term.op == "like"} - {leaf.value}
            case = self._wish(self._terms.not_(self._terms.or_(*(self._terms.eq(leaf.value, t) for t in shaped))), case)
        return case

    def _memberships(self, uid: EntityUid) -> list[Term]:
        it = self._terms.const(f"E:{uid.type}", uid.id)
        return [term for term in self._known if term.op == "app" and term.data == "parent" and term.args[0] is it]

    def _wish(self, term: Term, case: Case) -> Case:
        found = self._find([*self._kept, term])
        if found.value is None:
            return case
        self._kept.append(term)
        return found.value

    # ---- numbers

    def _number(self, leaf: Leaf) -> int:
        assert leaf.value is not None
        assert leaf.given is not None
        given: int = constant_of(self._space, leaf.value.sort, leaf.given).data
        return given

    def _nearest(self, term: Term, given: int, case: Case) -> Case:
        """Numbers that rules name, and their neighbours, first; then by halving what is left between."""
        terms = self._terms
        around = sorted({n + step for n in self._numbers for step in (-1, 0, 1)}, key=lambda n: (abs(n - given), n))
        best: int | None = None
        for number in around[: 3 * MOST_WISHES]:
            found = self._find([*self._kept, terms.eq(term, terms.integer(number))])
            if found.value is not None:
                best, case = abs(number - given), found.value
                break
        least, most = (
            0,
            (1 << 64 if best is None else best),
        )  # no nearer than ``least``; ``most`` can be had, or all can
        for _ in range(_MOST_HALVINGS):
            if least >= most:
                break
            middle = most - 1 if best is not None else (least + most) // 2
            within = terms.and_(
                terms.le(terms.integer(given - middle), term), terms.le(term, terms.integer(given + middle))
            )
            found = self._find([*self._kept, within])
            if found.value is not None:
                most, case = middle, found.value
                best = None
            elif found.verdict == "none":
                least = middle + 1
                if best is not None:
                    break
            else:
                return case
        self._kept.append(
            terms.and_(terms.le(terms.integer(given - most), term), terms.le(term, terms.integer(given + most)))
        )
        return case

    # ---- texts, entities, addresses

    def _candidates(self, leaf: Leaf, sort: str) -> list[Term]:
        if sort.startswith("E:"):
            known = [uid for uid, entity in self._pins.given.known.items() if entity is not None]
            return [self._terms.const(sort, uid.id) for uid in known if uid.type == sort[2:]] + self._beside(leaf)
        listed = [self._terms.text(value) for value in leaf.values] if sort == "Text" else []
        return [*listed, *self._beside(leaf)]

    def _beside(self, leaf: Leaf) -> list[Term]:
        """What rules compare the field with: constants, and what stands now in other fields."""
        assert leaf.value is not None
        given = [(part.leaf.value, part.leaf.given) for part in self._pins.parts.values() if part.leaf is not None]
        found: list[Term] = []
        for term in self._known:
            sides = [side.data if side.op == "app" else None for side in term.args] if term.op == "eq" else []
            if leaf.value.data in sides:
                found += [side for side in term.args if side.op == "const"]
                for other, value in given:
                    if other is not None and value is not None and other.data in sides:
                        found.append(constant_of(self._space, other.sort, value))
        return list(dict.fromkeys(each for each in found if each.sort == leaf.value.sort))

    def _first(self, term: Term, candidates: Iterable[Term], case: Case) -> Case:
        for candidate in list(candidates)[:MOST_WISHES]:
            wish = self._terms.eq(term, candidate)
            found = self._find([*self._kept, wish])
            if found.value is not None:
                self._kept.append(wish)
                return found.value
        return case

    # ---- sets

    def _most_alike(self, term: Term, given: SetValue, case: Case) -> Case:
        """Members stay, and no others come, where that can be."""
        held = constant_of(self._space, term.sort, given).args
        element = term.sort[2:]
        others = [each for each in self._constants if each.sort == element and each not in held]
        wishes = [self._terms.member(term, each) for each in held]
        wishes += [self._terms.not_(self._terms.member(term, each)) for each in others]
        for wish in wishes[: 2 * MOST_WISHES]:
            case = self._wish(wish, case)
        return case
