"""Whether rules say what a sentence says, however procedures are called. Pure; imports standing, language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workbench.authoring.standing import bare
from workbench.language.ast import Procedure, Statement


def same_meaning(statements: Iterable[Statement], others: Iterable[Statement]) -> bool:
    """Whether every one of ``statements`` is among ``others``, however procedures are called.

    What a procedure does where nothing is said, denying, is the same whether it is written or not.
    """
    return {_meaning(statement) for statement in statements} <= {_meaning(statement) for statement in others}


def _meaning(statement: Statement) -> Statement:
    plain = bare(statement)
    if not isinstance(plain, Procedure):
        return plain
    ends = (plain.on_timeout, plain.on_rejection)
    timeout, rejection = (None if end is not None and end.kind == "deny" else end for end in ends)
    return replace(plain, name="p", on_timeout=timeout, on_rejection=rejection)
