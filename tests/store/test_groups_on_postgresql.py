"""Groups once more, on a workspace whose record is on a PostgreSQL server."""

from __future__ import annotations

import pytest

from tests.service.test_groups import (
    test_a_group_that_grows_tenfold_comes_back,
    test_a_long_record_is_counted_from_its_newest_end,
    test_an_acknowledgement_is_seen_by_every_process,
    test_names_of_agents_are_data,
    test_no_notice_goes_out_for_what_is_acknowledged_until_it_grows,
    test_the_board_of_a_recorded_day_is_a_plain_count_of_its_decisions,
    test_windows_let_go_of_what_is_old,
)

__all__ = [
    "test_a_group_that_grows_tenfold_comes_back",
    "test_a_long_record_is_counted_from_its_newest_end",
    "test_an_acknowledgement_is_seen_by_every_process",
    "test_names_of_agents_are_data",
    "test_no_notice_goes_out_for_what_is_acknowledged_until_it_grows",
    "test_the_board_of_a_recorded_day_is_a_plain_count_of_its_decisions",
    "test_windows_let_go_of_what_is_old",
]


@pytest.fixture
def kind() -> str:
    return "postgresql"
