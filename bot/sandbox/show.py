"""`python -m bot demo`: everything started, the story played, the pictures kept."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.sandbox import story
from bot.sandbox.demo import LIFELIKE_SECONDS, open_demo
from bot.sandbox.transcript import Transcript


async def show(*, speed: float, keep: Path | None, say: Callable[[str], None]) -> int:
    """Returns the exit status: 0 when every expected picture came."""
    folder = keep or Path(tempfile.mkdtemp(prefix="nano-banana-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    say(
        "Telegram and Nano Banana are played on this machine; the bot between them is the real one.\n"
    )
    async with open_demo(folder.resolve(), speed=speed, say=say) as demo:
        transcript = Transcript(demo.telegram, folder / "chat", say)
        try:
            await story.play(demo, patience=30 + 6 * LIFELIKE_SECONDS / speed)
        except TimeoutError as error:
            say(f"\nSomething did not come: {error}")
            return 1
    came = len(transcript.pictures)
    say(f"\n{came} pictures came, as asked for. They lie in {folder / 'chat'}")
    return 0 if came == story.PICTURES else 1
