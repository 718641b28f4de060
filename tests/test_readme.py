"""What the documents say is what is there: settings, diagrams, commands, routes, files."""

import asyncio
import itertools
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from bot.__main__ import main
from bot.life import PICTURE_MOVES, TASK_MOVES
from bot.models import CATALOGUE
from bot.settings import Settings
from tests.conftest import Studio
from tests.ports import free_port

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
VARIABLES = [name.upper() for name in Settings.model_fields]


def section(title: str) -> str:
    return re.split(r"\n#+ ", README.split(f"# {title}\n", 1)[1])[0]


def first_column(title: str) -> list[str]:
    cells = re.findall(r"^\| `([^`]+)` \|", section(title), re.MULTILINE)
    return [str(cell) for cell in cells]


def test_the_settings_are_those_of_readme_and_the_example() -> None:
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert first_column("Settings") == VARIABLES
    assert sorted(example) == sorted(VARIABLES)


def test_each_variable_in_the_example_has_one_line_about_it() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"#?[A-Z_]+=", line):
            assert re.match(r"# \S", before), line


def test_the_defaults_in_readme_are_those_of_the_settings() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)` \|", section("Settings"), re.MULTILINE)
    shown = {name: value for name, value in rows if name != "STORAGE_URL"}
    for name, value in shown.items():
        assert str(Settings.model_fields[name.lower()].default) == value


def arrows(moves: Mapping[str, Mapping[str, str]]) -> set[tuple[str, str, str]]:
    return {(a, b, event) for a, events in moves.items() for event, b in events.items()}


@pytest.mark.parametrize(("number", "moves"), [(0, PICTURE_MOVES), (1, TASK_MOVES)])
def test_the_diagrams_are_the_tables(number: int, moves: Mapping[str, Mapping[str, str]]) -> None:
    diagram = re.findall(r"```mermaid\n(.*?)```", README, re.DOTALL)[number]
    drawn = re.findall(r"^ +(\w+) --> (\w+): ([\w ]+)$", diagram, re.MULTILINE)
    assert set(drawn) == arrows(moves)
    assert len(drawn) == len(set(drawn))


def commands(command: click.Command, name: str) -> list[str]:
    """All that can be called, those of groups one by one."""
    if not isinstance(command, click.Group):
        return [name]
    return [
        one for word, child in command.commands.items() for one in commands(child, f"{name} {word}")
    ]


def test_the_commands_are_those_of_the_command_line() -> None:
    assert sorted(commands(main, "python -m bot")) == sorted(first_column("Commands"))


async def test_the_routes_are_those_of_the_application(studio: Studio) -> None:
    from bot.wiring import open_house  # noqa: PLC0415
    from webhooks import app  # noqa: PLC0415
    from webhooks.keys import Addresses, Keys  # noqa: PLC0415
    from webhooks.metrics import EventCounter  # noqa: PLC0415
    from webhooks.ops import OpsDoor  # noqa: PLC0415

    keys = Keys("123:abc")
    async with open_house(studio.settings(webhook=False), Addresses(None, keys)) as house:
        built = app.build(house, keys, OpsDoor(lambda: None, EventCounter(), house.watch))
        routes = {
            f"{route.method} {route.resource.canonical}"
            for route in built.router.routes()
            if route.resource and route.method != "HEAD"
        }
    assert set(first_column("HTTP")) == routes


def test_the_models_are_those_of_the_catalogue() -> None:
    keys = {key for key in first_column("What people can ask") if not key.startswith("--")}
    assert keys == set(CATALOGUE)


def test_every_file_readme_points_to_is_there() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("process", ["release", "web"])
async def test_the_procfile_runs_under_honcho(studio: Studio, process: str) -> None:
    port = free_port()
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "TELEGRAM_BOT_TOKEN": studio.telegram.token,
        "TELEGRAM_API_URL": studio.telegram.url,
        "NANO_BANANA_API_KEY": "any",
        "NANO_BANANA_API_URL": studio.generator.url,
        "DATABASE_URL": f"sqlite:///{studio.folder}/bot.db",
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    honcho = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "honcho", "-f", str(ROOT / "Procfile"), "-e", "/dev/null"),
        *("start", process),
        cwd=studio.folder,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert honcho.stdout is not None
    if process == "web":
        async with asyncio.timeout(120):
            async for line in honcho.stdout:
                if b" ready " in line:
                    break
        studio.telegram.say(studio.ann, "/start")
        await studio.words(studio.chat(studio.ann), "Ann")
        honcho.terminate()
    said = (await honcho.communicate())[0].decode()
    assert (studio.folder / "bot.db").exists(), said
    if process == "release":
        assert "is up to date" in said
