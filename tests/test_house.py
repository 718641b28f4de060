"""The house of the design: each import contract stands, and each one can be broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Contract -> a file and the line that breaks it.
BREACHES = {
    "house": ("bot/storage/tasks.py", "import bot.telegram.words"),
    "doors": ("bot/wiring/__init__.py", "import webhooks.keys"),
    "door-order": ("webhooks/keys.py", "import webhooks.app"),
    "procrastinate": ("bot/storage/updates.py", "import procrastinate"),
    "own-words": ("bot/pipeline.py", "import structlog"),
    "httpx": ("bot/telegram/delivery.py", "import httpx"),
    "database": ("webhooks/app.py", "import sqlite3"),
    "telegram": ("bot/storage/tasks.py", "import telegram"),
    "aiohttp": ("bot/nanobanana/client.py", "import aiohttp"),
}


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    return subprocess.run(
        [*command, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name in ("bot", "webhooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_stands_and_every_contract_is_tried_below(house: Path) -> None:
    report = lint(house)
    assert report.returncode == 0, report.stdout
    configured = (house / "pyproject.toml").read_text().count("[[tool.importlinter.contracts]]")
    assert configured == len(BREACHES)


@pytest.mark.parametrize("contract", BREACHES)
def test_a_contract_breaks_when_it_is_breached(house: Path, contract: str) -> None:
    file, line = BREACHES[contract]
    path = house / file
    path.write_text(path.read_text() + f"\n{line}\n")
    report = lint(house, "--contract", contract)
    assert report.returncode == 1, report.stdout
    assert "BROKEN" in report.stdout


def test_a_file_without_a_place_breaks_the_house(house: Path) -> None:
    (house / "bot" / "utils.py").write_text("")
    assert lint(house, "--contract", "house").returncode == 1
