"""Where what is fetched goes in tests that want to see it."""

from bot.neighbours import Generator


class Written:
    """Fits `neighbours.Write`. `most` is the largest of the pieces."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.most = 0

    async def __call__(self, content: bytes) -> None:
        self.content += content
        self.most = max(self.most, len(content))


async def fetched(generator: Generator, result: str | None) -> bytes:
    written = Written()
    await generator.fetch(result or "", written)
    return bytes(written.content)
