"""Notices: an outbox of what people should hear of, delivered at least once, in no certain order.

What is posted (or given to a command as its standard input) is a CloudEvents 1.0 event in JSON::

    {"specversion": "1.0", "id": "<32 hex digits>", "source": "urn:concord:swarm:<swarm id>",
     "type": "concord.notice.<kind>", "subject": "<id or digest>", "time": "2026-03-02T09:00:00Z",
     "datacontenttype": "application/json", "data": {"swarm": …, "kind": …, "open": "<screen>", …}}

``kind`` is ``case``, ``proposal``, ``overdue``, ``stop``, ``brake``, ``storm``, ``sealed`` or ``test``; ``data`` has
only names beside it, never what was asked or answered: whoever may see that opens the workspace (``open`` names the
screen). ``id``, also sent as ``Idempotency-Key``, is the same whenever the same notice is sent, from whatever process:
a receiver drops what it has seen. With a secret, ``X-Concord-Signature: sha256=<hex>`` is HMAC-SHA256 over the bytes
of the body.

A notice is claimed in a transaction, sent outside of any, and then marked. A process that dies in between lets the
claim lapse, and the notice is sent again. What fails is tried again after 5 seconds, 10, 20 … at most an hour, for as
long as the channel stands.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from workbench.governance.times import format_time
from workbench.service.channels import Channel, Channels
from workbench.service.clock import micros, moment
from workbench.service.delivery import TIMEOUT, DeliveryError, send
from workbench.service.notice_views import ChannelView, DeliveryReport, FailureView, NoticeView
from workbench.service.session import Session
from workbench.store import notices as store
from workbench.store.notices import LONGEST_WAIT, StoredNotice

SCREENS = {"case": "cases", "proposal": "sign", "overdue": "sign", "stop": "live", "brake": "live", "storm": "live"}
_FIRST_WAIT = 5_000_000  # µs; doubled with every attempt
_SLACK = 30  # seconds that a claim outlasts what sending may take


class Notices:
    """The use cases of ``workbench notices``. Others queue notices with ``store.notices.queue``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._channels = Channels(session)

    def list(self, limit: int = 50, *, waiting_only: bool = False) -> tuple[NoticeView, ...]:
        """Notices, newest first."""
        with self._session.read() as connection:
            return tuple(_view(notice) for notice in store.listing(connection, limit, waiting_only=waiting_only))

    def channels(self) -> tuple[ChannelView, ...]:
        """Where notices go."""
        return self._channels.views()

    def add_webhook(self, url: str, secret: str = "") -> ChannelView:
        """Post notices to ``url`` from now on. Raises :class:`WorkbenchError` (see :class:`Channels`)."""
        return self._channels.add_webhook(url, secret)

    def add_command(self, argv: Sequence[str]) -> ChannelView:
        """Run a program for each notice from now on. Raises :class:`WorkbenchError` (see :class:`Channels`)."""
        return self._channels.add_command(argv)

    def remove_channel(self, id: str) -> ChannelView:
        """Send nothing more to a channel. Raises :class:`WorkbenchError` (``unknown_channel``)."""
        return self._channels.remove(id)

    def test(self) -> DeliveryReport:
        """Send one notice of kind ``test`` to every channel now; it is not kept, and not tried again."""
        channels = self._channels.all()
        key = secrets.token_hex(16)
        body = self._event(key, "test", "test", micros(self._session.clock.now()), {})
        failed = [failure for channel in channels if (failure := _attempt(channel, body, key)) is not None]
        with self._session.read() as connection:
            left = store.waiting(connection)
        return DeliveryReport(len(channels) - len(failed), left, tuple(_shown(*each) for each in failed))

    def deliver(self, limit: int = 50) -> DeliveryReport:
        """Send at most ``limit`` notices that are due. Safe to call from several threads and processes at once.

        A channel that turns out to be down is not tried again in the same round. Raises :class:`WorkbenchError` only
        for the store; a notice in hand is then sent again later.
        """
        channels = self._channels.all()
        delivered, failures, down = 0, list[FailureView](), dict[str, DeliveryError]()
        with self._session.read() as connection:
            due = store.due(connection, self._wall(), limit) if channels else []
        for id_ in due:
            notice = self._claim(id_, len(channels))
            if notice is None:
                continue
            reached, failed = self._send(notice, channels, down)
            self._mark(notice, reached, failed)
            failures += [_shown(*each) for each in failed]
            delivered += bool(reached) and not failed
        with self._session.read() as connection:
            return DeliveryReport(delivered, store.waiting(connection), tuple(failures))

    def _wall(self) -> int:
        """When to try again goes by the wall clock: it decides nothing, and must not stand still with trusted time."""
        return micros(self._session.clock.now())

    def _claim(self, id: int, channels: int) -> StoredNotice | None:
        now = self._wall()
        until = now + int((TIMEOUT * channels + _SLACK) * 1_000_000)
        with self._session.write() as connection:
            return store.claim(connection, id, now, until)

    def _send(
        self, notice: StoredNotice, channels: Sequence[Channel], down: dict[str, DeliveryError]
    ) -> tuple[tuple[str, ...], tuple[tuple[Channel, DeliveryError], ...]]:
        """The channels that took it, and those that did not."""
        key = hashlib.sha256(f"{self._session.swarm_id}|{notice.dedupe}".encode()).hexdigest()[:32]
        body = self._event(key, notice.kind, notice.subject, notice.created_at, notice.about)
        reached: list[str] = []
        failed: list[tuple[Channel, DeliveryError]] = []
        for channel in channels:
            if channel.id in notice.done or notice.id <= channel.after:
                continue
            if channel.id in down:
                failed.append((channel, down[channel.id]))
                continue
            failure = _attempt(channel, body, key)
            if failure is None:
                reached.append(channel.id)
                continue
            failed.append(failure)
            if failure[1].down:
                down[channel.id] = failure[1]
        return tuple(reached), tuple(failed)

    def _mark(
        self, notice: StoredNotice, reached: tuple[str, ...], failed: Sequence[tuple[Channel, DeliveryError]]
    ) -> None:
        now = self._wall()
        with self._session.write() as connection:
            if not failed:
                store.finish(connection, notice, at=now, done=reached)
                return
            wait = min(_FIRST_WAIT * 2 ** min(notice.attempts, 20), LONGEST_WAIT)
            channel, error = failed[-1]
            store.put_back(
                connection,
                notice,
                attempts=notice.attempts + 1,
                next_at=now + wait,
                done=reached,
                failure={"channel": channel.id, "code": error.code, "message": error.message},
            )

    def _event(self, id: str, kind: str, subject: str, at: int, about: Mapping[str, Any]) -> bytes:
        swarm = self._session.swarm_id
        event = {
            "specversion": "1.0",
            "id": id,
            "source": f"urn:concord:swarm:{swarm}",
            "type": f"concord.notice.{kind}",
            "subject": subject,
            "time": format_time(moment(at // 1000 * 1000)),
            "datacontenttype": "application/json",
            "data": {**about, "swarm": swarm, "kind": kind, "open": SCREENS.get(kind, "overview")},
        }
        return json.dumps(event, separators=(",", ":")).encode()


def _attempt(channel: Channel, body: bytes, key: str) -> tuple[Channel, DeliveryError] | None:
    try:
        if channel.target is None:
            raise DeliveryError("no_address", "its address is not on this machine; remove it and add it again")
        send(channel.target, body, key)
    except DeliveryError as error:
        return channel, error
    return None


def _shown(channel: Channel, error: DeliveryError) -> FailureView:
    return FailureView(channel.id, channel.shown, error.code, error.message)


def _view(notice: StoredNotice) -> NoticeView:
    state: Literal["waiting", "delivered", "unheard"] = "waiting"
    if notice.delivered_at is not None:
        state = "delivered" if notice.done else "unheard"
    failure = notice.failure
    return NoticeView(
        id=notice.id,
        kind=notice.kind,
        subject=notice.subject,
        about=notice.about,
        created_at=moment(notice.created_at),
        state=state,
        attempts=notice.attempts,
        delivered_at=None if notice.delivered_at is None else moment(notice.delivered_at),
        failure=f"{failure['channel']}: {failure['message']} ({failure['code']})" if failure else "",
    )
