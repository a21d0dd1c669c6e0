"""The rules of brakes and norms that decisions name, whether they still stand or have ended. Not for faces.

A decision names such a rule by its overlay (``norm:3f9a2c7e``, ``brake:3f9a2c7e.2``), or by the content id of the norm
that it is. Several statements may have placed one norm, one after the other; the rule was the same each time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Connection

from workbench.governance.errors import GovernanceError
from workbench.governance.overlay import Norm, Stop
from workbench.governance.overlay_register import Standing
from workbench.language.program import Program, Rule
from workbench.norms import told_in
from workbench.service.checked import Checked
from workbench.service.overlay_compiling import rules_under
from workbench.service.overlay_reading import read_overlays


def rules_named(connection: Connection, checked: Checked, names: Collection[str]) -> Program:
    """The forbids beside the version ``checked`` that have one of ``names``, each under that name."""
    wanted = {name for name in names if name not in checked.program.by_id}
    found: dict[str, Rule] = {}
    if wanted:
        for standing in read_overlays(connection).register.standings.values():
            found |= {rule.id: rule for rule in _named(standing, checked, wanted)}
    return Program(tuple(found.values()), checked.schema)


def _named(standing: Standing, checked: Checked, wanted: Collection[str]) -> Iterator[Rule]:
    content = standing.placing.content
    if isinstance(content, Stop):
        return
    told = told_in(content.cedar_plus) if isinstance(content, Norm) else None
    by_overlay = f"{standing.kind}:{standing.id}"
    if not any(name.partition(".")[0] == by_overlay for name in wanted) and (told is None or told.id not in wanted):
        return
    with suppress(GovernanceError):
        own = rules_under(content, checked)
        for number, rule in enumerate(own, 1):
            names = [f"{by_overlay}.{number}" if len(own) > 1 else by_overlay, *([told.id] if told is not None else [])]
            yield from (replace(rule, id=name) for name in names if name in wanted and rule.kind == "forbid")
