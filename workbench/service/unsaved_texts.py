"""What is typed and not saved yet, on disk within a moment, so that a program that is killed loses nothing.

Each program that edits a workspace's draft has a file of its own in the folder ``unsaved`` there, under a lock of the
kernel's, which ends with the program however that ends: a file without its lock is an abandoned one. The next start
takes its text up. Uses files and the use cases of the draft; imports no store.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from workbench.governance.wording import text_of
from workbench.service.errors import WorkbenchError
from workbench.service.files import write_atomically

if TYPE_CHECKING:
    from workbench.service.drafting import Drafting
    from workbench.service.views import Draft

FOLDER = "unsaved"
FORMAT = 1
SIZE_LIMIT = 64 * 1024 * 1024  # bytes of one file; two texts of 8 MiB, escaped
PARTS = ("english", "cedar_plus", "invariants")
_LOCK, _TEXT = ".lock", ".json"

Outcome = Literal["nothing", "closed", "taken", "kept"]


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found of programs that ended without closing.

    ``nothing``: none did. ``closed``: one did, and all that was typed had been saved. ``taken``: its text is the draft
    now, as ``revision``. ``kept``: the draft was changed since, so its text is in the draft's history. ``at``: when
    the last of it was typed, where that is known.
    """

    outcome: Outcome = "nothing"
    revision: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Typed:
    texts: Mapping[str, str]  # by the draft's own names for them
    revision: int
    at: datetime


class UnsavedTexts:
    """This program's file, and those of others that are gone. ``folder``: the workspace's; ``None`` keeps nothing.

    A folder that cannot be written hinders nobody: saving tells what is wrong with it.
    """

    def __init__(self, folder: Path | None, drafting: Drafting | None = None) -> None:
        self._folder = None if folder is None else folder / FOLDER
        self._drafting = drafting
        self._name = secrets.token_hex(6)
        self._held: IO[bytes] | None = None
        self._guard = threading.Lock()
        self._newest = 0

    def beside(self) -> UnsavedTexts:
        """Another file of this program, for an editor with a text and turns of its own."""
        return UnsavedTexts(None if self._folder is None else self._folder.parent, self._drafting)

    def keep(self, turn: int, english: str, cedar_plus: str, revision: int) -> None:
        """Write down what the editors hold, typed on ``revision``. ``turn`` grows with each call: a later one that
        came first stands."""
        self.keep_texts(turn, {"english": english, "cedar_plus": cedar_plus}, revision)

    def keep_texts(self, turn: int, texts: Mapping[str, str], revision: int) -> None:
        """The same of any of the ``PARTS``."""
        with self._turn(turn) as mine:
            if not mine or self._folder is None:
                return
            typed = {
                "format": FORMAT,
                **texts,
                "revision": revision,
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            with contextlib.suppress(OSError):
                self._hold(self._folder)
                write_atomically(self._folder / f"{self._name}{_TEXT}", json.dumps(typed).encode(), mode=0o600)

    def drop(self, turn: int) -> None:
        """All is saved: what was written down goes."""
        with self._turn(turn) as mine:
            if mine and self._folder is not None:
                with contextlib.suppress(OSError):
                    self._hold(self._folder)
                    (self._folder / f"{self._name}{_TEXT}").unlink(missing_ok=True)

    def close(self) -> None:
        """The program ends as it should. What is not saved stays written down, for the next start."""
        with self._guard:
            self._newest = 1 << 62
            held, self._held = self._held, None
            if held is None or self._folder is None:
                return
            if not (self._folder / f"{self._name}{_TEXT}").exists():
                with contextlib.suppress(OSError):
                    (self._folder / f"{self._name}{_LOCK}").unlink(missing_ok=True)
            held.close()
            with contextlib.suppress(OSError):
                self._folder.rmdir()  # only where nobody else's is left

    def recover(self) -> Recovered:
        """Take up what abandoned programs typed: as the draft where nobody saved since, else into its history.

        Raises :class:`WorkbenchError` where it cannot be saved; then it stays for another start.
        """
        found = Recovered()
        folder, drafting = self._folder, self._drafting
        if folder is None or drafting is None or not folder.is_dir():
            return found
        for lock in sorted(folder.glob(f"*{_LOCK}")):
            with _free(lock) as free:
                if not free:
                    continue
                place = lock.with_suffix(_TEXT)
                typed = _read(place)
                this = Recovered("closed") if typed is None else _taken_up(drafting, typed)
                with contextlib.suppress(OSError):
                    place.unlink(missing_ok=True)
                    lock.unlink(missing_ok=True)
            if _WORTH[this.outcome] >= _WORTH[found.outcome]:
                found = this
        return found

    @contextlib.contextmanager
    def _turn(self, turn: int) -> Iterator[bool]:
        with self._guard:
            mine = turn > self._newest
            self._newest = max(turn, self._newest)
            yield mine

    def _hold(self, folder: Path) -> None:
        """Lock a file under our name; it is locked before it has the name by which others find it."""
        if self._held is not None:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        building = folder / f".{self._name}"
        held = building.open("wb")
        _lock(held)
        os.replace(building, folder / f"{self._name}{_LOCK}")
        self._held = held


_WORTH: dict[Outcome, int] = {"nothing": 0, "closed": 1, "kept": 2, "taken": 3}


def _taken_up(drafting: Drafting, typed: _Typed) -> Recovered:
    standing: Draft = drafting.draft()
    texts = {part: text_of(said) for part, said in typed.texts.items()}
    if all(getattr(standing, part) == said for part, said in texts.items()):
        return Recovered("closed", standing.revision, typed.at)
    lost = (each for each in drafting.revisions.list() if each.state == "stale" and each.number >= typed.revision)
    told = any(texts == {"english": each.english, "cedar_plus": each.cedar_plus} for each in lost)
    if typed.revision != standing.revision and told:
        return Recovered("kept", standing.revision, typed.at)  # its program had been told so already
    try:
        saved = drafting.save(
            english=texts.get("english"),
            cedar_plus=texts.get("cedar_plus"),
            invariants=texts.get("invariants"),
            revision=typed.revision,
        )
    except WorkbenchError as error:
        if error.code != "stale_draft":
            raise
        return Recovered("kept", drafting.draft().revision, typed.at)
    return Recovered("taken", saved.revision, typed.at)


def _read(place: Path) -> _Typed | None:
    """What was written down; ``None`` where nothing was, or what is there is not ours."""
    try:
        if place.stat().st_size > SIZE_LIMIT:
            return None
        data = json.loads(place.read_bytes())
        if data["format"] != FORMAT:
            return None
        at = datetime.fromisoformat(data["at"]).astimezone(UTC)
        texts = {part: str(data[part]) for part in PARTS if part in data}
        return _Typed(texts, int(data["revision"]), at) if texts else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _lock(held: IO[bytes]) -> bool:
    """Lock a file until it is closed; whether it was free. Without such locks (Windows) every file counts as free."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _free(lock: Path) -> Iterator[bool]:
    """Whether nobody holds the lock; it is held meanwhile, so that two starts do not take up the same text."""
    try:
        held = lock.open("rb+")
    except OSError:
        yield False
        return
    with held:
        yield _lock(held) and lock.exists()
