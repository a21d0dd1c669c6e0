"""``[@file_<hash12>]``: one key a file, however its path is written; nothing outside the repository has one."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.speech.transcripts import TranscriptError, citation, file_key, normal_path
from workbench.speech.transcripts.file_keys import key_of_command

NAME = st.text(
    st.characters(blacklist_characters="/\\\0", blacklist_categories=("Cs",)), min_size=1, max_size=8
).filter(lambda name: name.strip() and name not in (".", "..") and not (len(name) == 2 and name[1] == ":"))


def test_the_key_is_that_of_the_citation_contract() -> None:
    """The first 12 hex digits of the SHA-256 of the relative path; the figure was computed with sha256sum."""
    assert file_key("README.md") == "file_b33563055168"
    assert citation(file_key("README.md")) == "[@file_b33563055168]"


@pytest.mark.parametrize(
    ("path", "root", "normal"),
    [
        ("./src/a.py", None, "src/a.py"),
        ("././src//a.py", None, "src/a.py"),
        ("src\\sub\\a.py", None, "src/sub/a.py"),
        ("src/sub/../a.py", None, "src/a.py"),
        ("/srv/shop/src/a.py", "/srv/shop", "src/a.py"),
        ("/srv/shop/src/a.py", "/srv/./shop/", "src/a.py"),
        ("C:\\shop\\a.py", "c:/shop", "a.py"),
        (".gitignore", None, ".gitignore"),
        ("...", None, "..."),
    ],
)
def test_paths_are_hashed_in_one_form(path: str, root: str | None, normal: str) -> None:
    assert normal_path(path, root) == normal
    assert file_key(path, root) == "file_" + sha256(normal.encode()).hexdigest()[:12]


@pytest.mark.parametrize(
    ("path", "root", "code"),
    [
        ("../a.py", None, "outside_root"),
        ("src/../../a.py", None, "outside_root"),
        ("/etc/passwd", "/srv/shop", "outside_root"),
        ("/srv/shop2/a.py", "/srv/shop", "outside_root"),
        ("/srv/shop/../x.py", "/srv/shop", "outside_root"),
        ("D:/shop/a.py", "C:/shop", "outside_root"),
        ("/etc/passwd", None, "outside_root"),
        ("", None, "not_a_path"),
        ("  ", None, "not_a_path"),
        (".", None, "not_a_path"),
        ("/srv/shop", "/srv/shop", "not_a_path"),
        ("a\0b", None, "not_a_path"),
    ],
)
def test_what_is_no_file_of_the_repository_has_no_key(path: str, root: str | None, code: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        file_key(path, root)
    assert caught.value.code == code
    assert caught.value.help


@given(st.lists(NAME, min_size=1, max_size=5), st.lists(NAME, max_size=3))
def test_every_way_to_write_a_path_gives_the_same_key(steps: list[str], root: list[str]) -> None:
    path = "/".join(steps)
    folder = "/" + "/".join(root)
    noisy = "./" + "/./".join([*steps[:-1], "x", "..", steps[-1]])
    assert normal_path(path) == path
    assert normal_path(normal_path(noisy)) == path, "normal paths stay as they are"
    assert len({file_key(path), file_key(noisy), file_key(f"{folder}/{path}", folder)}) == 1


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("cat README.md", "README.md"),
        ("bash -lc \"sed -n '1,200p' src/app/main.py\"", "src/app/main.py"),
        ("/bin/zsh -lc 'rg -n foo ./docs/a.md | head'", "docs/a.md"),
        ("nl -ba pyproject.toml && cat setup.cfg", "pyproject.toml"),
        ("git show HEAD:src/a.py", "src/a.py"),
        ("pytest tests/test_a.py::test_b -q", "tests/test_a.py"),
        ("sed -n 3p a.py:10", "a.py"),
        ("cat Makefile", "Makefile"),
        ("cat .env.example", ".env.example"),
        ("echo hi > out.txt", None),
        ("echo hi > out.txt; cat in.txt", "in.txt"),
        ("curl https://a.example/x.json", None),
        ("ls -la", None),
        ("python3.11 -c 'import os.path'", None),
        ("cat /etc/hosts.conf", None),
        ("cat ../secret.txt", None),
        ("cat 'unfinished README.md", "README.md"),
        ("find . -name '*.py'", None),
        ("", None),
    ],
)
def test_a_command_is_known_by_the_first_file_it_names(command: str, path: str | None) -> None:
    assert key_of_command(command) == (None if path is None else file_key(path))


def test_a_command_is_read_from_where_it_ran() -> None:
    assert key_of_command("cat a.py", "/srv", "/srv/src") == file_key("src/a.py")
    assert key_of_command("cat /srv/src/a.py", "/srv") == file_key("src/a.py")
    assert key_of_command("cat ../../etc/a.conf b.py", "/srv", "/srv") == file_key("b.py")


def test_a_command_with_a_megabyte_behind_it_costs_nothing_more() -> None:
    assert key_of_command("cat a.py <<EOF\n" + "word " * 200_000) == file_key("a.py")
