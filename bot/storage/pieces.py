"""Much work done in small pieces, so that whoever else writes hardly waits for any of it.

Each piece is a transaction of its own: cut off between two of them, what is done is done. Its size
follows from how long the last one took, and after each there is as long a rest.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.storage.database import Connection, Database

# Seconds. The commit takes as long again, and several times as long when what was written is
# brought from SQLite's log into its file.
_PIECE = 0.0025
_FIRST, _LEAST, _MOST = 20, 5, 500
# Of a rest: when the disk is very slow it is not the piece that keeps it busy.
_REST_MAX = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """How many rows were `looked` at and are `gone`, and `after` which the next piece begins."""

    looked: int
    gone: int
    after: Sequence[object] = ()


# At how many rows to look, and after which.
Work = Callable[[Connection, int, Sequence[object]], Piece]


async def in_pieces(database: Database, work: Work, *, most: int) -> int:
    """Until nothing is left, or `most` rows were looked at; returns how many are gone.

    Raises Transient.
    """
    size, left, gone = _FIRST, most, 0
    after: Sequence[object] = ()
    while True:
        wanted = min(size, left)
        began = time.perf_counter()
        piece, took = await database.write(_timed(work, wanted, after))
        gone += piece.gone
        left -= piece.looked
        if piece.looked < wanted or left <= 0:
            return gone
        size, after = next_size(size, took), piece.after
        await asyncio.sleep(min(time.perf_counter() - began, _REST_MAX))


def next_size(size: int, took: float) -> int:
    """After a piece of this size that took so many seconds. It grows by and by: one that meets
    rows nobody has looked at for a month takes longer than the one before.
    """
    fitting = size * min(1.5, _PIECE / max(took, 1e-9))
    return min(max(int(fitting), _LEAST), _MOST)


def _timed(
    work: Work, size: int, after: Sequence[object]
) -> Callable[[Connection], tuple[Piece, float]]:
    def timed(connection: Connection) -> tuple[Piece, float]:
        # Without its wait for its turn: who is in front of it says nothing about its size.
        began = time.perf_counter()
        piece = work(connection, size, after)
        return piece, time.perf_counter() - began

    return timed
