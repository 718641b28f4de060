"""Whatever is sent to the API, it answers as its OpenAPI document says: schemathesis tries."""

import asyncio
import re
import sys
from pathlib import Path

from tests.calling import Program
from tests.conftest import Studio

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 10


async def test_no_answer_breaks_the_document_and_none_is_a_failure_of_ours(studio: Studio) -> None:
    studio.telegram.say(studio.ann, "/start")
    await studio.start(api_requests_a_minute=100_000, free_credits_daily=None)
    async with Program.of(studio, studio.ann) as ann:
        ann.authorization = f"Bearer {(await ann.json('POST', '/api/session'))[1]['token']}"
        await ann.ended(await ann.drawn(n=4))
    trying = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"),
        *(f"{studio.address}/api/openapi.json", "--url", studio.address),
        *("-H", f"Authorization: {ann.authorization}"),
        *("--max-examples", str(EXAMPLES), "--workers", "1"),
        *("--generation-deterministic", "--no-color"),
        cwd=studio.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await trying.communicate()
    report = said.decode()
    assert trying.returncode == 0, report
    tried = re.search(r"Operations:\s+(\d+) selected / (\d+) total", report)
    assert tried, report
    assert tried[1] == tried[2]
