"""Many processes of the bot behind a balancer, on one PostgreSQL database."""

import asyncio
from collections import Counter
from pathlib import Path

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.process import BotProcess
from tests.fleet.balancer import Balancer
from tests.keeping import Keeping
from tests.ports import free_port
from tests.test_kill import Killed

# A machine that does much else takes its time to start four processes.
_STARTED_WITHIN = 90.0


class Machines(Killed):
    """`webs` are only doors, `workers` have none. `more` are settings of all of them."""

    def __init__(
        self,
        telegram: BotApiServer,
        generator: GeneratorServer,
        folder: Path,
        keeping: Keeping,
        *,
        webs: int = 2,
        workers: int = 2,
        **more: str,
    ) -> None:
        super().__init__(telegram, generator, folder, keeping)
        variables = {**self.variables(), "LOG_LEVEL": "INFO", **more}
        self.ports = [free_port() for _ in range(webs)]
        self.webs = [
            BotProcess(
                {**variables, "PORT": str(port)},
                folder,
                command=("-m", "bot", "run", "--no-worker"),
            )
            for port in self.ports
        ]
        self.worker_ports = [free_port() for _ in range(workers)]
        self.workers = [
            BotProcess(variables, folder, command=("-m", "bot", "worker", "--port", str(port)))
            for port in self.worker_ports
        ]
        self.balancer = Balancer(self.port, *self.ports)

    @property
    def all(self) -> list[BotProcess]:
        return [*self.webs, *self.workers]

    async def start_all(self) -> None:
        await asyncio.gather(*(one.start(within=_STARTED_WITHIN) for one in self.all))

    async def kill_all(self) -> None:
        await asyncio.gather(*(one.kill() for one in self.all))

    def told(self, event: str) -> list[int]:
        """How often each process has logged this."""
        return [sum(line.get("event") == event for line in one.lines) for one in self.all]

    def delivered(self) -> Counter[tuple[int, str]]:
        """How many pictures with which prompt are in which chat."""
        found: Counter[tuple[int, str]] = Counter()
        for chat in self.telegram.world.chats.values():
            for message in self.telegram.messages(chat):
                if message["from"]["is_bot"] and "photo" in message:
                    found[chat.id, message.get("caption", "").splitlines()[0]] += 1
        return found
