"""What other tests have left in this worker is set aside before a file of benchmarks.

Collections of garbage are a part of what is measured; a million objects of others, looked through each time, are not.
"""

from __future__ import annotations

import gc

import pytest


@pytest.fixture(autouse=True, scope="module")
def set_aside() -> None:
    gc.collect()
    gc.freeze()
