"""Overlays once more, on a workspace whose record is on a PostgreSQL server: those tests that open no SQLite file."""

from __future__ import annotations

import pytest

from tests.service.test_overlays import (
    test_a_brake_adds_forbids_and_takes_permits_away,
    test_a_norm_acts_on_the_next_action_until_it_is_repealed,
    test_a_stop_from_placing_to_lifting,
    test_a_stop_voids_the_grants_of_what_it_stops,
    test_an_operator_brakes_once_and_then_with_another,
    test_another_process_obeys_at_once,
    test_nobody_is_kept_from_amending_by_stops_and_brakes,
    test_ten_processes_brake_at_once_and_one_has_it,
    test_two_people_sign_one_after_the_other,
)

__all__ = [
    "test_a_brake_adds_forbids_and_takes_permits_away",
    "test_a_norm_acts_on_the_next_action_until_it_is_repealed",
    "test_a_stop_from_placing_to_lifting",
    "test_a_stop_voids_the_grants_of_what_it_stops",
    "test_an_operator_brakes_once_and_then_with_another",
    "test_another_process_obeys_at_once",
    "test_nobody_is_kept_from_amending_by_stops_and_brakes",
    "test_ten_processes_brake_at_once_and_one_has_it",
    "test_two_people_sign_one_after_the_other",
]


@pytest.fixture
def kind() -> str:
    return "postgresql"
