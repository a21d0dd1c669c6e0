"""What notices return to faces. Frozen values, no sessions; times are aware UTC datetimes; texts are data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Something that people should hear of.

    ``subject``: the id or digest to open; ``about``: names beside it. ``state``: ``waiting``, ``delivered`` (every
    channel has it) or ``unheard`` (there was no channel yet when it was queued). ``failure``: why the last attempt did
    not reach every channel.
    """

    id: int
    kind: str
    subject: str
    about: Mapping[str, Any]
    created_at: datetime
    state: Literal["waiting", "delivered", "unheard"]
    attempts: int
    delivered_at: datetime | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ChannelView:
    """Where notices go. ``shown``: scheme and host, or the program's name; the rest may be secret and is not shown.

    ``signed``: whether a webhook's posts carry a signature. ``problem``: why it cannot be used here, empty if it can.
    """

    id: str
    kind: Literal["webhook", "command"]
    shown: str
    signed: bool
    added_at: datetime
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FailureView:
    """A channel that a notice did not reach; ``code`` as in :class:`~workbench.service.delivery.DeliveryError`."""

    channel: str
    shown: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one round of delivering did. ``delivered``: notices that every channel has now; ``waiting``: those left."""

    delivered: int
    waiting: int
    failures: tuple[FailureView, ...] = ()
