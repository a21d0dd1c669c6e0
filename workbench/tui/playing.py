"""What the interface asks of the player of recorded actions, and the paces it offers."""

from __future__ import annotations

from typing import Protocol

from workbench.tui.view.chrome import player_text

PACES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
"""Actions a second."""


class PlayerLike(Protocol):
    """The part of ``service.player.Player`` that is shown and steered. Every method returns at once."""

    @property
    def pace(self) -> float: ...
    @property
    def paused(self) -> bool: ...
    @property
    def finished(self) -> bool: ...
    @property
    def error(self) -> Exception | None: ...
    def start(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def rewind(self) -> None: ...
    def set_pace(self, actions_per_second: float) -> None: ...
    def stop(self) -> None: ...


def toggle(player: PlayerLike) -> None:
    """Pause or resume; begin again when everything was played."""
    if player.finished:
        player.rewind()
    elif player.paused:
        player.resume()
    else:
        player.pause()


def trouble(player: PlayerLike | None) -> Exception | None:
    """Why the player stopped by itself, if it did."""
    return player.error if player is not None and player.paused else None


def said_of(player: PlayerLike | None) -> str:
    """The player's state in words; empty where nothing is played."""
    if player is None:
        return ""
    failed = trouble(player) is not None
    return player_text(player.pace, paused=player.paused, finished=player.finished, failed=failed)


def next_pace(pace: float, steps: int) -> float:
    """The pace so many steps faster (slower where negative), from the step nearest to ``pace``."""
    nearest = min(range(len(PACES)), key=lambda index: abs(PACES[index] - pace))
    return PACES[min(max(nearest + steps, 0), len(PACES) - 1)]
