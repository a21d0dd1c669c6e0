"""The second try at a question about products: integers as bit-vectors, wide enough that nothing wraps round. Pure.

z3 multiplies unbounded integers by guessing; over a fixed number of bits it can search. The width is computed from the
question: a Long has 64 bits, a sum one more than its parts, a product as many as both. Rules out nothing and adds
nothing, so an answer found this way is as good as the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.analysis.solver import Translator
from workbench.analysis.terms import Term, cone

MOST_BITS = 264  # three Longs multiplied, and some sums


def multiplies(terms: Iterable[Term]) -> bool:
    """Whether two unknowns are multiplied anywhere."""
    return any(term.op == "mul" and all(arg.op != "const" for arg in term.args) for term in cone(terms))


def width_for(terms: Iterable[Term]) -> int | None:
    """How many bits hold every number that the terms can come to; ``None`` beyond :data:`MOST_BITS`."""
    bits: dict[Term, int] = {}
    for term in cone(terms):
        if term.sort == "Int":
            bits[term] = _bits(term, [bits[arg] for arg in term.args if arg.sort == "Int"])
    widest = max(bits.values(), default=64)
    return widest if widest <= MOST_BITS else None


def _bits(term: Term, args: list[int]) -> int:
    match term.op:
        case "const":
            return int(term.data).bit_length() + 1
        case "add":
            return max(args) + 1
        case "mul":
            return sum(args)
        case "ite" | "div" | "mod":
            return max(args)
    return 65  # an unknown: 64, and one for comparing it with a neighbour's bound


class BitTranslator(Translator):
    """Integers are signed bit-vectors of ``width`` bits."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._width = width

    def sort(self, name: str) -> Any:
        if name == "Int":
            return self.z3.BitVecSort(self._width, self.context)
        return super().sort(name)

    def _const(self, term: Term) -> Any:
        if term.sort == "Int":
            return self.z3.BitVecVal(term.data, self._width, self.context)
        return super()._const(term)

    def _made(self, term: Term) -> Any:
        if term.op not in ("div", "mod"):
            return super()._made(term)
        number, by = (self._done[arg] for arg in term.args)
        rest = self.z3.SRem(number, by)  # of the sign of the number; floored, of the sign of what divides
        below = rest < 0
        if term.op == "mod":
            return self.z3.If(below, rest + by, rest)
        whole = number / by
        return self.z3.If(below, whole - 1, whole)
