"""Monitors: norms held against actions, in memory or in a workspace, by the same engine and with the same evidence.

``Monitor([Norm(…), …])`` keeps its norms to itself and records nothing; ``Monitor(workspace)`` (or a folder) is the
face of ``Workspace.norms``: it records, and what it adds is in force in every process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.engine.values import EntityUid
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema
from workbench.norms import Norm, NormError, World, compile_norm, world_of
from workbench.service.errors import WorkbenchError
from workbench.service.norm_checking import agent_of, faction_of, mark, modest, outcome, words_of
from workbench.service.norm_factions import bound_program, factions_of
from workbench.service.norm_views import Outcome
from workbench.service.samples import samples_root

if TYPE_CHECKING:
    from workbench.service.norming import Norms
    from workbench.service.workspace import Workspace

NAME = "world-norms"
_BASE = '@id("act")\npermit (principal, action == Action::"act", resource);\n'


@lru_cache(maxsize=1)
def _world() -> tuple[Schema, World]:
    path = samples_root() / "schemas" / f"{NAME}.cedarschema"
    schema = read_schema(path.read_text(encoding="utf-8"))
    shape = world_of(schema)
    assert shape is not None  # a test holds the shipped schema to it
    return schema, shape


class Monitor:
    """Checks actions against norms.

    ``norms``: norms; or a workspace, or the folder of one. ``directory``: of a monitor in memory, the entities that say
    which agent is in which faction, in Cedar's JSON form. Raises :class:`WorkbenchError` with a norm's code.
    """

    def __init__(
        self, norms: Iterable[Norm] | Workspace | str | Path = (), *, directory: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self._opened: Workspace | None = None
        self._bound: Norms | None = None
        self._norms: tuple[Norm, ...] = ()
        if isinstance(norms, str | Path):
            from workbench.service.workspace import Workspace as Opened

            self._opened = Opened.open(norms)
            self._bound = self._opened.norms
        elif hasattr(norms, "norms"):
            self._bound = norms.norms
        else:
            schema, _ = _world()
            self._directory = Entities.from_json([dict(each) for each in directory], schema)
            self._set([*norms])

    # ---- the norms ---------------------------------------------------------------------------------------------------

    @property
    def norms(self) -> tuple[Norm, ...]:
        """Those in force; of a workspace, the ones that were written as norms."""
        if self._bound is None:
            return self._norms
        return tuple(norm for view in self._bound.list() if (norm := view.norm) is not None)

    def add(self, norm: Norm, *, why: str = "added by a monitor") -> Norm:
        """Hold actions against ``norm`` too; one that is there already, by its id, is put in its place.

        In a workspace that signs its norms, add them with ``Workspace.norms.add``: a monitor has no key.
        """
        if self._bound is not None:
            return self._bound.add(norm, why=why, replace=True).norm.norm or norm
        self._set([*(each for each in self._norms if each.id != norm.id), norm])
        return norm

    def repeal(self, id: str, *, why: str = "repealed by a monitor") -> Norm | None:
        """No longer hold actions against the norm with this id or name; the norm, ``None`` where there is none."""
        if self._bound is not None:
            return self._bound.repeal(id, why=why).norm
        found = next((norm for norm in self._norms if id in (norm.id, norm.name)), None)
        if found is not None:
            self._set([norm for norm in self._norms if norm is not found])
        return found

    def _set(self, norms: list[Norm]) -> None:
        schema, _ = _world()
        try:
            texts = [compile_norm(norm, schema) for norm in norms]
        except NormError as error:
            raise WorkbenchError("the norm was refused", error.message, error.help, error.code) from error
        ids = [norm.id for norm in norms]
        twice = next((norm for norm in norms if ids.count(norm.id) > 1), None)
        if twice is not None:
            what = f"`{twice.name}` ({twice.id}) stands twice"
            raise WorkbenchError(
                "the norm was refused", what, "name, condition or prohibited must differ", "norm_twice"
            )
        result = check(_BASE + "".join(texts), schema)
        assert result.program is not None  # each was checked
        self._program: Program = result.program
        self._evaluator = Evaluator(bound_program(result.program, factions_of(self._directory, schema)))
        self._norms = tuple(norms)

    # ---- actions -----------------------------------------------------------------------------------------------------

    def check(
        self,
        agent_id: str,
        action: str,
        location: str = "",
        target: str = "",
        faction: str = "",
        metadata: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Outcome:
        """What becomes of an action, and which norms it breaks, highest priority first.

        In memory nothing is recorded (``event`` is 0); in a workspace it is. Raises as ``Workspace.norms.check``.
        """
        if self._bound is not None:
            return self._bound.check(agent_id, action, location, target, faction, metadata, at=at)
        if metadata:
            modest(metadata)
        _, shape = _world()
        agent = agent_of(agent_id, shape)
        believed = faction_of(agent, faction, shape, self._directory)
        words = words_of(action, location, target, believed)
        place = EntityUid(shape.places[0], "world")
        request = Request(agent, EntityUid(*shape.action), place, words._asdict())
        decision = self._evaluator.decide(request, self._directory)
        known = {norm.id: norm for norm in self._norms}
        marks = {rule: mark(known.get(rule), rule, "") for rule in decision.reasons}
        return outcome(decision, marks, (agent_id, action, location, target, believed), at or datetime.now(UTC))

    # ---- life --------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the workspace, where this monitor opened it."""
        if self._opened is not None:
            self._opened.close()

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
