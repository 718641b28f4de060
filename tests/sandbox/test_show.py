"""The demo plays its story, stays open when asked to, and ends at once when told to."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.sandbox.story import PICTURES

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, functools, pathlib, sys
from bot.sandbox.show import show
say = functools.partial(print, flush=True)
sys.exit(asyncio.run(show(speed=50, keep=pathlib.Path(sys.argv[1]), say=say, {options})))
"""


@contextmanager
def started(folder: Path, options: str) -> Iterator[subprocess.Popen[str]]:
    """The demo's process; whatever a test thinks of it, it is gone afterwards."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(options=options), str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def read_until(process: subprocess.Popen[str], words: str) -> list[str]:
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"{words!r} was not said: {lines}")


@pytest.mark.parametrize(
    ("options", "words", "number", "status"),
    [
        ("script=False, limits=True", "stay open at http://127.0.0.1:", signal.SIGINT, 0),
        ("script=False", "The chat page: http://127.0.0.1:", signal.SIGTERM, 130),
    ],
)
def test_a_signal_ends_it_in_time(tmp_path, options, words, number, status):
    with started(tmp_path, options) as process:
        lines = read_until(process, words)
        assert (status == 0) == any(f"{PICTURES} pictures came" in line for line in lines)
        process.send_signal(number)
        rest = process.communicate(timeout=20)[0]
        assert process.returncode == status, "".join(lines) + rest
    assert "Traceback" not in rest


def test_a_port_that_is_taken_is_said(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with started(tmp_path, f"port={taken.getsockname()[1]}") as process:
            said = process.communicate(timeout=20)[0]
    assert process.returncode == 1
    assert "The demo cannot start:" in said
