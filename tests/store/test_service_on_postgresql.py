"""The service's own tests once more, on a workspace whose record is on a PostgreSQL server.

What is imported here is collected here, with this folder's fixtures: ``place`` and ``workspace`` are on the server.
Left out are those that open or copy the SQLite file; ``test_workspace`` has their like for both databases.
"""

from __future__ import annotations

import pytest

from tests.service.test_amending import *  # noqa: F403
from tests.service.test_asked import test_for_a_list_no_request_is_read_that_is_very_long  # noqa: F401
from tests.service.test_deciding import *  # noqa: F403
from tests.service.test_drafting import *  # noqa: F403

for name in (
    "test_a_vote_travels_as_a_file",  # makes a second workspace by copying the file
    "test_a_version_changed_in_the_store_denies_everything",
    "test_the_audit_sees_a_changed_column_a_changed_payload_and_a_dropped_entry",
):
    del globals()[name]


@pytest.fixture
def kind() -> str:
    return "postgresql"
