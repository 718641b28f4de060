"""wrk, which asks faster than anything here answers. https://github.com/wg/wrk"""

import asyncio
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

CONNECTIONS = 16
_TRIES = 5
_MISSING = "wrk is not installed: apt-get install wrk"
_SCRIPT = Path(__file__).with_name("load.lua")


class NoWrk(Exception):
    """Where there is none, what needs it is skipped."""


async def wrk(url: str, *arguments: str, seconds: float, secret: str = "") -> float:
    """Answers a second; `arguments` as in `load.lua`. Raises NoWrk.

    Raises RuntimeError when not all of them are good.
    """
    if (program := shutil.which("wrk")) is None:
        raise NoWrk(_MISSING)
    words = [program, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "10s"]
    headers = ["-H", f"X-Telegram-Bot-Api-Secret-Token: {secret}"] if secret else []
    script = ["-s", _SCRIPT] if arguments else []
    command = (*words, *headers, *script, url, "--", *arguments)
    for _ in range(_TRIES):
        # Whoever stands still for all that time answers nobody, and is asked again.
        if answers := await _answers(command):
            break
    return answers


async def _answers(command: Sequence[str]) -> float:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        out = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
    found = re.search(r"Requests/sec:\s+([\d.]+)", out)
    if found is None or "Non-2xx" in out:
        raise RuntimeError(f"not all was well: {out}")
    return float(found[1])
