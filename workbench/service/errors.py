"""What every face shows when something cannot be done.

Light: faces import it before anything heavy is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class WorkbenchError(Exception):
    """One failure, made once where it is understood.

    ``title`` is a short phrase; ``detail`` says what happened, with input in backticks; ``hint`` what to do next;
    ``code`` is one stable word for programs. Never carries a key or a passphrase.
    """

    def __init__(self, title: str, detail: str = "", hint: str = "", code: str = "failed") -> None:
        super().__init__(f"{title}: {detail}" if detail else title)
        self.title = title
        self.detail = detail
        self.hint = hint
        self.code = code

    def to_dict(self) -> dict[str, str]:
        """The JSON form."""
        return {"title": self.title, "detail": self.detail, "hint": self.hint, "code": self.code}


_STORE_TITLES = {
    "store_missing": "no workspace here",
    "store_replaced": "the workspace was replaced",
    "store_locked": "the workspace is locked",
    "store_corrupt": "the workspace is damaged",
    "store_read_only": "the workspace cannot be written",
    "store_full": "the disk is full",
    "store_newer": "the workspace is newer than this program",
    "store_closed": "the workspace is closed",
    "store_unanswered": "it is not known whether this was recorded",
    "store_no_driver": "a part of the program is missing",
    "bad_database_url": "no such database",
    "exists": "there is something already",
}


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn the store's errors, and those of the file system, into :class:`WorkbenchError`."""
    from workbench.store.errors import StoreError

    try:
        yield
    except StoreError as error:
        title = _STORE_TITLES.get(error.code, "the database failed")
        raise WorkbenchError(title, error.message, error.help, error.code) from error
    except OSError as error:
        raise from_os(error) from error


@contextmanager
def governed(title: str) -> Iterator[None]:
    """Turn governance's refusals (of keys, votes, artifacts) into :class:`WorkbenchError` under ``title``."""
    from workbench.governance.errors import GovernanceError

    try:
        yield
    except GovernanceError as error:
        raise WorkbenchError(title, error.message, error.help, error.code) from error


def from_os(error: OSError) -> WorkbenchError:
    """A file-system failure as a :class:`WorkbenchError`."""
    import errno

    where = f" `{error.filename}`" if error.filename else ""
    what = (error.strerror or type(error).__name__).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WorkbenchError("the disk is full", f"{what}{where}", "free some space and try again", "store_full")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "make the file and its folder accessible for this user"
        return WorkbenchError("no permission", f"{what}{where}", hint, "store_read_only")
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return WorkbenchError("not found", f"{what}{where}", "check the path", "not_found")
    return WorkbenchError("a file failed", f"{what}{where}", "check the disk, then try again", "store_io")
