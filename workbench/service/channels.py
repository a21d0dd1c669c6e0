"""Where notices go: webhooks and commands. Their addresses lie beside the store, in a file that only the user may read.

An address may be a secret (chat services put one into the path), so the store and the ledger hold only what may be
shown; ``notice-channels.json`` (mode 0600) in the workspace's folder holds the rest. Who can write the database alone
can therefore not make this program run a command or post anywhere.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection

from workbench.service.clock import moment
from workbench.service.delivery import Command, Target, Webhook, checked_command, checked_url, shown_command, shown_url
from workbench.service.errors import WorkbenchError
from workbench.service.files import write_atomically
from workbench.service.notice_views import ChannelView
from workbench.service.session import Session
from workbench.store import notices as store
from workbench.store.directory import set_setting, setting
from workbench.store.ledger import append, read_head

ADDRESSES = "notice-channels.json"
MAX_CHANNELS = 20
MAX_SECRET = 1024
_SETTING = "notice_channels"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel as the store has it, with its ``target`` where this machine knows it.

    It gets the notices with an id above ``after``: those queued since it was added. ``added_at`` in µs.
    """

    id: str
    kind: Literal["webhook", "command"]
    shown: str
    after: int
    added_at: int
    target: Target | None = None


class Channels:
    """The channels of one workspace."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> tuple[Channel, ...]:
        """Every channel, in the order of adding. One small read where there is none."""
        with self._session.read() as connection:
            stored = _stored(connection)
        if not stored:
            return ()
        addresses = self._addresses()
        return tuple(replace(channel, target=_target(addresses.get(channel.id))) for channel in stored)

    def views(self) -> tuple[ChannelView, ...]:
        """The channels as faces show them."""
        return tuple(_view(channel) for channel in self.all())

    def add_webhook(self, url: str, secret: str = "") -> ChannelView:
        """Post notices to ``url``; with a ``secret``, signed.

        Raises :class:`WorkbenchError`: ``bad_url``, ``bad_secret``, ``channel_exists``, ``too_many_channels``.
        """
        if len(secret) > MAX_SECRET or any(not char.isprintable() for char in secret):
            raise WorkbenchError(
                "the secret cannot be used",
                f"it is longer than {MAX_SECRET} characters, or has characters that cannot be seen",
                "use a line of plain text",
                "bad_secret",
            )
        address = {"url": checked_url(url)} | ({"secret": secret} if secret else {})
        return self._add("webhook", shown_url(url), address)

    def add_command(self, argv: Sequence[str]) -> ChannelView:
        """Run a program for each notice, which it reads as JSON from its standard input.

        Raises :class:`WorkbenchError`: ``bad_command``, ``no_command``, ``channel_exists``, ``too_many_channels``.
        """
        checked = checked_command(argv)
        return self._add("command", shown_command(checked), {"argv": list(checked)})

    def remove(self, id: str) -> ChannelView:
        """Send nothing more to a channel. Raises :class:`WorkbenchError` (``unknown_channel``)."""
        with self._session.write() as connection:
            stored = _stored(connection)
            found = next((channel for channel in stored if channel.id == id), None)
            if found is None:
                raise WorkbenchError(
                    "no such channel", f"there is none with the id `{id}`", "`workbench notices channels` lists them",
                    "unknown_channel",
                )  # fmt: skip
            addresses = self._addresses()
            view = _view(replace(found, target=_target(addresses.pop(id, None))))
            self._save(connection, [channel for channel in stored if channel.id != id], addresses)
            self._record(connection, found, "removed")
        return view

    def _add(self, kind: Literal["webhook", "command"], shown: str, address: Mapping[str, Any]) -> ChannelView:
        with self._session.write() as connection:
            stored = _stored(connection)
            addresses = self._addresses()
            if len(stored) >= MAX_CHANNELS:
                raise WorkbenchError(
                    "too many channels",
                    f"there are {len(stored)} already",
                    "remove one with `workbench notices remove`",
                    "too_many_channels",
                )
            for channel in stored:
                if _same(addresses.get(channel.id), address):
                    raise WorkbenchError(
                        "there is such a channel",
                        f"`{channel.id}` goes there already",
                        "remove it first to change its secret",
                        "channel_exists",
                    )
            new = Channel(
                f"{kind}-{secrets.token_hex(3)}",
                kind,
                shown,
                store.newest(connection),
                self._session.now(read_head(connection)),
                _target(address),
            )
            self._save(connection, [*stored, new], {**addresses, new.id: address})
            self._record(connection, new, "added")
        return _view(new)

    def _record(self, connection: Connection, channel: Channel, event: str) -> None:
        head = read_head(connection)
        body = {"event": event, "id": channel.id, "kind": channel.kind, "shown": channel.shown}
        append(connection, head, kind="notice_channel", at=self._session.now(head), body=body)

    def _save(self, connection: Connection, channels: Sequence[Channel], addresses: Mapping[str, Any]) -> None:
        """Both halves, under the lock of the write transaction. The file first: a crash leaves it with one too many."""
        kept = {channel.id: addresses[channel.id] for channel in channels if channel.id in addresses}
        data = json.dumps(kept, indent=1).encode()
        write_atomically(self._path, data, mode=0o600)
        rows = [{name: value for name, value in asdict(channel).items() if name != "target"} for channel in channels]
        set_setting(connection, _SETTING, json.dumps(rows))

    @property
    def _path(self) -> Path:
        return self._session.location / ADDRESSES

    def _addresses(self) -> dict[str, Any]:
        """What the file holds; nothing where it is gone or damaged, which the channels then say."""
        with suppress(OSError, ValueError, RecursionError):
            loaded = json.loads(self._path.read_bytes())
            if isinstance(loaded, dict):
                return loaded
        return {}


def _stored(connection: Connection) -> list[Channel]:
    try:
        return [Channel(**row) for row in json.loads(setting(connection, _SETTING, "[]"))]
    except (ValueError, TypeError):
        raise WorkbenchError(
            "the workspace is damaged", f"the setting `{_SETTING}` cannot be read", "restore it from a backup",
            "store_corrupt",
        ) from None  # fmt: skip


def _target(address: Any) -> Target | None:
    """The target that an entry of the file describes; ``None`` for what is none."""
    match address:
        case {"url": str(url)}:
            with suppress(WorkbenchError):
                return Webhook(checked_url(url), str(address.get("secret", "")))
        case {"argv": [str(), *_] as argv} if all(isinstance(part, str) for part in argv):
            return Command(tuple(argv))
    return None


def _same(known: Any, address: Mapping[str, Any]) -> bool:
    where = ("url", "argv")
    return isinstance(known, dict) and [known.get(name) for name in where] == [address.get(name) for name in where]


def _view(channel: Channel) -> ChannelView:
    return ChannelView(
        channel.id,
        channel.kind,
        channel.shown,
        isinstance(channel.target, Webhook) and bool(channel.target.secret),
        moment(channel.added_at),
        "" if channel.target is not None else f"`{ADDRESSES}` does not have its address: remove it and add it again",
    )
