"""The event loop of a process: uvloop, where there is one, else that of Python.

With uvloop a picture takes a sixth less of the processor. It does not exist for Windows and PyPy,
and nothing depends on it. https://uvloop.readthedocs.io
"""

import asyncio
import functools
import gc
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple, Unpack

log = logging.getLogger(__name__)

T = TypeVar("T")
_Ts = TypeVarTuple("_Ts")

# Everybody waits meanwhile.
_LONG = 0.005


def run(main: Coroutine[Any, Any, T], *, observed: bool = False) -> T:
    """As `asyncio.run`. `observed`: whatever holds the loop for long is named in the log."""
    with asyncio.Runner(loop_factory=Observed if observed else _factory()) as runner:
        return runner.run(main)


async def keep_what_is_loaded(started: asyncio.Event) -> None:
    """Whatever is there by then stays for ever, so the garbage collector need not look at it.

    It looks through all there is now and then, and everybody would wait for some 80 ms.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    await started.wait()
    gc.freeze()


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - only where it is
    except ModuleNotFoundError:
        return None
    return uvloop.new_event_loop


class Observed(asyncio.SelectorEventLoop):
    """Counts what it does, and how often that took over five milliseconds of the processor.

    Not of the clock: what others do on this machine is not our fault. It is Python's own loop, as
    nobody can look into that of uvloop, and asyncio's debug mode would make everything slow.
    """

    def __init__(self) -> None:
        super().__init__()
        self.done = 0
        self.held = 0

    def call_soon(
        self,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        return super().call_soon(self._timed, callback, args, context=context)

    def call_soon_threadsafe(
        self,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        return super().call_soon_threadsafe(self._timed, callback, args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return super().call_at(when, self._timed, callback, args, context=context)

    def _add_reader(self, fd: Any, callback: Callable[..., Any], *args: Any) -> asyncio.Handle:
        # What comes in is read and taken apart in there.
        return super()._add_reader(fd, self._timed, callback, args)  # type: ignore[misc, no-any-return]

    def _timed(self, callback: Callable[..., Any], args: Sequence[Any]) -> None:
        began = time.thread_time()
        try:
            callback(*args)
        finally:
            took = time.thread_time() - began
            self.done += 1
            if took > _LONG:
                self.held += 1
                log.debug("loop held", extra={"seconds": took, "what": _name(callback)})


def _name(callback: Callable[..., Any]) -> str:
    """Of a step of a task, the coroutine; else what is called."""
    while isinstance(callback, functools.partial):
        callback = callback.func
    whose = getattr(callback, "__self__", None)
    if isinstance(whose, asyncio.Task):
        return str(getattr(whose.get_coro(), "__qualname__", whose.get_name()))
    return str(getattr(callback, "__qualname__", callback))
