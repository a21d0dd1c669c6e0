"""Who may sign, as what: the roster of a constitution and what makes one sound.

Imports the key and field types. An entry is one person (one principal, one role) with any number of keys; the role
``ledger`` is the workspace's own witness key, which cannot vote. No key may serve two entries. A roster with several
``ledger`` entries demands all of them: each vote and each activation must be witnessed by a key of every one. (Several
keys in *one* ledger entry are spares: any of them speaks for it.)
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from workbench.governance.errors import ArtifactError, KeyFileError
from workbench.governance.fields import Frozen, Label, Role, Uid
from workbench.governance.keys import PublicKey, demo_swarm, parse_public_line
from workbench.governance.wording import check_identifier

LEDGER_ROLE = "ledger"
RECOVERY_ROLE = "recovery"  # may change the roster only; see ``governance.recovery``
MAX_ENTRIES = 200
MAX_LEDGER_ENTRIES = 8


class RosterEntry(Frozen):
    """One person's place: ``keys`` are OpenSSH public lines, ``ssh-ed25519 AAAA… comment``."""

    principal: Uid
    role: Role
    keys: tuple[Label, ...] = Field(min_length=1, max_length=32)

    @property
    def public_keys(self) -> tuple[PublicKey, ...]:
        """The keys, in order. Raises :class:`KeyFileError` for a line that is not one."""
        return tuple(parse_public_line(line)[0] for line in self.keys)

    @property
    def votes(self) -> bool:
        """Whether this entry may vote at all."""
        return self.role != LEDGER_ROLE


def check_roster(roster: Sequence[RosterEntry], swarm_id: str) -> None:
    """Refuses a roster that could be mistaken or cheated with.

    Raises :class:`ArtifactError`: ``roster_size``, ``duplicate_person``, ``roster_key`` (not a usable Ed25519 key),
    ``shared_key`` (one key under two entries, or twice under one), ``demo_key`` (a demo key of another swarm),
    ``ledger_hardware`` (a ledger key in a device, which nobody would touch at every vote), ``ledger_size``,
    ``role_spelling`` (a role that reads like ``ledger`` or ``recovery``).
    """
    if len(roster) > MAX_ENTRIES:
        raise ArtifactError("roster_size", f"the roster has more than {MAX_ENTRIES} entries")
    people: set[str] = set()
    owner: dict[bytes, str] = {}
    for entry in roster:
        if entry.principal in people:
            raise ArtifactError(
                "duplicate_person", f"`{entry.principal}` stands twice in the roster", "give all keys in one entry"
            )
        people.add(entry.principal)
        meant = next(
            (role for role in (LEDGER_ROLE, RECOVERY_ROLE) if role == entry.role.casefold().strip()), entry.role
        )
        if meant != entry.role:
            raise ArtifactError(
                "role_spelling", f"`{entry.principal}` has the role `{entry.role}`", f"write `{meant}`, or another name"
            )
        for line in entry.keys:
            try:
                key, comment = parse_public_line(line)
            except KeyFileError as error:
                raise ArtifactError(
                    "roster_key", f"a key of `{entry.principal}`: {error.message}", error.help
                ) from error
            if comment:
                check_identifier(comment, f"comment of a key of `{entry.principal}`")
            if key.raw in owner:
                raise ArtifactError(
                    "shared_key", f"the key {key.fingerprint} of `{entry.principal}` is also `{owner[key.raw]}`'s"
                )
            owner[key.raw] = entry.principal
            refuse_foreign_demo_key(comment, swarm_id)
            if key.hardware and not entry.votes:
                raise ArtifactError("ledger_hardware", f"`{entry.principal}` witnesses unattended: no device can")
    if sum(not entry.votes for entry in roster) > MAX_LEDGER_ENTRIES:
        raise ArtifactError("ledger_size", f"the roster has more than {MAX_LEDGER_ENTRIES} ledger entries")


def refuse_foreign_demo_key(comment: str, swarm_id: str) -> None:
    """Raises :class:`ArtifactError` (``demo_key``) when ``comment`` ties the key to another swarm."""
    home = demo_swarm(comment)
    if home is not None and home != swarm_id:
        raise ArtifactError(
            "demo_key", f"the key `{comment}` is for demonstrations in that swarm only", "make a key with `keys new`"
        )


def keeps_place(entry: RosterEntry, roster: Sequence[RosterEntry]) -> bool:
    """Whether ``roster`` leaves this person as they are: the same role and the same key material, whatever the comments
    of the keys and their order."""
    raws = {key.raw for key in entry.public_keys}
    return any(
        (other.principal, other.role) == (entry.principal, entry.role)
        and {key.raw for key in other.public_keys} == raws
        for other in roster
    )


def owner_of(fingerprint: str, roster: Sequence[RosterEntry]) -> RosterEntry:
    """The entry that has this key. Raises :class:`ArtifactError` (``unknown_key``)."""
    for entry in roster:
        if fingerprint in (key.fingerprint for key in entry.public_keys):
            return entry
    raise ArtifactError("unknown_key", f"no one in the roster has the key {fingerprint[:60]}")


def with_line(roster: Sequence[RosterEntry], fingerprint: str, line: str) -> tuple[RosterEntry, ...]:
    """The roster with ``line`` in the place of the key with this fingerprint. Raises as :func:`owner_of`."""
    owner = owner_of(fingerprint, roster)
    lines = tuple(line if parse_public_line(old)[0].fingerprint == fingerprint else old for old in owner.keys)
    return tuple(entry.model_copy(update={"keys": lines}) if entry is owner else entry for entry in roster)


def without_key(roster: Sequence[RosterEntry], fingerprint: str) -> tuple[RosterEntry, ...]:
    """The roster without this key. Raises :class:`ArtifactError`: ``unknown_key``, ``last_key`` (its person has no
    other)."""
    owner = owner_of(fingerprint, roster)
    lines = tuple(line for line in owner.keys if parse_public_line(line)[0].fingerprint != fingerprint)
    if not lines:
        raise ArtifactError(
            "last_key",
            f"it is the only key of `{owner.principal}`",
            "rotate it to a new one (`keys rotate KEY NEW.pub`), or take the person out (`keys revoke KEY --person`)",
        )
    return tuple(entry.model_copy(update={"keys": lines}) if entry is owner else entry for entry in roster)


def without_person(roster: Sequence[RosterEntry], principal: str) -> tuple[RosterEntry, ...]:
    """The roster without this person."""
    return tuple(entry for entry in roster if entry.principal != principal)
