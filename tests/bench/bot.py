"""`python -m bot run`, but for the limits Telegram sets: here it has none, unless TELEGRAMS_PACE.

At SIGUSR1 it collects its garbage, and says so.
"""

import asyncio
import gc
import logging
import os
import signal
from functools import partial

from bot import logs
from bot import loop as loop_of
from bot.run import keys_of, run
from bot.settings import Settings, load
from bot.telegram.traffic import Limit, Pace
from bot.wiring import open_house
from bot.wiring.means import USUAL, Tempo

_UNLIMITED = Limit(1, 0.0, {})
_TEMPO = Tempo(pace=Pace(any_chat=_UNLIMITED, group=_UNLIMITED, overall=_UNLIMITED))

log = logging.getLogger(__name__)


def _collect() -> None:
    gc.collect()
    log.info("collected")


async def _until_stopped(settings: Settings) -> None:
    tempo = USUAL if "TELEGRAMS_PACE" in os.environ else _TEMPO
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, _collect)
    started = asyncio.Event()
    keeping = asyncio.create_task(loop_of.keep_what_is_loaded(started))
    await run(settings, stop=stop, started=started, opened=partial(open_house, tempo=tempo))
    keeping.cancel()


def main() -> None:
    settings = load()
    secrets = (*settings.secrets, keys_of(settings).for_telegram())
    logs.set_up(level=settings.log_level, form=settings.log_format, secrets=secrets)
    loop_of.run(_until_stopped(settings), observed=settings.log_level == "DEBUG")


if __name__ == "__main__":
    main()
