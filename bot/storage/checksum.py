"""A checksum of many rows that does not depend on their order: engines sort differently."""

from hashlib import blake2b

_BYTES = 16


class Checksum:
    """`rows`: how many were added."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: tuple[object, ...]) -> None:
        """Of None, whole numbers, floats, text and bytes."""
        # As Python writes values, none looks like another of another kind, and a float is exact.
        self._sum += int.from_bytes(
            blake2b(ascii(row).encode(), digest_size=_BYTES).digest(), "big"
        )
        self.rows += 1

    def __str__(self) -> str:
        return f"{self._sum % 256**_BYTES:0{2 * _BYTES}x}"
