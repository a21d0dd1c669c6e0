"""Timeline, clocks, notices, credentials, invariants once more, on a workspace whose record is on a PostgreSQL server.

Left out are those tests that open the SQLite file themselves.
"""

from __future__ import annotations

import pytest

from tests.service.test_clock import *  # noqa: F403
from tests.service.test_credentials import *  # noqa: F403
from tests.service.test_invariants import test_nobody_waits_for_a_proof, test_nothing_is_proved_twice  # noqa: F401
from tests.service.test_invariants_draft import *  # noqa: F403
from tests.service.test_notices import *  # noqa: F403
from tests.service.test_timeline import *  # noqa: F403

for name in (
    "test_neither_file_nor_ledger_nor_error_has_the_token",
    "test_a_digest_that_only_begins_alike_proves_nobody",
    "test_every_change_is_in_the_ledger",
    "test_who_writes_the_database_alone_makes_nothing_run",
):
    del globals()[name]


@pytest.fixture
def kind() -> str:
    return "postgresql"
