"""The real bot as a process of its own, between the sandbox's servers; it can be killed."""

import asyncio
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

# The outgoing ones begin at 32768 where nobody has changed that.
_PORTS = range(22_000, 32_000)
_ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port nobody listens on right now.

    Below those the system gives to outgoing connections, so that none of them takes it before
    whoever asked does. https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
    """
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class BotProcess:
    """`python -m bot run` with these variables and nothing of ours. `lines` holds its log.

    The listeners hear of each line and of its end, whoever ended it.
    """

    def __init__(
        self,
        variables: Mapping[str, str],
        folder: Path,
        *,
        command: Sequence[str] = ("-m", "bot", "run"),
    ) -> None:
        self.lines: list[dict[str, Any]] = []
        self.line_listeners: list[Callable[[dict[str, Any]], None]] = []
        self.end_listeners: list[Callable[[], None]] = []
        self._variables = dict(variables)
        self._folder = folder
        self._command = tuple(command)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    def add_variables(self, **variables: str) -> None:
        """More of them for the next start."""
        self._variables.update(variables)

    def add_arguments(self, *arguments: str) -> None:
        """More of them for the next start."""
        self._command = (*self._command, *arguments)

    @property
    def running(self) -> bool:
        """Whether there is a process now."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        assert self._process is not None  # noqa: S101 - only a started process has one
        return self._process.pid

    async def start(self, *, within: float = 30.0) -> None:
        """Start, and wait until it handles updates. Raises RuntimeError with its last words."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        coverage = {name: value for name, value in os.environ.items() if name.startswith("COV")}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._command,
            cwd=self._folder,
            env={
                **inherited,
                **coverage,
                "PYTHONPATH": str(_ROOT),
                "LOG_FORMAT": "json",
                **self._variables,
            },
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        began = len(self.lines)
        self._reading = asyncio.create_task(self._read(self._process))
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: self._is_ready(began) or self._has_ended())
        if self._has_ended() and not self._is_ready(began):
            raise RuntimeError(f"the bot did not start: {self.lines[began:]}")

    async def kill(self) -> None:
        """kill -9: it gets no chance to do anything more."""
        await self._end(signal.SIGKILL)

    async def terminate(self, *, within: float | None = None) -> int:
        """SIGTERM, and kill -9 if that takes longer; returns the exit status."""
        try:
            async with asyncio.timeout(within):
                return await self._end(signal.SIGTERM)
        except TimeoutError:
            return await self._end(signal.SIGKILL)

    async def logged(self, event: str, *, within: float = 30.0) -> None:
        """Wait for a line of its log with this event."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: any(one.get("event") == event for one in self.lines))

    async def _end(self, number: signal.Signals) -> int:
        if self._process is None or self._reading is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(number)
        status = await self._process.wait()
        await self._reading
        return status

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None  # noqa: S101 - asked for above
        async for raw in process.stderr:
            text = raw.decode(errors="replace").rstrip()
            try:
                line = json.loads(text)
            except ValueError:
                line = {"event": text}
            async with self._news:
                self.lines.append(line)
                self._news.notify_all()
            for listener in self.line_listeners:
                listener(line)
        await process.wait()
        async with self._news:
            self._news.notify_all()
        for ended in self.end_listeners:
            ended()

    def _is_ready(self, began: int) -> bool:
        return any(line.get("event") == "ready" for line in self.lines[began:])

    def _has_ended(self) -> bool:
        return self._process is not None and self._process.returncode is not None
