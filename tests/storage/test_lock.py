"""One process per database file, and kill -9 lets go of it."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from bot.storage.lock import only_one

HOLD = """
import sys, time
from pathlib import Path
from bot.storage.lock import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "bot.db"


def test_the_second_is_refused_in_one_line_that_names_the_first(path: Path) -> None:
    with only_one(path), pytest.raises(OSError, match="another process") as refused, only_one(path):
        raise AssertionError("both have it")
    text = str(refused.value)
    assert re.fullmatch(rf"{path}: another process .*\(process {os.getpid()}\)\. .*", text)


def test_it_is_free_again_afterwards_however_it_ended(path: Path) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), only_one(path):
            raise ZeroDivisionError
    with only_one(path):
        pass


def test_each_file_has_its_own(path: Path) -> None:
    with only_one(path), only_one(path.with_name("other.db")):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "bot.db"
    with pytest.raises(OSError, match=f"^{path}: cannot be opened: ") as refused, only_one(path):
        pass
    assert "\n" not in str(refused.value)


async def test_a_killed_process_holds_nothing(path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    with pytest.raises(OSError, match=f"process {process.pid}"), only_one(path):
        pass
    process.kill()
    await process.communicate()
    with only_one(path):
        pass
