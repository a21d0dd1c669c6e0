"""Building very many small objects at once. Standard library only."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_BULK = 256


@contextmanager
def uncollected(count: int) -> Iterator[None]:
    """Holds the garbage collector back while trees of ``count`` rules are built: nothing of them is garbage.

    At 10,000 rules its passes over what was just built would take most of the time.
    """
    held = count >= _BULK and gc.isenabled()
    if held:
        gc.disable()
    try:
        yield
    finally:
        if held:
            gc.enable()
