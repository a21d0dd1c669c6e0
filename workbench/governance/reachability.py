"""Whether amendments stay possible: for every class, whether the roster has people enough to approve one.

Imports the electorate, procedures and matching. Judged of a version as the judge of its own successor: its roster,
its procedures. A class is reachable when for some proposer its seats can all be filled by distinct people.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from workbench.governance.artifact import AmendmentClassName, ConstitutionVersion
from workbench.governance.electorate import Electorate
from workbench.governance.matching import fill
from workbench.governance.procedures import AmendmentProcedure, amendment_procedure
from workbench.language.program import Program

CLASSES: tuple[AmendmentClassName, ...] = get_args(AmendmentClassName)


def unreachable(version: ConstitutionVersion, program: Program) -> tuple[tuple[AmendmentClassName, str], ...]:
    """The classes of which nobody could ever approve an amendment of ``version``, each with what it asks for."""
    ways = _Ways(version, program)
    return tuple((cls, ways.words(cls)) for cls in CLASSES if not ways.open(cls, frozenset()))


def fragile(version: ConstitutionVersion, program: Program) -> tuple[tuple[AmendmentClassName, tuple[str, ...]], ...]:
    """The reachable classes that the loss of one person would freeze, each with the people of whom that is true."""
    ways = _Ways(version, program)
    found = []
    for cls in CLASSES:
        if ways.open(cls, frozenset()):
            needed = tuple(person for person in ways.people if not ways.open(cls, frozenset({person})))
            if needed:
                found.append((cls, needed))
    return tuple(found)


class _Ways:
    """The seats of each class by proposer, worked out when first asked for."""

    def __init__(self, version: ConstitutionVersion, program: Program) -> None:
        self._version = version
        self._program = program
        self._seats: dict[tuple[AmendmentClassName, str], list[frozenset[str]]] = {}
        self.people = Electorate(
            version.content.roster, version=version.constitution_version, cls="minor", proposer=version.proposed_by
        ).voters_named

    def words(self, cls: AmendmentClassName) -> str:
        return amendment_procedure(self._program, cls).words

    def open(self, cls: AmendmentClassName, without: frozenset[str]) -> bool:
        """Whether some proposer, and approvers for all seats, are left ``without`` these people."""
        left = [person for person in self.people if person not in without]
        return any(None not in fill(seats, left) for seats in self._of(cls, left) if seats)

    def _of(self, cls: AmendmentClassName, proposers: Iterable[str]) -> Iterable[list[frozenset[str]]]:
        for proposer in proposers:
            if (cls, proposer) not in self._seats:
                electorate = Electorate(
                    self._version.content.roster,
                    version=self._version.constitution_version,
                    cls=cls,
                    proposer=proposer,
                )
                self._seats[cls, proposer] = seats_of(amendment_procedure(self._program, cls, electorate), electorate)
            yield self._seats[cls, proposer]


def seats_of(procedure: AmendmentProcedure, electorate: Electorate) -> list[frozenset[str]]:
    """Who may fill each seat. More seats than there are people stay unfillable, however many are asked for."""
    most = len(electorate.voters) + 1
    return [
        eligible
        for require in procedure.requires
        for eligible in [electorate.eligible(require.where)] * min(require.count, most)
    ]
