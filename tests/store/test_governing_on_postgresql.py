"""Timeline, clocks and invariants once more, on a workspace whose record is on a PostgreSQL server."""

from __future__ import annotations

import pytest

from tests.service.test_clock import *  # noqa: F403
from tests.service.test_invariants import test_nobody_waits_for_a_proof, test_nothing_is_proved_twice  # noqa: F401
from tests.service.test_invariants_draft import *  # noqa: F403
from tests.service.test_timeline import *  # noqa: F403


@pytest.fixture
def kind() -> str:
    return "postgresql"
