"""What every test shares: short, stable ids for cases whose parameters are whole texts or freshly made signatures.

Workers of pytest-xdist must collect the same ids, and a report must stay readable, so a long text is named by its
parameter and not by its content. Garbage is collected seldom, as in the app itself: what tests make is mostly freed
without. A key's passphrase is made slow on purpose, a tenth of a second each time: here once for each key.
"""

from __future__ import annotations

import gc
from functools import cache

from cryptography.hazmat.primitives.serialization import ssh
from hypothesis import settings

LONGEST_ID = 48

gc.set_threshold(20_000, 20, 50)
ssh._bcrypt_kdf = cache(ssh._bcrypt_kdf)  # type: ignore[attr-defined]  # of the same passphrase and salt: the same key
settings.register_profile("no deadline", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("no deadline")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """The name of the parameter in place of a text that is too long to be a name; pytest numbers repeats."""
    return argname if isinstance(val, str | bytes) and len(val) > LONGEST_ID else None


def pytest_collection_finish() -> None:
    """Fourteen thousand collected tests live to the end: no collection of garbage need look through them again."""
    gc.collect()
    gc.freeze()
