"""The command line as a process would run it, beside a bot that may run."""

import asyncio
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from bot.__main__ import main
from tests.conftest import API_KEY, TOKEN, Studio


def variables(folder: Path, **changes: str) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "NANO_BANANA_API_KEY": API_KEY,
        "DATABASE_URL": f"sqlite:///{folder}/bot.db",
        **changes,
    }


def run(folder: Path, *arguments: str, answer: str | None = None, **changes: str) -> Result:
    """Run a command; nothing it puts out holds a secret or the marks of a traceback."""
    result = CliRunner().invoke(
        main, arguments, env=variables(folder, **changes), input=answer, catch_exceptions=False
    )
    assert TOKEN not in result.output
    assert API_KEY not in result.output
    return result


async def beside(studio: Studio, *arguments: str, answer: str | None = None) -> Result:
    """Run a command while the bot of the studio does what it does."""
    return await asyncio.to_thread(
        run, studio.folder, *arguments, answer=answer, TELEGRAM_API_URL=studio.telegram.url
    )


async def said(studio: Studio, *arguments: str) -> str:
    """What a command says that succeeds."""
    result = await beside(studio, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


async def values(studio: Studio, *arguments: str) -> Any:
    return json.loads(await said(studio, *arguments, "--json"))


def refusal(result: Result, status: int = 1) -> str:
    """The one line of a command that fails."""
    assert (result.exit_code, result.stdout) == (status, "")
    (line,) = result.stderr.splitlines()
    return line
