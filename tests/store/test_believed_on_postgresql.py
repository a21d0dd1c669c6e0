"""Credentials and notices once more, with the record on a PostgreSQL server: the same tests, this folder's fixtures.

Left out are those that open or search the SQLite file.
"""

from __future__ import annotations

import pytest

from tests.service.test_credentials import *  # noqa: F403
from tests.service.test_notices import *  # noqa: F403

for name in (
    "test_neither_file_nor_ledger_nor_error_has_the_token",
    "test_a_digest_that_only_begins_alike_proves_nobody",
    "test_every_change_is_in_the_ledger",
    "test_the_token_of_who_signs_here_is_in_the_ledger",
    "test_who_writes_the_database_alone_makes_nothing_run",
):
    del globals()[name]


@pytest.fixture
def kind() -> str:
    return "postgresql"
