"""How fast the bot is, beside floors and peers that are measured in the same rounds.

`python -m tests.bench [--quick] [NAMES]…`. Ratios mean something on any machine, figures only on
one that does nothing else. Each name is one of the modules here; all together take some ten minutes.
"""

import asyncio
import json
import logging
import tempfile
import time
from pathlib import Path

import click

from tests.bench import (
    accepting,
    delay,
    end_to_end,
    idle,
    in_flight,
    reading,
    retention,
    size,
    start,
)
from tests.bench.figures import Row, Setting, as_json, table

BENCHES = {
    "accepting": accepting.run,
    "delay": delay.run,
    "end-to-end": end_to_end.run,
    "in-flight": in_flight.run,
    "size": size.run,
    "retention": retention.run,
    "start": start.run,
    "idle": idle.run,
    "reading": reading.run,
}


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHES)))
@click.option("--quick", is_flag=True, help="Only see that they run; the figures say little.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures there.")
def main(names: tuple[str, ...], quick: bool, file: Path | None) -> None:
    # Those that are killed break off their calls.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    rows: list[Row] = []
    try:
        for name in names or BENCHES:
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="nano-bench-") as folder:
                rows += asyncio.run(BENCHES[name](Setting(folder=Path(folder), quick=quick)))
            click.echo(f"{name}: {time.monotonic() - began:.0f} s", err=True)
    finally:
        # What was measured is not lost with what came after it.
        click.echo(table(rows))
        if file:
            file.write_text(json.dumps(as_json(rows), indent=2))


if __name__ == "__main__":
    main()
