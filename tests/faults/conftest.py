"""`pytest tests/faults --matrix FILE` writes what happened to FILE."""

from pathlib import Path

import pytest

from tests.faults import table


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--matrix", metavar="FILE", type=Path, help="write the fault matrix of this run to FILE"
    )


class Collector:
    """Hears of every test, also of those that other processes run."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._outcomes: dict[tuple[str, str], str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if report.when == "call" and name == table.PROPERTY:
                step, fault, outcome = value
                self._outcomes[step, fault] = outcome

    def pytest_sessionfinish(self) -> None:
        table.write(self._file, self._outcomes)


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--matrix", None)
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(file))
