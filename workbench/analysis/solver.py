"""Terms → z3: one question, asked once or refined. The one module that loads z3 (the extra ``proofs``), when used.

Integers are unbounded here; that a Long fits 64 bits is a fact of its own. Entities, texts and sets are uninterpreted
sorts, whose constants are told apart; an address is three parts. Pure: z3 reads and writes nothing. A thread has one z3
context; another thread may interrupt it, which ends the question within some 20 ms.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Literal, TypeAlias

from workbench.analysis.stop import Stop
from workbench.analysis.task import SolverMissing
from workbench.analysis.terms import Term, cone
from workbench.engine.extensions.ipaddr import Ip

Status: TypeAlias = Literal["sat", "unsat", "unknown"]
_WIDTH = 128
_here = threading.local()


def _z3() -> Any:
    """Raises :class:`SolverMissing`."""
    try:
        import z3
    except ImportError as error:
        raise SolverMissing("" if error.name == "z3" else _reason(error)) from None
    except Exception as error:  # z3 raises one of its own where its library is missing or is another machine's
        raise SolverMissing(_reason(error)) from None
    if not hasattr(z3, "SimpleSolver"):
        raise SolverMissing("another package is called `z3` too; the solver's is `z3-solver`")
    return z3


def _reason(error: Exception) -> str:
    """What an exception says, on one line and without the paths of this machine."""
    words = (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__).split()
    return " ".join("…" if "/" in word or "\\" in word else word for word in words)


def _context() -> Any:
    """This thread's z3 context."""
    context = getattr(_here, "context", None)
    if context is None:
        context = _here.context = _z3().Context()
    return context


@contextmanager
def afresh() -> Iterator[None]:
    """What is asked within is asked in a z3 context of its own, so that what was asked before does not show in it.

    For answers that must be the same whenever they are asked for; a context takes 12 ms and some megabytes.
    """
    before = getattr(_here, "context", None)
    _here.context = None
    try:
        yield
    finally:
        _here.context = before


class Translator:
    """Makes z3 expressions of the terms of one space, each once. Belongs to the thread that made it.

    The commonest are made through z3's C interface: its Python one looks at every sort again, which terms have settled.
    """

    def __init__(self) -> None:
        self.z3 = _z3()
        self.context = _context()
        self._done: dict[Term, Any] = {}
        self._sorts: dict[str, Any] = {}
        self._functions: dict[tuple[Any, ...], Any] = {}
        self._flags: list[Any] = []

    def of(self, term: Term, stop: Stop | None = None) -> Any:
        """The expression; for an address, its parts: (is IPv4, bits, prefix length). Raises ``Stopped``."""
        found = self._done.get(term)
        if found is None:
            for place, each in enumerate(cone([term])):
                if stop is not None and place % 256 == 0:
                    stop.check()  # a large program takes a second to translate
                if each not in self._done:
                    self._done[each] = self._made(each)
            found = self._done[term]
        return found

    def sort(self, name: str) -> Any:
        """The z3 sort of an uninterpreted sort, ``Bool`` or ``Int``."""
        found = self._sorts.get(name)
        if found is None:
            z3 = self.z3
            if name == "Bool":
                found = z3.BoolSort(self.context)
            elif name == "Int":
                found = z3.IntSort(self.context)
            else:
                found = z3.DeclareSort(name, self.context)
            self._sorts[name] = found
        return found

    def _parts(self, name: str) -> tuple[tuple[str, Any], ...]:
        if name != "Ip":
            return (("", self.sort(name)),)
        z3 = self.z3
        return (
            (" v4", self.sort("Bool")),
            (" bits", z3.BitVecSort(_WIDTH, self.context)),
            (" prefix", z3.BitVecSort(_WIDTH, self.context)),
        )

    def _apply(self, name: str, sort: str, args: Iterable[Any], sorts: Iterable[str]) -> Any:
        flat: list[Any] = []
        domain: list[Any] = []
        for arg, kind in zip(args, sorts, strict=True):
            flat += arg if kind == "Ip" else (arg,)
            domain += [part for _, part in self._parts(kind)]
        made = []
        for suffix, range_ in self._parts(sort):
            key = (name + suffix, sort, tuple(sorts))
            function = self._functions.get(key)
            if function is None:
                label = ascii(f"{key[0]}/{sort}")
                function = self._functions[key] = (
                    self.z3.Function(label, *domain, range_) if domain else self.z3.Const(label, range_)
                )
            made.append(function(*flat) if domain else function)
        return tuple(made) if sort == "Ip" else made[0]

    def _made(self, term: Term) -> Any:
        z3, args = self.z3, [self._done[arg] for arg in term.args]
        match term.op:
            case "const":
                return self._const(term)
            case "app":
                return self._apply(term.data, term.sort, args, [arg.sort for arg in term.args])
            case "not":
                return z3.BoolRef(z3.Z3_mk_not(self.context.ref(), args[0].as_ast()), self.context)
            case "and" | "or":
                join = z3.Z3_mk_and if term.op == "and" else z3.Z3_mk_or
                return z3.BoolRef(join(self.context.ref(), len(args), self._array(args)), self.context)
            case "ite":
                if term.sort == "Ip":
                    return tuple(z3.If(args[0], a, b) for a, b in zip(args[1], args[2], strict=True))
                return z3.If(*args)
            case "eq":
                if term.args[0].sort == "Ip":
                    return z3.And(*(a == b for a, b in zip(args[0], args[1], strict=True)))
                return args[0] == args[1]
            case "le":
                return args[0] <= args[1]
            case "add":
                return args[0] + args[1]
            case "mul":
                return args[0] * args[1]
            case "div":
                return args[0] / args[1]
            case "mod":
                return args[0] % args[1]
            case "v4":
                return args[0][0]
            case "inrange":
                return self._in_range(*args)
            case "set":
                return self._apply(f"set {term.id}", term.sort, (), ())
            case _:  # like, member, subset, meets, within: predicates that facts speak about
                name = f"like {term.data}" if term.op == "like" else term.op
                return self._apply(name, "Bool", args, [arg.sort for arg in term.args])

    def _const(self, term: Term) -> Any:
        z3, data = self.z3, term.data
        if term.sort == "Bool":
            return z3.BoolVal(data, self.context)
        if term.sort == "Int":
            return z3.IntVal(data, self.context)
        if term.sort == "Ip":
            bits, prefix = (z3.BitVecVal(value, _WIDTH, self.context) for value in (data.address, data.prefix))
            return z3.BoolVal(data.version == 4, self.context), bits, prefix
        return z3.Const(f"={data!a}", self.sort(term.sort))  # z3 ends a name at a NUL

    def _in_range(self, ip: Any, other: Any) -> Any:
        """Same family, no shorter prefix, and the same bits as far as the other's prefix goes."""
        z3 = self.z3
        width = z3.If(ip[0], z3.BitVecVal(32, _WIDTH, self.context), z3.BitVecVal(_WIDTH, _WIDTH, self.context))
        apart = z3.LShR(ip[1] ^ other[1], width - other[2])
        return z3.And(ip[0] == other[0], z3.UGE(ip[2], other[2]), apart == 0)

    def distinct(self, terms: Iterable[Term]) -> Any:
        """That no two are equal. Of one sort, so that z3's own way, which compares each with each, can be left out."""
        z3, made = self.z3, [self.of(term) for term in terms]
        return z3.BoolRef(z3.Z3_mk_distinct(self.context.ref(), len(made), self._array(made)), self.context)

    def _array(self, expressions: list[Any]) -> Any:
        return (self.z3.Ast * len(expressions))(*(each.as_ast() for each in expressions))

    def flag(self, place: int) -> Any:
        """The unknown that says whether the part at ``place`` of a question is supposed."""
        while len(self._flags) <= place:
            self._flags.append(self.z3.Bool(f"part {len(self._flags)}", self.context))
        return self._flags[place]

    def follows(self, flag: Any, expression: Any) -> Any:
        """That the one implies the other."""
        z3 = self.z3
        made = z3.Z3_mk_implies(self.context.ref(), flag.as_ast(), expression.as_ast())
        return z3.BoolRef(made, self.context)

    def well_formed(self, term: Term) -> Any:
        """What makes three parts an address: as many bits as the family has, a prefix within them."""
        z3 = self.z3
        v4, bits, prefix = self.of(term)
        return z3.And(
            z3.Implies(v4, z3.LShR(bits, z3.BitVecVal(32, _WIDTH, self.context)) == 0),
            z3.ULE(
                prefix, z3.If(v4, z3.BitVecVal(32, _WIDTH, self.context), z3.BitVecVal(_WIDTH, _WIDTH, self.context))
            ),
        )


class Question:
    """Whether terms can all be true. Add, check, and, where a model shows that something is missing, add more."""

    def __init__(self, translator: Translator, limit_ms: int, stop: Stop, effort: int = 0) -> None:
        """``effort``: a limit in z3's own steps, which are the same on every machine, in place of ``limit_ms``."""
        self._translator = translator
        self._stop = stop
        z3 = translator.z3
        self._solver = z3.SimpleSolver(ctx=translator.context)
        self._solver.set(*(("rlimit", effort) if effort else ("timeout", limit_ms)))
        self._solver.set("ctrl_c", False)  # z3 would take Ctrl-C for itself, and the program would never hear of it
        self._names: dict[str, Any] = {}
        self._seen: set[Term] = set()
        self._constants: dict[str, dict[Term, None]] = {}

    def add(self, terms: Iterable[Term]) -> None:
        """These must be true."""
        for term in terms:
            self._about(term)
            self._assert(self._translator.of(term, self._stop))

    def suppose(self, name: str, term: Term) -> None:
        """This must be true, and may be blamed as ``name``."""
        translator = self._translator
        self._about(term)
        flag = self._names.get(name)
        if flag is None:
            flag = self._names[name] = translator.flag(len(self._names))
        self._assert(translator.follows(flag, translator.of(term, self._stop)))

    def _assert(self, expression: Any) -> None:
        translator = self._translator
        translator.z3.Z3_solver_assert(translator.context.ref(), self._solver.solver, expression.as_ast())

    def _about(self, term: Term) -> None:
        """Constants of one sort are apart, and addresses well formed."""
        if term in self._seen:
            return
        fresh: dict[str, list[Term]] = {}
        stack = [term]
        while stack:
            each = stack.pop()
            if each in self._seen:
                continue
            self._seen.add(each)
            stack += each.args
            if each.sort == "Ip" and each.op == "app":
                self._assert(self._translator.well_formed(each))
            if each.op == "const" and each.sort not in ("Bool", "Int", "Ip"):
                fresh.setdefault(each.sort, []).append(each)
        for sort, constants in fresh.items():
            known = self._constants.setdefault(sort, {})
            known.update(dict.fromkeys(constants))
            if len(known) > 1:
                self._assert(self._translator.distinct(known))

    def check(self, among: Collection[str] | None = None) -> Status:
        """``among``: the names of those that are supposed (all). Raises :class:`~workbench.analysis.stop.Stopped`."""
        flags = [flag for name, flag in self._names.items() if among is None or name in among]
        interrupt = self._translator.context.interrupt
        self._stop.enter(interrupt)
        try:
            status = str(self._solver.check(*flags))
        finally:
            self._stop.leave(interrupt)
        self._stop.check()
        return status if status in ("sat", "unsat") else "unknown"  # type: ignore[return-value]

    @property
    def reason(self) -> str:
        """Why the last check said ``unknown``."""
        return str(self._solver.reason_unknown())

    def core(self) -> tuple[str, ...]:
        """Names of parts that cannot all be true, after ``unsat``; in the order in which they were supposed."""
        blamed = {flag.get_id() for flag in self._solver.unsat_core()}
        return tuple(name for name, flag in self._names.items() if flag.get_id() in blamed)

    def model(self) -> Model:
        """One way in which all is true, after ``sat``."""
        return Model(self._translator, self._solver.model(), self._constants)


class Model:
    """Values of terms. A value of an uninterpreted sort is a constant's data, or a mark (:class:`Other`)."""

    def __init__(self, translator: Translator, model: Any, constants: Mapping[str, Mapping[Term, None]]) -> None:
        self._translator = translator
        self._model = model
        self._constants = constants

    @cached_property
    def _known(self) -> dict[tuple[str, str], Any]:
        return {
            (sort, self._mark(self._translator.of(term))): term.data
            for sort, terms in self._constants.items()
            for term in terms
        }

    def _raw(self, expression: Any) -> Any:
        return self._model.eval(expression, model_completion=True)

    def _mark(self, expression: Any) -> str:
        """The name of a value of an uninterpreted sort; z3's printer says the same, slowly."""
        return str(self._raw(expression).decl().name())

    def value(self, term: Term) -> Any:
        """``bool``, ``int``, :class:`Ip`, a constant's data (``str``), or an :class:`Other`."""
        expression = self._translator.of(term)
        if term.sort == "Ip":
            v4, bits, prefix = (self._raw(part) for part in expression)
            return Ip(4 if self._translator.z3.is_true(v4) else 6, bits.as_long(), prefix.as_long())
        if term.sort not in ("Bool", "Int"):
            key = term.sort, self._mark(expression)
            return self._known[key] if key in self._known else Other(key[1])
        raw = self._raw(expression)
        if term.sort == "Bool":
            return bool(self._translator.z3.is_true(raw))
        return raw.as_signed_long() if self._translator.z3.is_bv(raw) else raw.as_long()


class Other(str):
    """The mark of a value that no constant names."""

    __slots__ = ()
