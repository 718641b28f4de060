"""`python -m bot move`: what it says, and that it may be killed."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.storage.engines import engine_of
from tests.buckets import SECRET, Bucket
from tests.conftest import eventually
from tests.console.commands import refusal, run, variables
from tests.moving import change, fill, there
from tests.postgres import PASSWORD, PostgresServer

ROOT = Path(__file__).parents[2]
MANY = 60_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "bot.db")
    (tmp_path / "pictures" / "images").mkdir(parents=True)
    (tmp_path / "pictures" / "images" / f"{7:032x}.png").write_bytes(b"a picture")
    return tmp_path


def name_of(url: str) -> str:
    return f"postgresql://nano@{url.rpartition('@')[2]}"


def test_the_last_lines_say_what_to_change(folder: Path, postgres_url: str) -> None:
    told = run(folder, "move", "--to", postgres_url)
    assert told.exit_code == 0, told.output
    assert "copying rows: 100 %, 67 of 67\n" in told.stderr
    assert "comparing rows: 100 %, 67 of 67\n" in told.stderr
    for written in (PASSWORD, postgres_url):
        assert written not in told.output
    lines = told.stdout.splitlines()
    assert [one.split()[:2] for one in lines if one.startswith("tasks ")] == [["tasks", "3"]]
    assert lines[lines.index("Now change these settings, and start the bot:") + 1 :] == [
        f"DATABASE_URL={name_of(postgres_url)}    as given to --to, with its password",
        f"STORAGE_URL={(folder / 'pictures').as_uri()}    where the pictures still lie",
        (
            "Machines that do not share this folder need a bucket:"
            " `python -m bot move --pictures-to s3://bucket/prefix`"
        ),
        f"{folder}/bot.db is as it was. Never start a bot on it again.",
    ]


def test_the_pictures_go_along(folder: Path, postgres_url: str, bucket: Bucket) -> None:
    access = {name: value for name, value in bucket.variables.items() if name != "STORAGE_URL"}
    told = run(folder, "move", "--to", postgres_url, "--pictures-to", bucket.url, **access)
    assert told.exit_code == 0, told.output
    assert bucket.files() == [f"images/{7:032x}.png"]
    assert f"{bucket.url}: 1 pictures, 1 of them new; compared" in told.stdout
    assert f"\nSTORAGE_URL={bucket.url}\n" in told.stdout
    assert "still lie" not in told.stdout
    assert SECRET not in told.output


def test_the_pictures_may_go_alone_and_later(
    folder: Path, postgres_url: str, bucket: Bucket
) -> None:
    assert run(folder, "move", "--to", postgres_url).exit_code == 0
    access = {name: value for name, value in bucket.variables.items() if name != "STORAGE_URL"}
    later = {
        "DATABASE_URL": postgres_url,
        "STORAGE_URL": (folder / "pictures").as_uri(),
    }
    told = run(folder, "move", "--pictures-to", bucket.url, **access, **later)
    assert told.exit_code == 0, told.output
    assert bucket.files() == [f"images/{7:032x}.png"]
    assert told.stdout.splitlines()[-1] == f"STORAGE_URL={bucket.url}"


def test_a_bucket_stays(folder: Path, postgres_url: str) -> None:
    told = run(folder, "move", "--to", postgres_url, STORAGE_URL="s3://bucket/ours")
    assert "STORAGE_URL stays s3://bucket/ours" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "where to?"),
        (("--to", "postgresql://a:hidden@host"), "must look like"),
        (("--to", "sqlite:///other.db"), "must be a PostgreSQL database"),
        (("--pictures-to", "ftp://host"), "must look like file:///"),
    ],
)
def test_a_wrong_address_is_not_repeated(
    folder: Path, arguments: tuple[str, ...], why: str
) -> None:
    told = run(folder, "move", *arguments)
    assert told.exit_code == 2
    assert why in told.stderr
    assert "hidden" not in told.output


def test_what_cannot_be_moved_is_one_line(folder: Path, postgres_server: PostgresServer) -> None:
    nowhere = postgres_server.url("nowhere")
    assert refusal(run(folder, "move", "--to", nowhere)).startswith(f"{name_of(nowhere)}: ")
    line = refusal(run(folder, "move", "--to", nowhere, DATABASE_URL=nowhere))
    assert line == "DATABASE_URL: is no SQLite any more; there is nothing to move --to"


async def test_killed_in_the_middle_it_goes_on_and_nothing_is_missing(
    tmp_path: Path, postgres_url: str
) -> None:
    path = tmp_path / "bot.db"
    fill(path)
    rows = [(f"a{one:06}", one / 7) for one in range(MANY)]
    change(path, "INSERT INTO proofs VALUES (?, ?)", *rows)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "move", "--to", postgres_url],
            cwd=tmp_path,
            env={**os.environ, **variables(tmp_path), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def brought() -> int:
        if there(postgres_url, "SELECT to_regclass('_moving')") == [(None,)]:
            return 0
        return there(postgres_url, "SELECT coalesce(max(rows), 0) FROM _moving")[0][0]

    killed = start()
    await eventually(lambda: brought() > 3)
    killed.send_signal(signal.SIGKILL)
    await asyncio.to_thread(killed.communicate)
    half = there(postgres_url, "SELECT proof, xmin FROM proofs")
    assert 0 < len(half) < MANY
    with pytest.raises(OSError, match="has not brought everything yet"):
        await engine_of(postgres_url).open()

    again = start()
    out, err = await asyncio.to_thread(again.communicate)
    assert again.returncode == 0, err.decode()
    assert f"{MANY + 3:,}" in out.decode()
    assert (
        there(postgres_url, "SELECT proof, until FROM proofs WHERE proof LIKE 'a%' ORDER BY 1")
        == rows
    )
    assert set(half) <= set(there(postgres_url, "SELECT proof, xmin FROM proofs"))
    await (await engine_of(postgres_url).open()).close()
