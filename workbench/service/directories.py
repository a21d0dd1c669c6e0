"""The directory of believed entities, and the facts that the server vouches for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from workbench.engine.entities import Entities, EntityError
from workbench.engine.request import RequestError, as_uid
from workbench.engine.values import EntityUid
from workbench.service.creating import entity_rows
from workbench.service.credentials import change_states
from workbench.service.errors import WorkbenchError
from workbench.service.norm_factions import require_spelled
from workbench.service.session import Session
from workbench.service.told import require_told
from workbench.store import credentials
from workbench.store import directory as store
from workbench.store.ledger import append, read_head, save_state


class Directories:
    """The use cases of ``workbench entities`` and of facts. Every change is a ledger entry."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def entities(self) -> tuple[Mapping[str, Any], ...]:
        """Every believed entity in Cedar's JSON form, in order of type and id."""
        with self._session.read() as connection:
            return tuple(json.loads(text) for _, _, text in store.entities(connection))

    def load(self, entities: Sequence[Mapping[str, Any]]) -> int:
        """Add entities, or put them in place of those with the same uid; how many.

        Raises :class:`WorkbenchError` (``bad_entity``) naming entity and attribute; then nothing was changed.
        """
        with self._session.write() as connection:
            head = read_head(connection)
            checked = self._session.laws.checked(connection, head.active_digest)
            schema = checked.schema
            try:
                found = Entities.from_json(list(entities), schema)
                rows = entity_rows(found)
                before = store.entities(connection)
                require_told(connection, before)  # or this entry would vouch for what nobody entered
                standing = {(t, i): text for t, i, text in before}
                standing |= {(t, i): text for t, i, text in rows}
                Entities.from_json([json.loads(text) for text in standing.values()], schema)
                known = Entities.from_json([json.loads(text) for _, _, text in before], schema)
            except EntityError as error:
                raise WorkbenchError(
                    "the entities do not fit", str(error), "correct them; nothing was changed", "bad_entity"
                ) from error
            named = (uid for entity in found for uid in (entity.uid, *sorted(entity.parents)))
            require_spelled(connection, checked, known, named)
            store.replace_entities(connection, rows)
            body = _changed(connection, [EntityUid(type_, id_) for type_, id_, _ in rows], [])
            append(connection, head, kind="directory", at=self._session.now(head), body=body)
            head.generation += 1
            save_state(connection, head)
        return len(rows)

    def remove(self, uids: Iterable[str]) -> int:
        """Forget entities by uid; how many were known. Raises :class:`WorkbenchError` (``bad_entity``).

        What proved a forgotten principal is suspended in the same transaction: whoever is entered under that uid later
        must not be proven by the last one's key or token.
        """
        try:
            wanted = [as_uid(uid) for uid in uids]
        except RequestError as error:
            raise WorkbenchError("no uid", str(error), 'write `Type::"id"`', "bad_entity") from error
        with self._session.write() as connection:
            head = read_head(connection)
            before = store.entities(connection)
            require_told(connection, before)
            known = {(type_, id_) for type_, id_, _ in before}
            gone = [uid for uid in wanted if (uid.type, uid.id) in known]
            if gone:
                store.remove_entities(connection, [(uid.type, uid.id) for uid in gone])
                now = self._session.now(head)
                body = _changed(connection, [], gone)
                append(connection, head, kind="directory", at=now, body=body)
                left = {str(uid) for uid in gone}
                proofs = [c for c in credentials.all_of(connection) if c.principal in left and c.state == "active"]
                change_states(connection, head, proofs, "suspended", now, "left the directory")
                head.generation += 1
                save_state(connection, head)
        return len(gone)

    def set_fact(self, attribute: str, value: Any, principal: str = "") -> None:
        """Vouch for a context attribute, of one principal or (empty) of all. ``value`` in Cedar's JSON form."""
        with self._session.write() as connection:
            head = read_head(connection)
            store.set_fact(connection, principal, attribute, json.dumps(value))
            body = {"attribute": attribute, "principal": principal, "value": json.dumps(value, sort_keys=True)}
            append(connection, head, kind="fact", at=self._session.now(head), body=body)
            head.generation += 1
            save_state(connection, head)


def _changed(connection: Connection, loaded: Iterable[EntityUid], removed: Iterable[EntityUid]) -> dict[str, Any]:
    """What the ledger says of a change: names, and a digest of the directory as it is now."""
    return {
        "loaded": [str(uid) for uid in loaded],
        "removed": [str(uid) for uid in removed],
        "state": store.digest_of(store.entities(connection)),
    }
