"""Kinds of values the settings may have, each with one line that says what is wrong with one."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from bot import presets, tokens
from bot.models import CATALOGUE
from bot.shop import Package
from bot.tokens import ApiToken

# https://core.telegram.org/bots/webhooks
_TELEGRAM_PORTS = (443, 80, 88, 8443)
# https://core.telegram.org/bots/api#createinvoicelink says how much a subscription may cost; how
# much anything else may, nobody has said, and this is what others measured.
_SUBSCRIPTION_STARS_MAX, _STARS_MAX = 10_000, 100_000
_PACKAGES_MAX = 10
_CONTACT_MAX = 200
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[1-9][0-9]{0,4})?", re.IGNORECASE)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address like https://example.org")
    if parts.port == 0:
        raise ValueError("must not have the port 0")
    return value.rstrip("/")


def _public_address(value: str) -> str:
    address = _web_address(value)
    parts = urlsplit(address)
    if parts.query or parts.fragment:
        raise ValueError("must be an address without ? and #")
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ValueError("must begin with https:// (Telegram calls no other)")
    if parts.scheme == "https" and (parts.port or 443) not in _TELEGRAM_PORTS:
        raise ValueError("must use port 443, 80, 88 or 8443 (Telegram calls no other)")
    return address


def _bot_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("must look like 123456:ABC-DEF, as @BotFather gives it")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    # https://core.telegram.org/bots/api#setwebhook
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
        raise ValueError("may hold letters, digits, _ and - only, 256 at most")
    return value


def _api_key(value: SecretStr) -> SecretStr:
    # It goes into a header, and a space in it has come along by copying.
    if not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError("must be the key alone: plain letters, digits and signs, no spaces")
    return value


def _dsn(value: SecretStr) -> SecretStr:
    # https://docs.sentry.io/concepts/key-terms/dsn-explainer/
    parts = urlsplit(value.get_secret_value())
    web = parts.scheme in ("http", "https") and parts.hostname and parts.username
    if not web or parts.port == 0 or not parts.path.rpartition("/")[2].isdecimal():
        raise ValueError("must look like https://key@host/1, as Sentry shows it")
    return value


def _database(value: str) -> str:
    if value.removeprefix("sqlite:///") not in ("", value):
        return value
    # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    found = re.fullmatch(r"postgres(?:ql)?://[^/?#\s]*/([^/?#\s]+)(\?\S*)?", value)
    if found is None or "@" in found[1]:
        raise ValueError(
            "must look like sqlite:///data/bot.db or postgresql://user:password@host:5432/name"
            " (in a password, / is %2F and @ is %40)"
        )
    return value


def _storage(value: str) -> str:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    bucket = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_.-]*[A-Za-z0-9_-])*/?"
    if not value.startswith("file:///") and not re.fullmatch(bucket, value):
        raise ValueError("must look like file:///var/lib/bot/pictures or s3://bucket/prefix")
    return value


def _numbers(value: object) -> object:
    """`5, -100` as people write lists of ids."""
    if not isinstance(value, str):
        return value
    words = value.replace(",", " ").split()
    if not all(re.fullmatch(r"-?\d{1,19}", word) for word in words):
        raise ValueError("must be numbers with commas between them, like 5000001, -1001234567890")
    return frozenset(int(word) for word in words)


def _prices(value: object) -> object:
    """`pro=20, 2:4k=15`: a model, or one size of it, and its credits."""
    if not isinstance(value, str):
        return value
    prices: dict[str, int] = {}
    for word in value.replace(",", " ").split():
        name, _, credits_ = word.partition("=")
        model, _, size = name.partition(":")
        known = model in CATALOGUE and (not size or size in CATALOGUE[model].sizes)
        if not known or not re.fullmatch(r"\d{1,6}", credits_):
            accepted = ", ".join(CATALOGUE)
            raise ValueError(f"must look like pro=20, 2:4k=15; not {word!r} (models: {accepted})")
        prices[name] = int(credits_)
    return prices


def _packages(value: object) -> object:
    """`50=100, monthly:250=600`: Stars, and the credits for them."""
    if not isinstance(value, str):
        return value
    packages: list[Package] = []
    for word in value.replace(",", " ").split():
        found = re.fullmatch(r"(monthly:)?([1-9]\d{0,5})=([1-9]\d{0,5})", word)
        if found is None:
            raise ValueError(f"must look like 50=100, monthly:250=600; not {word!r}")
        package = Package(stars=int(found[2]), credits=int(found[3]), monthly=bool(found[1]))
        most = _SUBSCRIPTION_STARS_MAX if package.monthly else _STARS_MAX
        if package.stars > most:
            raise ValueError(f"{word!r} costs too much: {most} Stars is the most there can be")
        if (package.stars, package.monthly) in {(one.stars, one.monthly) for one in packages}:
            raise ValueError(f"{word!r} has the price of another package")
        packages.append(package)
    if len(packages) > _PACKAGES_MAX:
        raise ValueError(f"must be {_PACKAGES_MAX} packages at the most")
    return tuple(packages)


def _one_line(value: str) -> str:
    if len(value) > _CONTACT_MAX or not value.isprintable():
        raise ValueError(f"must be one line of up to {_CONTACT_MAX} characters")
    return value


def _perhaps_unlimited(value: object) -> object:
    return None if value == "unlimited" else value


def _presets(value: Path) -> Path:
    presets.load_file(value)
    return value


def _origins(value: object) -> object:
    """`https://example.org, https://app.example.org:8443`, as browsers name pages."""
    if not isinstance(value, str):
        return value
    words = value.replace(",", " ").split()
    if not all(_ORIGIN.fullmatch(word) for word in words):
        raise ValueError("must be origins with commas between them, like https://app.example.org")
    return frozenset(word.casefold() for word in words)


BotToken = Annotated[SecretStr, AfterValidator(_bot_token)]
ApiKey = Annotated[SecretStr, AfterValidator(_api_key)]
PublicAddress = Annotated[str, AfterValidator(_public_address)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
StorageUrl = Annotated[str, AfterValidator(_storage)]
OneLine = Annotated[str, AfterValidator(_one_line)]
PresetsFile = Annotated[Path, AfterValidator(_presets)]
Dsn = Annotated[SecretStr, AfterValidator(_dsn)]
Ids = Annotated[frozenset[int], NoDecode, BeforeValidator(_numbers)]
Prices = Annotated[dict[str, int], NoDecode, BeforeValidator(_prices)]
ApiTokens = Annotated[tuple[ApiToken, ...], NoDecode, BeforeValidator(tokens.read)]
Origins = Annotated[frozenset[str], NoDecode, BeforeValidator(_origins)]
Packages = Annotated[tuple[Package, ...], NoDecode, BeforeValidator(_packages)]
Requests = Annotated[int, Field(ge=1, le=100_000)]
Credits = Annotated[int, Field(ge=0, le=1_000_000)]
FreeCredits = Annotated[Credits | None, BeforeValidator(_perhaps_unlimited)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
# Up to what calendars can count: about a century.
Seconds = Annotated[float, Field(gt=0, le=3_000_000_000)]
Hours = Annotated[float, Field(gt=0, le=900_000)]
Days = Annotated[float, Field(gt=0, le=36_500)]
