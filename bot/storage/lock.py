"""One process of the bot per database file: a second one would do everything twice.

The lock belongs to the open file, so it ends with the process, however that ends.
https://man7.org/linux/man-pages/man2/flock.2.html
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Hold the lock beside this database file. Raises OSError with one clear line."""
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        # The file stays: whoever removed it might remove the one another process holds.
        descriptor = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise OSError(f"{database}: cannot be opened: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            raise OSError(
                f"{database}: another process of the bot uses this database (process {holder})."
                " Stop that one first, or give this one another DATABASE_URL."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
