"""A workspace on either database: made whole or not at all, tampering seen, secrets kept out of sight."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.service.conftest import Ask
from tests.store.server import Server
from workbench.cli.main import run
from workbench.service.clock import FrozenClock
from workbench.service.databases import holds_workspace, locate
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace


def failing(code: str) -> object:
    return pytest.raises(WorkbenchError, check=lambda error: error.code == code and bool(error.detail))


def tables(server: Server, name: str) -> list[str]:
    return [row[0] for row in server.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET outcome = 'deny' WHERE seq = :seq",
        "UPDATE payloads SET request = :bytes WHERE seq = :seq",
        "UPDATE ledger SET body = :bytes WHERE seq = :seq",
        "UPDATE ledger SET hash = prev WHERE seq = :seq",
        "DELETE FROM ledger WHERE seq = :seq",
        "DELETE FROM decisions WHERE seq = :seq",
    ],
)
def test_tampering_with_the_database_is_seen(workspace: Workspace, ask: Ask, statement: str) -> None:
    seqs = [ask().seq for _ in range(3)]
    assert workspace.verify().ok
    values = {"seq": seqs[1], "bytes": b"{}"}
    with workspace._session.write() as connection:
        connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    found = workspace.verify()
    assert not found.ok
    assert str(seqs[1]) in next(line.message for line in found.lines if not line.ok)


def test_a_version_changed_in_the_database_denies_everything(place: Path, clock: FrozenClock) -> None:
    from tests.service.conftest import CONTEXT, FACTS, ticket
    from workbench.engine.request import Request
    from workbench.service.views import Credential

    with Workspace.open(place, clock=clock) as workspace, workspace._session.write() as connection:
        connection.execute(
            text("UPDATE versions SET yaml = replace(yaml, 'refunds_today >= 50', 'refunds_today >= 99')")
        )
    with Workspace.open(place, clock=clock) as workspace:
        request = Request('Agent::"nora"', 'Action::"share_external"', 'Ticket::"T-1"', CONTEXT)
        answer = workspace.decide(request, credential=Credential('Agent::"nora"'), entities=[ticket()], facts=FACTS)
        assert (answer.decision.outcome, answer.decision.code) == ("deny", "evaluation_error")


def test_bytes_that_are_no_text_name_nothing_and_break_nothing(workspace: Workspace) -> None:
    """What a command line hands on for bytes that are no UTF-8, and U+0000, which PostgreSQL refuses."""
    for odd in ("\udcff", "a\0b", "\U0010ffff"):
        with failing("no_proposal"):
            workspace.proposal(odd)
        draft = workspace.draft()
        saved = workspace.save_draft(english=f"- {odd}", cedar_plus=f"// {odd}", revision=draft.revision)
        assert (workspace.draft().english, saved.cedar_plus) == (f"- {odd}", f"// {odd}")
    with failing("no_event"):
        workspace.event(10**30)
    assert workspace.events(-(10**30), 10**30) == ()


# ---- on a server alone -----------------------------------------------------------------------------------------------


def test_the_folder_names_its_database_and_holds_no_other(server: Server, config: Path, tmp_path: Path) -> None:
    name = server.new_database()
    place = tmp_path / "here"
    with Workspace.create(place, clock=FrozenClock(), database=server.url(name)) as workspace:
        assert workspace.verify().ok
    assert stat.S_IMODE((place / "database.url").stat().st_mode) == 0o600
    assert not (place / "workspace.db").exists()
    assert (place / "ledger.key").is_file()
    assert (place / "versions" / "1.0.0.yaml").is_file()
    assert holds_workspace(place)
    assert not isinstance(locate(place), Path)
    with failing("exists"):
        Workspace.create(tmp_path / "second", clock=FrozenClock(), database=server.url(name))
    assert not (tmp_path / "second").exists()
    with Workspace.open(place, clock=FrozenClock()) as workspace:
        assert workspace.verify().ok
    server.drop(name)


def test_a_database_set_back_on_the_server_is_sealed(
    server: Server, config: Path, tmp_path: Path, clock: FrozenClock
) -> None:
    """Restored from an older dump, while the folder's checkpoints know of more: everything is denied, visibly."""
    name, place = server.new_database(), tmp_path / "here"
    Workspace.create(place, clock=clock, database=server.url(name)).close()
    older = server.new_database(name)
    with Workspace.open(place, clock=clock) as workspace:
        draft = workspace.draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus + "\n// more\n", revision=draft.revision)
        workspace.propose("a comment", proposer='Operator::"ana"')
        workspace._uses.checkpointing.make()
        assert workspace.status().sealed == ""
    (place / "database.url").write_text(server.url(older))
    with Workspace.open(place, clock=clock) as workspace:
        assert workspace.status().sealed != ""
    for each in (name, older):
        server.drop(each)


@pytest.mark.parametrize("broken", ["save_pin", "os.rename", "_fill"])
def test_making_it_is_all_or_nothing_on_the_server_too(
    server: Server, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    name = server.new_database()
    monkeypatch.setattr(f"workbench.service.creating.{broken}", full)
    with failing("store_full"):
        Workspace.create(tmp_path / "new", clock=FrozenClock(), database=server.url(name))
    assert os.listdir(tmp_path) == []
    assert tables(server, name) == []
    server.drop(name)


def test_an_address_is_checked_before_anything_is_made(config: Path, tmp_path: Path) -> None:
    with failing("bad_database_url"):
        Workspace.create(tmp_path / "new", clock=FrozenClock(), database="mysql://u:geheim@h/x")
    assert os.listdir(tmp_path) == []


def test_an_address_that_was_damaged_is_told_without_being_shown(place: Path, kind: str) -> None:
    if kind == "sqlite":
        assert locate(place) == place / "workspace.db"
        return
    (place / "database.url").write_bytes(b"postgresql//u:geheim@h/\xff")
    with pytest.raises(WorkbenchError) as caught:
        Workspace.open(place)
    assert caught.value.code == "bad_database_url"
    assert "geheim" not in json.dumps(caught.value.to_dict())


def test_no_command_shows_the_password(
    server: Server, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = server.new_database()
    url = server.url(name).replace("postgres@", "postgres:geheim@")
    place = str(tmp_path / "here")
    said = ""
    for arguments in (
        ["new", place, "--profile", "demo", "--database", url],
        ["new", str(tmp_path / "again"), "--profile", "demo", "--database", url],
        ["-w", place, "status"],
        ["-w", place, "status", "--json"],
        ["new", str(tmp_path / "bad"), "--profile", "demo", "--database", url.replace("postgresql", "nosuchsql")],
        ["new", str(tmp_path / "bad"), "--profile", "demo", "--database", url.replace(name, "nowhere")],
    ):
        monkeypatch.setattr("sys.argv", ["workbench", *arguments])
        with pytest.raises(SystemExit):
            run()
        shown = capsys.readouterr()
        said += shown.out + shown.err
    assert "geheim" not in said
    assert f"localhost/{name}" in said
    assert "nosuchsql" in said
    server.drop(name)
