"""``[@file_<hash12>]``: the key under which an answer cites a file of its repository.

Imports the standard library and this folder; reads no file. The rule is normcore's citation contract: 12 hex digits of
the SHA-256 of the path relative to the repository, without a leading ``./``, with ``/`` between folders. Only paths
are hashed, never contents: the key says *which* file, not what was in it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from hashlib import sha256

from workbench.speech.transcripts.transcript import TranscriptError

_DRIVE = re.compile(r"[A-Za-z]:(?=/|$)")
_NAMED = re.compile(
    r"(?:Dockerfile|Makefile|GNUmakefile|Containerfile|Jenkinsfile|Procfile|Rakefile|Gemfile|Vagrantfile|Justfile"
    r"|README|LICENSE|LICENCE|COPYING|NOTICE|AUTHORS|CHANGELOG|CONTRIBUTING|CODEOWNERS|VERSION|TODO)"
)
_FILE = re.compile(r"[\w@+.,~-]*\.[A-Za-z][A-Za-z0-9_]{0,15}")
_SHELL = re.compile(r"(?:.*/)?(?:ba|z|da|k)?sh(?:\.exe)?")
_MOST_CHARS = 1000  # of a command; what follows is a here-document or data


def normal_path(path: str, root: str | None = None) -> str:
    """``path`` as it is hashed: relative to ``root``, ``/`` between folders, no ``.``, no ``..``.

    A path that is relative already is taken as relative to the root. Raises :class:`TranscriptError`:
    ``not_a_path`` (empty, or the root itself), ``outside_root``.
    """
    if not path.strip() or "\0" in path:
        raise TranscriptError("not_a_path", f"`{path}` is no path of a file", "name a file inside the repository")
    drive, parts = _split(path)
    if drive is not None:
        if root is None:
            raise TranscriptError(
                "outside_root",
                f"`{path}` is absolute, and it is not said where the repository is",
                "name the repository's folder with `--root`, or the path relative to it",
            )
        root_drive, root_parts = _split(root)
        base = _resolved(root_parts)
        found = _resolved(parts)
        if base is None or found is None or root_drive != drive or found[: len(base)] != base:
            raise _outside(path, root)
        parts = found[len(base) :]
    inside = _resolved(parts)
    if inside is None:
        raise _outside(path, root)
    if not inside:
        raise TranscriptError("not_a_path", f"`{path}` is the repository itself", "name a file inside it")
    return "/".join(inside)


def file_key(path: str, root: str | None = None) -> str:
    """The citation key of a file: ``file_`` and 12 hex digits. Raises as :func:`normal_path`.

    >>> file_key("./README.md") == file_key("README.md") == "file_b33563055168"
    True
    """
    return "file_" + sha256(normal_path(path, root).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def citation(key: str) -> str:
    """How a text cites ``key``."""
    return f"[@{key}]"


def key_of_command(command: str, root: str | None = None, folder: str | None = None) -> str | None:
    """The key of the first token of a shell command that looks like a file of the repository, or ``None``.

    ``folder``: where the command ran, for relative paths; the root where it is not known.
    """
    for token in _tokens(command):
        path = _file_in(token)
        if path is None:
            continue
        if folder is not None and root is not None and _split(path)[0] is None:
            path = f"{folder}/{path}"
        try:
            return file_key(path, root)
        except TranscriptError:
            continue  # somewhere else on the machine: no file of this repository
    return None


def _split(path: str) -> tuple[str | None, list[str]]:
    """The drive of an absolute path (``""`` on POSIX; ``None`` for a relative path), and the steps."""
    plain = path.replace("\\", "/")
    drive = _DRIVE.match(plain)
    if drive:
        return drive[0].upper(), plain[drive.end() :].split("/")
    return ("" if plain.startswith("/") else None), plain.split("/")


def _resolved(parts: list[str]) -> list[str] | None:
    """The steps without ``.`` and ``..``, or ``None`` where they lead out."""
    found: list[str] = []
    for part in parts:
        if part == "..":
            if not found:
                return None
            found.pop()
        elif part not in ("", "."):
            found.append(part)
    return found


def _outside(path: str, root: str | None) -> TranscriptError:
    where = f"`{root}`" if root is not None else "the repository"
    return TranscriptError("outside_root", f"`{path}` is not inside {where}", "only files of the repository have keys")


def _tokens(command: str) -> Iterator[str]:
    """The words of a command, those inside ``bash -lc '…'`` included; targets of redirections are left out."""
    words = _words(command[:_MOST_CHARS])
    if len(words) >= 3 and _SHELL.fullmatch(words[0]) and re.fullmatch(r"-[a-z]*c", words[1]):
        words = _words(words[2])
    written = False
    for word in words:
        if not written:
            yield word
        written = word in (">", ">>", ">|", "&>", "&>>")


def _words(text: str) -> list[str]:
    try:
        lexer = shlex.shlex(text, posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        lexer.commenters = ""
        return list(lexer)
    except ValueError:  # an open quote: cut short, or not for a POSIX shell
        return text.split()


def _file_in(token: str) -> str | None:
    """The path that a word names, or ``None``: options, addresses, patterns and numbers are no files."""
    if "://" in token or token.startswith(("-", "$", "http:")) or any(char in token for char in "*?{}[]`\n\"'"):
        return None
    path = token.split("::", 1)[0]  # a test's name behind its file
    path = re.sub(r"(?::\d+)+$", "", path)  # a place in a file
    if ":" in path and not _DRIVE.match(path.replace("\\", "/")):
        path = path.rsplit(":", 1)[1]  # `git show HEAD:README.md`
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    if not name or name in (".", ".."):
        return None
    if _NAMED.fullmatch(name) or _FILE.fullmatch(name):
        return path
    return None
