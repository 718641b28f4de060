"""Everything that can be set from outside: the environment, or a file `.env` beside it."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import presets, tokens
from bot.access import Terms
from bot.credits import Allowances, PriceList
from bot.line import Room
from bot.models import CATALOGUE
from bot.patience import Patience
from bot.presets import PRESETS, Preset
from bot.tokens import ApiToken

OFFICIAL_TELEGRAM = "https://api.telegram.org"
# https://core.telegram.org/bots/webhooks
_TELEGRAM_PORTS = (443, 80, 88, 8443)
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
    if not value.startswith("sqlite:///") or not value.removeprefix("sqlite:///"):
        raise ValueError("must look like sqlite:///data/bot.db")
    return value


def _storage(value: str) -> str:
    if not value.startswith("file:///"):
        raise ValueError("must look like file:///var/lib/bot/pictures")
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


Ids = Annotated[frozenset[int], NoDecode, BeforeValidator(_numbers)]
Prices = Annotated[dict[str, int], NoDecode, BeforeValidator(_prices)]
ApiTokens = Annotated[tuple[ApiToken, ...], NoDecode, BeforeValidator(tokens.read)]
Origins = Annotated[frozenset[str], NoDecode, BeforeValidator(_origins)]
Credits = Annotated[int, Field(ge=0, le=1_000_000)]
FreeCredits = Annotated[Credits | None, BeforeValidator(_perhaps_unlimited)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
# Up to what calendars can count: about a century.
Seconds = Annotated[float, Field(gt=0, le=3_000_000_000)]
Hours = Annotated[float, Field(gt=0, le=900_000)]
Days = Annotated[float, Field(gt=0, le=36_500)]


class Settings(BaseSettings):
    """One field per variable, in the order of `.env.example`. Empty means not set."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    telegram_bot_token: Annotated[SecretStr, AfterValidator(_bot_token)]
    nano_banana_api_key: Annotated[SecretStr, AfterValidator(_api_key)]

    webhook_base_url: Annotated[str, AfterValidator(_public_address)] | None = None
    host: str = "0.0.0.0"  # noqa: S104 - a server that is to be reached
    port: int = Field(8080, ge=0, le=65535)

    telegram_api_url: WebAddress = OFFICIAL_TELEGRAM
    telegram_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = None
    nano_banana_api_url: WebAddress = "https://api.kie.ai"
    nano_banana_upload_url: WebAddress = "https://kieai.redpandaai.co"
    nano_banana_webhook_key: SecretStr | None = None

    database_url: Annotated[str, AfterValidator(_database)] = "sqlite:///data/bot.db"
    storage_url: Annotated[str, AfterValidator(_storage)] | None = None

    task_poll_seconds: Seconds = 3
    task_slow_seconds: Seconds = 180
    task_timeout_seconds: Seconds = 900
    task_resubmit_seconds: Seconds = 120
    person_at_once: int = Field(8, ge=1)
    chat_at_once: int = Field(16, ge=1)
    jobs_at_once: int = Field(100, ge=1)
    access: Literal["open", "closed"] = "open"
    allowed_ids: Ids = frozenset()
    admin_ids: Ids = frozenset()
    # None: nobody has to pay.
    free_credits_daily: FreeCredits = 40
    group_credits_daily: Credits = 0
    prices: Prices = {}

    api_tokens: ApiTokens = ()
    cors_origins: Origins = frozenset()

    file_retention_hours: Hours = 24
    history_days: Days = 30
    presets_file: Annotated[Path, AfterValidator(_presets)] | None = None

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"
    sentry_dsn: Annotated[SecretStr, AfterValidator(_dsn)] | None = None
    otel_exporter_otlp_endpoint: WebAddress | None = None

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        if self.task_slow_seconds > self.task_timeout_seconds:
            raise ValueError("TASK_SLOW_SECONDS: must not be longer than TASK_TIMEOUT_SECONDS")
        return self

    @property
    def database_path(self) -> Path:
        return Path(unquote(self.database_url.removeprefix("sqlite:///")))

    @property
    def pictures_url(self) -> str:
        """Where pictures lie: a folder beside the database unless set otherwise."""
        return self.storage_url or (self.database_path.parent / "pictures").resolve().as_uri()

    @property
    def patience(self) -> Patience:
        return Patience(
            poll=self.task_poll_seconds,
            slow=self.task_slow_seconds,
            timeout=self.task_timeout_seconds,
            unclear=self.task_resubmit_seconds,
        )

    @property
    def room(self) -> Room:
        return Room(person=self.person_at_once, chat=self.chat_at_once, overall=self.jobs_at_once)

    @property
    def terms(self) -> Terms:
        return Terms(
            operators=self.admin_ids,
            closed=self.access == "closed",
            # Whoever has a token was let in.
            allowed=self.allowed_ids | {one.person for one in self.api_tokens},
            allowances=Allowances(
                person=self.free_credits_daily,
                group=self.group_credits_daily,
                own={
                    one.person: one.allowance
                    for one in self.api_tokens
                    if one.allowance is not tokens.USUAL
                },
            ),
            prices=PriceList(self.prices),
        )

    @property
    def files_kept(self) -> timedelta:
        return timedelta(hours=self.file_retention_hours)

    @property
    def history_kept(self) -> timedelta:
        return timedelta(days=self.history_days)

    @property
    def presets(self) -> Mapping[str, Preset]:
        """The styles of the operator's own file, or ours."""
        return presets.load_file(self.presets_file) if self.presets_file else PRESETS

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be read anywhere."""
        values = (
            self.telegram_bot_token,
            self.nano_banana_api_key,
            self.telegram_webhook_secret,
            self.nano_banana_webhook_key,
            self.sentry_dsn,
        )
        tokens_ = tuple(one.secret for one in self.api_tokens)
        return (*(value.get_secret_value() for value in values if value), *tokens_)


class WrongSettings(Exception):
    """Settings that cannot be used; the text has one line for each variable."""


def load() -> Settings:
    """Read the settings. Raises WrongSettings."""
    try:
        # The fields come from the environment, which mypy cannot see.
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        raise WrongSettings("\n".join(_line(one) for one in error.errors())) from None
    except UnicodeDecodeError:
        raise WrongSettings(".env: must be a text in UTF-8") from None


def _line(error: object) -> str:
    assert isinstance(error, dict)  # noqa: S101 - pydantic's ErrorDetails
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        message = "is missing"
    name = "_".join(str(part) for part in error["loc"][:1]).upper()
    return f"{name}: {message}" if name else message
