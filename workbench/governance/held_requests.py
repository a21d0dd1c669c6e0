"""Which request a case is about: the key under which it is found again, and what is kept of it.

Imports the engine. People approve what they see, and a ``where`` or a rule may read what the request itself said of a
resource that the directory does not know. So where it said something, that is part of the key: the same request with
another amount on its order is another case. So are the words of an agent, where it is judged by them: whoever approves
a message has not approved another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from workbench.engine.entities import Entities, EntityError
from workbench.engine.grants import case_key
from workbench.engine.request import Request, as_uid
from workbench.engine.speech_text import text_of
from workbench.engine.validate import SchemaRules, rules_for
from workbench.language.schema import Schema
from workbench.language.schema_speech import judges_speech


@dataclass(frozen=True, slots=True)
class HeldRequest:
    """A request as it was held, its context filled, and the entities that came with it (Cedar's JSON form)."""

    request: Request
    entities: tuple[Any, ...] = ()

    def to_json(self) -> str:
        """The text that is kept; :meth:`from_json` reads it."""
        kept = {"request": self.request.to_json(), "entities": list(self.entities)}
        return json.dumps(kept, separators=(",", ":"), default=_plain)

    @classmethod
    def from_json(cls, text: str) -> HeldRequest | None:
        """The request, or ``None`` where it was erased. Raises ``ValueError`` for a text that is none."""
        if not text:
            return None
        kept = json.loads(text)
        return cls(Request.from_json(kept["request"]), tuple(kept["entities"]))

    def world(self, directory: Entities) -> Entities:
        """The directory, and beside it what came with the request of what the directory does not know *now*."""
        with suppress(EntityError):
            return directory.with_added(self._unknown(directory))
        return directory

    def key(self, directory: Entities, schema: Schema) -> str:
        """64 hex digits: the engine's case key, joined with what the request said of unknown entities, if anything.

        Raises ``ValueError`` where the request does not fit the schema.
        """
        return self._key(self._unknown(directory), directory.rules, schema)

    def key_when_held(self, schema: Schema) -> str:
        """The key that it was held under, whatever the directory has learnt since: a request may say something of
        unknown entities only. ``schema``: of the version that held it. Raises as :meth:`key`.
        """
        return self._key(list(self.entities), rules_for(schema), schema)

    def _key(self, unknown: list[Any], rules: SchemaRules | None, schema: Schema) -> str:
        own, said = case_key(self.request, schema), self._said(schema)
        if not unknown and not said:
            return own
        rows = [_lasting(row, schema) for row in Entities.checked(unknown, rules).to_json()]
        text = json.dumps([own, rows, said] if said else [own, rows], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _said(self, schema: Schema) -> str:
        """The digest of what the request says, where the action is judged by that; else the empty string."""
        action = schema.actions.get((self.request.action.type, self.request.action.id))
        if action is None or self.request.speech is None or not judges_speech(action):
            return ""
        return hashlib.sha256(text_of(self.request.speech).encode("utf-8", "surrogatepass")).hexdigest()

    def _unknown(self, directory: Entities) -> list[Any]:
        return [row for row in self.entities if directory.find(as_uid(row["uid"])) is None]


def _lasting(row: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """An entity's JSON without the attributes that change between a request and its retry."""
    declared = schema.entity_types.get(row["uid"]["type"])
    attributes = {} if declared is None else declared.attributes
    passing = {name for name, attribute in attributes.items() if attribute.volatile or attribute.source == "meter"}
    return {**row, "attrs": {name: value for name, value in row["attrs"].items() if name not in passing}}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return list(value)
    raise TypeError(f"a {type(value).__name__} is no JSON")
