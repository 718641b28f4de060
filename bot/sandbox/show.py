"""`python -m bot demo`: everything started, the story played, the page open until Ctrl-C."""

import asyncio
import signal
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.sandbox import story
from bot.sandbox.demo import LIFELIKE_SECONDS, Demo, open_demo
from bot.sandbox.transcript import Transcript

INTERRUPTED = 130


async def show(
    *,
    speed: float,
    keep: Path | None,
    script: bool = True,
    port: int = 0,
    open_browser: bool = False,
    limits: bool = False,
    say: Callable[[str], None],
) -> int:
    """Returns the exit status: 0 when every expected picture came, 130 when stopped before.

    `script` ends after the story; otherwise SIGINT or SIGTERM end it. `port` 0: any free one.
    """
    folder = keep or Path(tempfile.mkdtemp(prefix="nano-banana-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    say(
        "Telegram and Nano Banana are played on this machine; the bot between them is the real one."
    )
    with _interruptible() as stop:
        try:
            opening = open_demo(folder.resolve(), speed=speed, port=port, limits=limits, say=say)
            async with opening as demo:
                say(f"The chat page: {demo.page.url}\n")
                if open_browser:
                    await asyncio.to_thread(webbrowser.open, demo.page.url)
                return await _play(demo, folder, speed=speed, script=script, stop=stop, say=say)
        except (OSError, RuntimeError, TimeoutError) as error:
            say(f"The demo cannot start: {error}")
            return 1


async def _play(
    demo: Demo,
    folder: Path,
    *,
    speed: float,
    script: bool,
    stop: asyncio.Event,
    say: Callable[[str], None],
) -> int:
    transcript = Transcript(demo.telegram, folder / "chat", say)
    patience = 30 + 6 * LIFELIKE_SECONDS / speed
    playing = asyncio.create_task(story.play(demo, patience=patience, note=transcript.note))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((playing, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            say("\nStopped before the end.")
            return INTERRUPTED
        status = _verdict(playing, transcript, folder, say)
        if not script:
            say(f"\nThe chats stay open at {demo.page.url} until you press Ctrl-C.")
            await stopping
            say("\nGoodbye.")
        return status
    finally:
        for task in (playing, stopping):
            task.cancel()
        await asyncio.gather(playing, stopping, return_exceptions=True)


def _verdict(
    playing: asyncio.Task[None], transcript: Transcript, folder: Path, say: Callable[[str], None]
) -> int:
    try:
        playing.result()
    except TimeoutError as error:
        say(f"\nSomething did not come: {error}")
        return 1
    came = len(transcript.pictures)
    say(f"\n{came} pictures came, as asked for. They lie in {folder / 'chat'}")
    return 0 if came >= story.PICTURES else 1


@contextmanager
def _interruptible() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set, instead of ending the process in the middle."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
