"""`python -m bot doctor`: looks at everything the bot depends on, and says what to do.

Each check stands alone and they run side by side; a bot that runs meanwhile is not disturbed.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

import aiohttp

from bot.errors import Failure, Reason
from bot.nanobanana.client import NanoBanana
from bot.nanobanana.examination import never_reached
from bot.run import keys_of
from bot.settings import Settings
from bot.storage.engines import engine_of
from bot.storage.examination import PIXEL, Records, free_bytes, try_pictures
from bot.telegram.examination import Standing, standing
from webhooks.keys import Addresses

_WITHIN = 15.0
_DISK_LOW, _DISK_FULL = 2_000_000_000, 200_000_000
_CREDITS_LOW = 100
_SKEW_MAX = 30.0
# Telegram's own memory of an error outlives its cause.
_ERROR_COUNTS = timedelta(hours=1)
_CALLS_COUNT = 5


class Verdict(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


_MARKS = {Verdict.GOOD: "✓", Verdict.WARNING: "!", Verdict.BAD: "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check has found, and what to do about it where that is anything."""

    check: str
    verdict: Verdict
    detail: str
    advice: str = ""


def good(check: str, detail: str) -> Finding:
    return Finding(check, Verdict.GOOD, detail)


def warning(check: str, detail: str, advice: str) -> Finding:
    return Finding(check, Verdict.WARNING, detail, advice)


def bad(check: str, detail: str, advice: str) -> Finding:
    return Finding(check, Verdict.BAD, detail, advice)


async def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order people read them."""
    generator = NanoBanana(
        api_url=settings.nano_banana_api_url,
        upload_url=settings.nano_banana_upload_url,
        api_key=settings.nano_banana_api_key.get_secret_value(),
    )
    checks: tuple[tuple[str, Callable[[], Awaitable[list[Finding]]]], ...] = (
        ("telegram", lambda: _telegram(settings)),
        ("public address", lambda: _public_address(settings)),
        ("kie.ai account", lambda: _account(generator)),
        ("kie.ai upload", lambda: _upload(generator)),
        ("database", lambda: _database(settings)),
        ("pictures", lambda: _pictures(settings)),
        ("disk", lambda: _disk(settings)),
        ("clock", lambda: _clock(settings)),
    )
    try:
        found = await asyncio.gather(*(_alone(name, check) for name, check in checks))
    finally:
        await generator.close()
    return [one for some in found for one in some]


def table(findings: Sequence[Finding]) -> str:
    """One line for each finding, and one more for what to do."""
    width = max(len(one.check) for one in findings)
    lines = []
    for one in findings:
        lines.append(f"{_MARKS[one.verdict]} {one.check:<{width}}  {one.detail}")
        if one.advice:
            lines.append(f"  {'':<{width}}  → {one.advice}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    return json.dumps([asdict(one) for one in findings], ensure_ascii=False, indent=2)


async def _alone(name: str, check: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    """A check that hangs or breaks is a finding of its own."""
    try:
        async with asyncio.timeout(_WITHIN):
            return await check()
    except TimeoutError:
        return [bad(name, f"no answer in {_WITHIN:.0f} s", "Look at the network of this machine.")]


# --- the checks --------------------------------------------------------------------------


async def _telegram(settings: Settings) -> list[Finding]:
    try:
        found = await standing(
            token=settings.telegram_bot_token.get_secret_value(),
            api_url=settings.telegram_api_url,
        )
    except PermissionError as error:
        return [bad("telegram", str(error), "Copy TELEGRAM_BOT_TOKEN from @BotFather again.")]
    except OSError as error:
        return [
            bad("telegram", str(error), "Is TELEGRAM_API_URL right, and can this machine reach it?")
        ]
    findings = [good("telegram", f"@{found.username}")]
    findings.append(
        good("inline mode", "on")
        if found.inline
        else warning("inline mode", "off", "@BotFather, /setinline and /setinlinefeedback (100%).")
    )
    hears = "everything" if found.hears_all else "commands, mentions and replies"
    findings.append(good("groups", f"the bot hears {hears}"))
    findings.append(_webhook(settings, found))
    return findings


def _webhook(settings: Settings, found: Standing) -> Finding:
    wanted = Addresses(settings.webhook_base_url, keys_of(settings)).telegram() or ""
    if found.webhook != wanted:
        if not wanted:
            detail = "Telegram calls an address, and this bot would poll"
            return warning("webhook", detail, "`run` removes it; does another bot use this token?")
        detail = "Telegram does not call this address" + (" but another" if found.webhook else "")
        return warning("webhook", detail, "`run` registers it; start the bot and look again.")
    if not wanted:
        return good("webhook", "not used: both sides are polled")
    recent = found.error_at and datetime.now(UTC) - found.error_at < _ERROR_COUNTS
    if found.error and recent:
        return bad(
            "webhook",
            f"Telegram's last call failed: {found.error} ({found.waiting} updates wait)",
            "Is the bot running, and does WEBHOOK_BASE_URL lead to its port, over a valid certificate?",
        )
    return good("webhook", f"registered, {found.waiting} updates wait")


async def _public_address(settings: Settings) -> list[Finding]:
    base = settings.webhook_base_url
    if base is None:
        return [good("public address", "not needed: both sides are polled")]
    began = time.monotonic()
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{base}/healthz") as answer:
            status = answer.status
    except aiohttp.ClientConnectorCertificateError:
        advice = "Telegram accepts only valid certificates: renew yours, with its whole chain."
        return [bad("public address", "its certificate is not valid", advice)]
    except aiohttp.ClientError as error:
        advice = "Start the bot; then look at the name, the firewall and the proxy before it."
        name = type(error).__name__
        reached = not isinstance(error, aiohttp.ClientConnectorError)
        return [bad("public address", name if reached else f"cannot be reached ({name})", advice)]
    if status != 200:
        advice = "Something else answers there: lead WEBHOOK_BASE_URL to HOST and PORT of the bot."
        return [bad("public address", f"/healthz answers {status}", advice)]
    return [good("public address", f"answers in {1000 * (time.monotonic() - began):.0f} ms")]


async def _account(generator: NanoBanana) -> list[Finding]:
    try:
        credits_ = await generator.balance()
    except Failure as failure:
        if failure.reason is Reason.NO_ACCESS:
            return [
                bad("kie.ai account", failure.detail, "Copy NANO_BANANA_API_KEY from kie.ai again.")
            ]
        return [
            bad("kie.ai account", _words(failure), "Is NANO_BANANA_API_URL right and reachable?")
        ]
    detail = f"{credits_:,.2f} credits"
    if credits_ < _CREDITS_LOW:
        return [warning("kie.ai account", detail, "Top up at kie.ai before pictures are refused.")]
    return [good("kie.ai account", detail)]


async def _upload(generator: NanoBanana) -> list[Finding]:
    try:
        await generator.upload("doctor.png", PIXEL)
    except Failure as failure:
        return [
            bad("kie.ai upload", _words(failure), "Is NANO_BANANA_UPLOAD_URL right and reachable?")
        ]
    return [good("kie.ai upload", "takes pictures")]


def _words(failure: Failure) -> str:
    if not never_reached(failure):
        return str(failure)
    return f"cannot be reached ({failure.detail.removeprefix('upload: ')})"


async def _database(settings: Settings) -> list[Finding]:
    on_server = settings.database_path is None
    patience = timedelta(seconds=2 * settings.task_timeout_seconds)
    try:
        engine = engine_of(settings.database_url)
        found = await asyncio.to_thread(engine.records, datetime.now(UTC), patience=patience)
    except OSError as error:
        advice = "Put back a copy, or move it away to begin anew."
        if on_server:
            advice = "Does DATABASE_URL lead to the server, and does that run?"
        return [bad("database", str(error), advice)]
    if found is None:
        return [good("database", f"{engine.name} is made at the first start")]
    if found.pending and on_server:
        detail = f"{found.pending} migrations to come"
        return [bad("database", detail, "`python -m bot migrate`; `run` does not begin before.")]
    if found.pending:
        detail = f"{found.pending} migrations to come"
        return [warning("database", detail, "`python -m bot migrate`, or just `run`.")]
    return [good("database", f"{found.tasks} requests kept"), *_work(settings, found)]


def _work(settings: Settings, found: Records) -> list[Finding]:
    """The usual troubles: no callback, failed download, stuck requests."""
    findings = []
    if settings.webhook_base_url and found.finished >= _CALLS_COUNT and not found.called:
        detail = f"none for the last {found.finished} pictures"
        advice = "kie.ai must reach WEBHOOK_BASE_URL from outside; until then lookups find them."
        findings.append(warning("callbacks", detail, advice))
    elif settings.webhook_base_url and found.finished:
        findings.append(
            good("callbacks", f"for {found.called} of the last {found.finished} pictures")
        )
    if found.unfetched:
        detail = f"{found.unfetched} pictures are drawn and cannot be fetched"
        advice = "They are tried again; can this machine reach the addresses in the log?"
        findings.append(warning("downloads", detail, advice))
    if found.stuck:
        detail = f"{found.stuck} of {found.unfinished} are older than they should be"
        advice = "Is the bot running? The log of `run` tells by task what each waits for."
        findings.append(warning("requests", detail, advice))
    else:
        findings.append(good("requests", f"{found.unfinished} under way"))
    if found.parked:
        detail = f"{found.parked} could not be handled"
        findings.append(warning("updates", detail, "Look for `update parked` in the log."))
    return findings


async def _pictures(settings: Settings) -> list[Finding]:
    try:
        await try_pictures(settings.pictures_url, settings.pictures_access)
    except (OSError, Failure) as error:
        advice = "May this user write there?"
        if settings.in_bucket:
            advice = "Are STORAGE_URL and AWS_… right? The key must list, read, write and delete."
        return [bad("pictures", str(error), advice)]
    return [good("pictures", settings.pictures_url)]


async def _disk(settings: Settings) -> list[Finding]:
    free = await asyncio.to_thread(free_bytes, settings.folder.resolve())
    detail = f"{free / 1e9:.1f} GB free"
    if free < _DISK_LOW:
        verdict = Verdict.BAD if free < _DISK_FULL else Verdict.WARNING
        return [Finding("disk", verdict, detail, "Make room, or lower FILE_RETENTION_HOURS.")]
    return [good("disk", detail)]


async def _clock(settings: Settings) -> list[Finding]:
    """Signed addresses expire by our clock and are checked by it; Telegram's tells how right it is."""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(settings.telegram_api_url, allow_redirects=False) as answer,
        ):
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, KeyError, ValueError) as error:
        detail = f"cannot be compared with Telegram's: {type(error).__name__}"
        return [warning("clock", detail, "See what is said about telegram.")]
    skew = (datetime.now(UTC) - theirs).total_seconds()
    if abs(skew) > _SKEW_MAX:
        return [bad("clock", f"{skew:+.0f} s from Telegram's", "Let the system keep time (NTP).")]
    return [good("clock", "agrees with Telegram's")]
