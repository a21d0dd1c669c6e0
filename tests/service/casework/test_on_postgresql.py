"""Cases once more, on a workspace whose record is on a real PostgreSQL server: what asks the database most of itself.

What is imported here is collected here, with this module's ``desk``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.casework.swarm import Desk, make
from tests.service.casework.test_life import (
    test_a_case_is_found_by_the_beginning_of_its_id_where_that_is_unique,
    test_a_new_version_with_another_procedure_voids_open_and_granted_cases,
    test_an_erased_request_voids_what_stands_and_leaves_the_record_whole,
    test_approved_and_used_once,
    test_both_procedures_are_needed_and_both_grants_are_used,
    test_escalated_twice_by_timeouts,
    test_ids_that_name_nothing,
    test_the_list_puts_the_most_urgent_first,
)
from tests.service.casework.test_races import (
    test_a_process_killed_between_quorum_and_release_leaves_the_grant,
    test_many_processes_use_one_grant_once,
    test_many_threads_use_one_grant_once,
)
from tests.store.server import Server
from workbench.service.clock import FrozenClock

__all__ = [
    "test_a_case_is_found_by_the_beginning_of_its_id_where_that_is_unique",
    "test_a_new_version_with_another_procedure_voids_open_and_granted_cases",
    "test_a_process_killed_between_quorum_and_release_leaves_the_grant",
    "test_an_erased_request_voids_what_stands_and_leaves_the_record_whole",
    "test_approved_and_used_once",
    "test_both_procedures_are_needed_and_both_grants_are_used",
    "test_escalated_twice_by_timeouts",
    "test_ids_that_name_nothing",
    "test_many_processes_use_one_grant_once",
    "test_many_threads_use_one_grant_once",
    "test_the_list_puts_the_most_urgent_first",
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.remove()


@pytest.fixture
def desk(config: Path, server: Server, tmp_path: Path, clock: FrozenClock) -> Iterator[Desk]:
    name = server.new_database()
    make(tmp_path / "demo", clock, swarm=f"swarm-{name}", database=server.url(name))
    opened = Desk.open(tmp_path / "demo", clock)
    yield opened
    opened.workspace.close()
    server.drop(name)
