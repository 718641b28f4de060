"""Everything that can be set from outside: the environment, or a file `.env` beside it."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import presets, tokens
from bot.access import Terms
from bot.credits import Allowances, PriceList
from bot.line import Room
from bot.patience import Patience
from bot.presets import PRESETS, Preset
from bot.shop import Shop
from bot.values import (
    ApiKey,
    ApiTokens,
    BotToken,
    Credits,
    DatabaseUrl,
    Days,
    Dsn,
    FreeCredits,
    Hours,
    Ids,
    OneLine,
    Origins,
    Packages,
    PresetsFile,
    Prices,
    PublicAddress,
    Requests,
    Seconds,
    StorageUrl,
    WebAddress,
    WebhookSecret,
)

_SECRET_MIN = 6
OFFICIAL_TELEGRAM = "https://api.telegram.org"


class Settings(BaseSettings):
    """One field per variable, in the order of `.env.example`. Empty means not set."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    telegram_bot_token: BotToken
    nano_banana_api_key: ApiKey

    webhook_base_url: PublicAddress | None = None
    host: str = "0.0.0.0"  # noqa: S104 - a server that is to be reached
    port: int = Field(8080, ge=0, le=65535)

    telegram_api_url: WebAddress = OFFICIAL_TELEGRAM
    telegram_webhook_secret: WebhookSecret | None = None
    nano_banana_api_url: WebAddress = "https://api.kie.ai"
    # Uploads have a host of their own; the main one answers 404 for them.
    nano_banana_upload_url: WebAddress = "https://kieai.redpandaai.co"
    nano_banana_webhook_key: SecretStr | None = None

    # There may be a password in it.
    database_url: DatabaseUrl = Field("sqlite:///data/bot.db", repr=False)
    storage_url: StorageUrl | None = None
    # As the tools of AWS name them; what is not here, obstore finds in the environment.
    aws_access_key_id: ApiKey | None = None
    aws_secret_access_key: ApiKey | None = None
    aws_session_token: ApiKey | None = None
    aws_region: OneLine | None = None
    aws_endpoint_url: WebAddress | None = None

    task_poll_seconds: Seconds = 3
    task_slow_seconds: Seconds = 180
    task_timeout_seconds: Seconds = 900
    task_resubmit_seconds: Seconds = 120
    person_at_once: int = Field(8, ge=1)
    chat_at_once: int = Field(16, ge=1)
    jobs_at_once: int = Field(100, ge=1)
    jobs_in_ten_seconds: int = Field(20, ge=1, le=10_000)
    access: Literal["open", "closed"] = "open"
    allowed_ids: Ids = frozenset()
    admin_ids: Ids = frozenset()
    # None: nobody has to pay.
    free_credits_daily: FreeCredits = 40
    group_credits_daily: Credits = 0
    prices: Prices = {}
    # Empty: nothing is sold.
    stars_packages: Packages = ()
    terms_url: WebAddress | None = None
    support_contact: OneLine | None = None
    kie_credits_low: Credits = 100

    api_tokens: ApiTokens = ()
    api_requests_a_minute: Requests = 60
    cors_origins: Origins = frozenset()

    file_retention_hours: Hours = 24
    history_days: Days = 30
    presets_file: PresetsFile | None = None

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"
    sentry_dsn: Dsn | None = None
    otel_exporter_otlp_endpoint: WebAddress | None = None

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        if self.task_slow_seconds > self.task_timeout_seconds:
            raise ValueError("TASK_SLOW_SECONDS: must not be longer than TASK_TIMEOUT_SECONDS")
        return self

    @model_validator(mode="after")
    def _credits_are_worth_something(self) -> Self:
        if self.stars_packages and self.free_credits_daily is None:
            raise ValueError("STARS_PACKAGES: nobody pays while FREE_CREDITS_DAILY is unlimited")
        return self

    @property
    def database_path(self) -> Path | None:
        """The file of the database; None where a server keeps it."""
        if not self.database_url.startswith("sqlite:///"):
            return None
        return Path(unquote(self.database_url.removeprefix("sqlite:///")))

    @property
    def folder(self) -> Path:
        """Where files of ours lie, unless set otherwise: beside the database if that is a file."""
        return self.database_path.parent if self.database_path else Path("data")

    @property
    def pictures_url(self) -> str:
        return self.storage_url or (self.folder / "pictures").resolve().as_uri()

    @property
    def in_bucket(self) -> bool:
        return self.pictures_url.startswith("s3:")

    @property
    def pictures_access(self) -> Mapping[str, str]:
        """How a bucket is reached, as far as it is set, in obstore's words."""
        secrets = {
            "access_key_id": self.aws_access_key_id,
            "secret_access_key": self.aws_secret_access_key,
            "session_token": self.aws_session_token,
        }
        plain = {"region": self.aws_region, "endpoint": self.aws_endpoint_url}
        return {name: value.get_secret_value() for name, value in secrets.items() if value} | {
            name: value for name, value in plain.items() if value
        }

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
        return Room(
            person=self.person_at_once,
            chat=self.chat_at_once,
            overall=self.jobs_at_once,
            ahead=self.jobs_in_ten_seconds,
        )

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
    def studio_address(self) -> str | None:
        """Where the Mini App is: it has to be reached from outside, like our doors."""
        return self.webhook_base_url and f"{self.webhook_base_url}/studio"

    @property
    def shop(self) -> Shop:
        return Shop(
            packages=self.stars_packages,
            key=self.telegram_bot_token.get_secret_value(),
            terms_url=self.terms_url,
            contact=self.support_contact,
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
            self.aws_secret_access_key,
            self.aws_session_token,
        )
        tokens_ = tuple(one.secret for one in self.api_tokens)
        mine = (value.get_secret_value() for value in values if value)
        return (*mine, *tokens_, *self._password)

    @property
    def _password(self) -> tuple[str, ...]:
        """That of the database, as written and as meant."""
        found = re.search(r"//[^/@:]*:([^/@]+)@", self.database_url)
        if found is None:
            return ()
        # A short one may be a word of any line: there it is hidden where it stands in an address.
        words = dict.fromkeys((found[1], unquote(found[1])))
        return tuple(one if len(one) >= _SECRET_MIN else f":{one}@" for one in words)


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
