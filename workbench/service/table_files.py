"""Writing a list into a person's own file: piece by piece, complete or not at all, never over another unasked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from workbench.service.errors import WorkbenchError, from_os
from workbench.service.files import sync_folder

TOLD_EVERY = 500  # pieces


def write_pieces(
    path: Path,
    pieces: Iterable[str],
    *,
    replace: bool = False,
    progress: Callable[[int], object] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Write ``pieces`` as UTF-8 to ``path`` (mode 0600) and return how many there were.

    They go into a temporary file beside it first, so that a full disk, an error or a cancelled run leaves nothing
    behind, and an older file as it was. ``progress`` is told the count now and then.

    Raises :class:`WorkbenchError`: ``file_exists`` (without ``replace``), ``not_a_file`` (a folder or a device),
    ``cancelled``, and the file system's own: ``not_found``, ``store_read_only``, ``store_full``, ``store_io``.
    """
    refuse(path, replace=replace)
    name, count = "", 0
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", dir=path.parent)  # made with mode 0600
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as stream:
            for piece in pieces:
                stream.write(piece)
                count += 1
                if count % TOLD_EVERY == 0:
                    if cancelled():
                        raise WorkbenchError("stopped", "nothing was written", "", "cancelled")
                    progress(count)
            stream.flush()
            os.fsync(stream.fileno())
        if cancelled():
            raise WorkbenchError("stopped", "nothing was written", "", "cancelled")
        _put(name, path, replace=replace)
        name = ""
    except OSError as error:
        error.filename = str(path)  # not the temporary one's
        raise from_os(error) from error
    finally:
        if name:
            with suppress(OSError):
                os.unlink(name)
    sync_folder(path.parent)
    return count


def path_of(text: str) -> Path:
    """The absolute path that a person means, ``~`` included. Raises :class:`WorkbenchError` (``not_a_file``)."""
    try:
        if not text.strip():
            raise ValueError("no name was given")
        if "\0" in text:
            raise ValueError("no file name has a NUL in it")
        return Path(text.strip()).expanduser().absolute()
    except (RuntimeError, ValueError) as error:  # a person called `~nobody`, for one
        raise WorkbenchError("not a file name", str(error), "give a name like `list.csv`", "not_a_file") from error


def refuse(path: Path, *, replace: bool) -> None:
    """Raise :class:`WorkbenchError` where ``path`` may not be written: see :func:`write_pieces`."""
    try:
        if path.is_dir() or (path.exists() and not path.is_file()):
            raise WorkbenchError("not a file", f"`{path}` is a folder or a device", "give a file name", "not_a_file")
        if not path.parent.is_dir():
            raise WorkbenchError(
                "no such folder", f"`{path.parent}` is not there", "make it, or name another", "not_found"
            )
        if not replace and (path.exists() or path.is_symlink()):
            raise _exists(path)
    except OSError as error:
        raise from_os(error) from error


def _put(name: str, path: Path, *, replace: bool) -> None:
    if replace:
        os.replace(name, path)
        return
    try:
        os.link(name, path)  # fails where something is there by now, which a rename would not
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise _exists(path) from None
        os.rename(name, path)
    else:
        os.unlink(name)


def _exists(path: Path) -> WorkbenchError:
    return WorkbenchError("the file exists", f"`{path}` is there already", "give another name", "file_exists")
