"""Any text goes in and comes out the same, on both databases, and finds its own row again."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.store.database import Database
from workbench.store.directory import (
    entities,
    fact_rows,
    remove_entities,
    replace_entities,
    set_fact,
    set_setting,
    setting,
)
from workbench.store.words import restored, storable

MARK = "\U0010ffff"
ODD = st.sampled_from(
    ["\0", "\ud800", "\udfff", "\udcff", MARK, f"{MARK}000000", f"{MARK}10ffff", "0", "d800", "ä", "𝄞"]
)
# every code point, halves of surrogate pairs among them, and often those that need care
WORDS = st.lists(st.text(st.characters(categories=None), max_size=4) | ODD, max_size=6).map("".join)


@given(WORDS)
def test_what_is_stored_can_be_stored_and_is_restored(text: str) -> None:
    written = storable(text)
    assert "\0" not in written
    written.encode()  # raises for half of a pair
    assert restored(written) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=f"\0{MARK}")))
def test_ordinary_text_is_stored_as_it_is(text: str) -> None:
    assert storable(text) == text


def test_text_that_an_older_file_holds_is_read_as_it_stands() -> None:
    """Before this type, SQLite took U+0000 as it was, and nobody wrote the mark."""
    assert restored("a\0b") == "a\0b"
    assert restored(f"{MARK}not six digits") == f"{MARK}not six digits"
    assert restored(f"{MARK}ffffff") == MARK  # beyond Unicode: never written, and no reason to fail


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=WORDS, other=WORDS, value=WORDS)
def test_any_text_in_every_column_of_people(database: Database, key: str, other: str, value: str) -> None:
    """Bytes of a command line that are no UTF-8 arrive as halves of pairs; both databases would refuse them."""
    with database.write() as connection:
        set_setting(connection, key, value)
        set_fact(connection, key, other, value)
        for written in (value, value + "!"):
            replace_entities(connection, [(key, other, written)])
    with database.read() as connection:
        assert setting(connection, key) == value
        assert fact_rows(connection) == [(key, other, value)]
        assert entities(connection) == [(key, other, value + "!")]
    with database.write() as connection:
        remove_entities(connection, [(key, other)])
        for table in ("settings", "facts"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    with database.read() as connection:
        assert entities(connection) == []
