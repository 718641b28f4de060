"""What can be set from outside: a wrong value is one clear line that names its variable."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.settings import Settings, WrongSettings, load
from bot.shop import Package

ROOT = Path(__file__).parent.parent
TOKEN, KEY = "123456:ABC-DEF_ghi", "kie-key"
NEEDED = {"TELEGRAM_BOT_TOKEN": TOKEN, "NANO_BANANA_API_KEY": KEY}
NAMES = {name.upper() for name in Settings.model_fields}


class Environment:
    """The variables of this process and the folder it runs in, as a test wants them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dotenv = folder / ".env"
        self._monkeypatch = monkeypatch
        monkeypatch.chdir(folder)
        for name in list(os.environ):
            if name.upper() in NAMES:
                monkeypatch.delenv(name)

    def read(self, **variables: str) -> Settings:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)
        return load()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(tmp_path, monkeypatch)


def wrong(environment: Environment, **variables: str) -> list[str]:
    with pytest.raises(WrongSettings) as error:
        environment.read(**variables)
    return str(error.value).splitlines()


WRONG = [
    (
        "TELEGRAM_BOT_TOKEN",
        ["", "token", "123456", "abc:def", ":x", "1:", "1:a b", "1:a\nb", " 1:a"],
    ),
    ("NANO_BANANA_API_KEY", ["", "   "]),
    (
        "WEBHOOK_BASE_URL",
        [
            *("example.org", "http://example.org", "https://", "ftp://example.org", "https://[::1"),
            *("https://example.org/?a=1", "https://example.org/#a", "https://example.org:99999"),
            *("https://example.org:port", "https://example.org:0", "http://localhost.evil.example"),
        ],
    ),
    ("PORT", ["http", "-1", "65536", "80.5", "8080 or so"]),
    ("TELEGRAM_API_URL", ["api.telegram.org", "//api.telegram.org", "https://"]),
    ("TELEGRAM_WEBHOOK_SECRET", ["with blank", "secret!", "密", "x" * 257]),
    ("NANO_BANANA_API_URL", ["api.kie.ai", "file:///etc"]),
    ("NANO_BANANA_UPLOAD_URL", ["kieai.redpandaai.co"]),
    (
        "DATABASE_URL",
        [
            *("data/bot.db", "sqlite:///", "mysql://localhost/bot", "sqlite://bot.db"),
            *("postgresql://", "postgresql://host", "postgresql://host/", "postgres:/host/bot"),
            *("postgresql://bot:a/b@host/bot", "postgresql://bot:a b@host/bot"),
        ],
    ),
    (
        "STORAGE_URL",
        [
            *("pictures", "/var/pictures", "ftp://host/pictures", "file://pictures"),
            *(
                "s3://",
                "s3://B",
                "s3:bucket",
                "s3://Bucket/a",
                "s3://bucket/a//b",
                "s3://bucket/..",
            ),
            *("s3://bucket?region=a", "s3://key:secret@bucket/a", "s3://bucket/a b"),
            *("gs://bucket/a", "az://container/a", "https://bucket.s3.amazonaws.com/a"),
        ],
    ),
    *[
        (name, ["a b", "密"])
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    ],
    ("AWS_REGION", ["two\nlines", "x" * 201]),
    ("AWS_ENDPOINT_URL", ["minio.example.org", "ftp://minio.example.org"]),
    *[
        (name, ["soon", "0", "-1", "nan", "inf", "1e300"])
        for name in (
            *("TASK_POLL_SECONDS", "TASK_SLOW_SECONDS", "TASK_TIMEOUT_SECONDS"),
            *("TASK_RESUBMIT_SECONDS", "FILE_RETENTION_HOURS", "HISTORY_DAYS"),
        )
    ],
    *[
        (name, ["0", "-1", "many", "1.5"])
        for name in ("PERSON_AT_ONCE", "CHAT_AT_ONCE", "JOBS_AT_ONCE", "JOBS_IN_TEN_SECONDS")
    ],
    ("ACCESS", ["Open", "private"]),
    *[(name, ["@ann", "5000001;7", "1.5", "[1]"]) for name in ("ALLOWED_IDS", "ADMIN_IDS")],
    ("FREE_CREDITS_DAILY", ["-1", "some", "1.5", "1000001", "Unlimited"]),
    ("GROUP_CREDITS_DAILY", ["-1", "unlimited", "1.5"]),
    ("KIE_CREDITS_LOW", ["-1", "some", "1.5", "1000001"]),
    ("PRICES", ["pro", "pro=", "pro=-1", "best=4", "banana:4k=4", "pro=1.5", "pro=20;2=4"]),
    (
        "STARS_PACKAGES",
        [
            *("50", "50=", "=100", "0=100", "50=0", "-50=100", "5.5=10", "50:100", "weekly:50=9"),
            *("Monthly:50=100", "50=100 monthly", "50=100;60=120", "50=100, 50=90", "100001=1"),
            *("monthly:10001=1", "monthly:50=1,monthly:50=2", "50=1000000"),
            ",".join(f"{number}=1" for number in range(1, 12)),
        ],
    ),
    ("TERMS_URL", ["example.org/terms", "ftp://example.org"]),
    ("SUPPORT_CONTACT", ["two\nlines", "x" * 201]),
    (
        "API_TOKENS",
        [
            *("secret", "shop:short", "shop:with:too:many", ":0123456789012345678901", "a b"),
            *("shop:0123456789012345678901:many", "shop:0123456789012345678901:-1"),
            *("shop:0123456789012345678901:1000001", "sh!p:0123456789012345678901"),
            "shop:0123456789012345678901, shop:1123456789012345678901",
            "shop:0123456789012345678901, lab:0123456789012345678901",
        ],
    ),
    ("API_REQUESTS_A_MINUTE", ["0", "-1", "1.5", "many", "100001"]),
    ("CORS_ORIGINS", ["*", "app.example.org", "https://app.example.org/", "ftp://example.org"]),
    ("PRESETS_FILE", ["/nowhere/presets.toml", ".", __file__]),
    ("LOG_LEVEL", ["info", "LOUD"]),
    ("LOG_FORMAT", ["xml", "JSON"]),
    (
        "SENTRY_DSN",
        [
            *("sentry", "https://sentry.example.org/1", "https://key@sentry.example.org"),
            *("https://key@sentry.example.org/project", "file://key@host/1", "https://key@[::1/1"),
        ],
    ),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", ["localhost:4318", "grpc://localhost:4317", "https://"]),
]


@pytest.mark.parametrize(("name", "values"), WRONG, ids=[name for name, _ in WRONG])
def test_a_wrong_value_is_one_line_that_names_its_variable(
    environment: Environment, name: str, values: list[str]
) -> None:
    for value in values:
        (line,) = wrong(environment, **{**NEEDED, name: value})
        assert re.fullmatch(rf"{name}: \S.+", line), (value, line)


def test_every_setting_that_can_be_wrong_is_in_the_table_above() -> None:
    anything_goes = {"HOST", "NANO_BANANA_WEBHOOK_KEY"}
    assert {name for name, _ in WRONG} | anything_goes == NAMES


def test_all_that_is_wrong_is_said_at_once(environment: Environment) -> None:
    lines = wrong(environment, PORT="x", LOG_LEVEL="y")
    assert [line.partition(":")[0] for line in lines] == [
        *("TELEGRAM_BOT_TOKEN", "NANO_BANANA_API_KEY", "PORT", "LOG_LEVEL")
    ]


def test_nobody_is_told_that_it_is_slow_after_it_was_given_up(environment: Environment) -> None:
    (line,) = wrong(environment, **NEEDED, TASK_SLOW_SECONDS="901")
    assert line.startswith("TASK_SLOW_SECONDS: ")


def test_packages_are_stars_and_the_credits_for_them(environment: Environment) -> None:
    assert not environment.read(**NEEDED).shop.is_open
    settings = environment.read(STARS_PACKAGES="50=100, 200=450 monthly:50=600")
    assert settings.shop.packages == (
        Package(stars=50, credits=100),
        Package(stars=200, credits=450),
        Package(stars=50, credits=600, monthly=True),
    )


def test_nothing_is_sold_where_nobody_pays(environment: Environment) -> None:
    more = {"STARS_PACKAGES": "50=100", "FREE_CREDITS_DAILY": "unlimited"}
    (line,) = wrong(environment, **NEEDED, **more)
    assert line.startswith("STARS_PACKAGES: ")


def test_a_wrong_secret_is_not_repeated(environment: Environment) -> None:
    lines = wrong(environment, TELEGRAM_BOT_TOKEN="12:mistyped token", NANO_BANANA_API_KEY=KEY)
    assert "mistyped" not in "\n".join(lines)


def test_two_secrets_are_enough(environment: Environment) -> None:
    settings = environment.read(**NEEDED)
    assert settings.telegram_bot_token.get_secret_value() == TOKEN
    assert settings.webhook_base_url is None
    assert settings.database_path == Path("data/bot.db")
    assert settings.pictures_url == (Path.cwd() / "data" / "pictures").as_uri()
    assert settings.files_kept == timedelta(hours=24)
    assert settings.history_kept == timedelta(days=30)
    assert (settings.patience.timeout, settings.patience.unclear) == (900, 120)
    assert (TOKEN in repr(settings), KEY in repr(settings)) == (False, False)


def test_an_empty_variable_counts_as_not_set(environment: Environment) -> None:
    settings = environment.read(**NEEDED, PORT="", WEBHOOK_BASE_URL="", STORAGE_URL="")
    assert (settings.port, settings.webhook_base_url) == (8080, None)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("WEBHOOK_BASE_URL", "https://bot.example.org/", "https://bot.example.org"),
        ("WEBHOOK_BASE_URL", "https://example.org/bot//", "https://example.org/bot"),
        ("WEBHOOK_BASE_URL", "http://localhost:8080", "http://localhost:8080"),
        ("WEBHOOK_BASE_URL", "http://[::1]:8080", "http://[::1]:8080"),
        ("NANO_BANANA_API_URL", "https://api.kie.ai/nano-banana", "https://api.kie.ai/nano-banana"),
        ("DATABASE_URL", "sqlite:////var/lib/my%20bot/x.db", "sqlite:////var/lib/my%20bot/x.db"),
        (
            "DATABASE_URL",
            "postgres://u:p%2F@h:1,i/n?sslmode=x",
            "postgres://u:p%2F@h:1,i/n?sslmode=x",
        ),
        ("DATABASE_URL", "postgresql:///bot", "postgresql:///bot"),
    ],
)
def test_an_address_is_kept_without_its_last_slash(
    environment: Environment, name: str, value: str, kept: str
) -> None:
    settings = environment.read(**NEEDED, **{name: value})
    assert getattr(settings, name.lower()) == kept


def test_a_database_path_may_be_absolute_and_hold_blanks(environment: Environment) -> None:
    settings = environment.read(**NEEDED, DATABASE_URL="sqlite:////var/lib/my%20bot/x.db")
    assert settings.database_path == Path("/var/lib/my bot/x.db")
    assert settings.pictures_url == "file:///var/lib/my%20bot/pictures"
    settings = environment.read(STORAGE_URL="file:///srv/pictures")
    assert settings.pictures_url == "file:///srv/pictures"


def test_every_secret_is_known_to_whoever_hides_secrets(environment: Environment) -> None:
    token = "0123456789012345678901"
    more = {
        "TELEGRAM_WEBHOOK_SECRET": "hook",
        "NANO_BANANA_WEBHOOK_KEY": "hmac",
        "API_TOKENS": f"shop:{token}",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "aws-secret",
        "AWS_SESSION_TOKEN": "aws-token",
    }
    settings = environment.read(**NEEDED, **more)
    aws = {"aws-secret", "aws-token"}
    assert set(settings.secrets) == {TOKEN, KEY, "hook", "hmac", token} | aws
    assert not any(one in repr(settings) for one in (token, *aws))


def test_a_bucket_is_reached_as_the_variables_of_aws_say(environment: Environment) -> None:
    settings = environment.read(**NEEDED, STORAGE_URL="s3://bucket/of/ours")
    assert (settings.pictures_url, settings.in_bucket) == ("s3://bucket/of/ours", True)
    assert settings.pictures_access == {}
    settings = environment.read(
        AWS_ACCESS_KEY_ID="id",
        AWS_SECRET_ACCESS_KEY="secret",
        AWS_SESSION_TOKEN="token",
        AWS_REGION="eu-central-1",
        AWS_ENDPOINT_URL="https://minio.example.org/",
    )
    assert settings.pictures_access == {
        "access_key_id": "id",
        "secret_access_key": "secret",
        "session_token": "token",
        "region": "eu-central-1",
        "endpoint": "https://minio.example.org",
    }


@pytest.mark.parametrize(
    ("password", "hidden"),
    [
        ("s3cret-word", {"s3cret-word"}),
        ("a%40b%2Fcdef", {"a%40b%2Fcdef", "a@b/cdef"}),
        # A word that may stand in any line is hidden where it is a password.
        ("bot", {":bot@"}),
        ("", set()),
    ],
)
def test_the_password_of_the_database_is_a_secret(
    environment: Environment, password: str, hidden: set[str]
) -> None:
    address = f"postgresql://ann:{password}@host/name"
    settings = environment.read(**NEEDED, DATABASE_URL=address)
    assert set(settings.secrets) == {TOKEN, KEY, *hidden}
    assert address not in repr(settings)
    (line,) = wrong(environment, **NEEDED, DATABASE_URL=f"postgresql://ann:{password}-s3cret/@host")
    assert "s3cret" not in line


def test_with_a_server_files_lie_in_a_folder_of_their_own(environment: Environment) -> None:
    settings = environment.read(**NEEDED, DATABASE_URL="postgresql://host/bot")
    assert settings.database_path is None
    assert settings.pictures_url == (Path.cwd() / "data" / "pictures").as_uri()


def test_a_token_that_is_wrong_is_not_repeated(environment: Environment) -> None:
    (line,) = wrong(environment, **NEEDED, API_TOKENS="shop:too-short-a-secret")
    assert "too-short" not in line
    assert "shop" in line


def test_tokens_have_names_and_perhaps_credits(environment: Environment) -> None:
    one, two = "0123456789012345678901", "x" * 20
    settings = environment.read(
        **NEEDED, API_TOKENS=f"shop:{one}, lab:{two}:500", FREE_CREDITS_DAILY="7", ACCESS="closed"
    )
    shop, lab = settings.api_tokens
    assert (shop.name, lab.name) == ("shop", "lab")
    allowances = settings.terms.allowances
    assert (allowances.of(shop.person), allowances.of(lab.person)) == (7, 500)
    # Whoever was given a token was let in, and nobody at Telegram has such a number.
    assert settings.terms.allowed == {shop.person, lab.person}
    assert min(shop.person, lab.person) > 2**52
    assert max(shop.person, lab.person) < 2**63


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_file_dotenv_is_read_and_the_environment_comes_first(
    environment: Environment, encoding: str
) -> None:
    text = (
        f"TELEGRAM_BOT_TOKEN={TOKEN}\n# a comment: 你好\nNANO_BANANA_API_KEY='{KEY}'\nPORT=1\nX=1\n"
    )
    environment.dotenv.write_text(text, encoding)
    assert environment.read(LOG_LEVEL="DEBUG").port == 1
    settings = environment.read(PORT="2")
    assert (settings.port, settings.nano_banana_api_key.get_secret_value()) == (2, KEY)


def test_a_dotenv_that_is_no_text_is_said_to_be_none(environment: Environment) -> None:
    environment.dotenv.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}", "utf-16")
    (line,) = wrong(environment)
    assert line.startswith(".env: ")


@hypothesis_settings(deadline=None)
@given(st.sampled_from(sorted(NAMES)), st.text(st.characters(codec="utf-8"), max_size=30))
def test_no_value_is_too_strange_to_be_refused_in_one_line(name: str, value: str) -> None:
    given_ = {name.lower(): value for name, value in {**NEEDED, name: value}.items()}
    try:
        settings = Settings(_env_file=None, **given_)
    except ValueError as error:
        assert len(error.errors()) == 1  # noqa: PT017 - or it is taken, which is as good
    else:
        assert settings.files_kept
        assert settings.folder


def test_every_setting_is_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    assert set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)) == NAMES


# --- the command line ------------------------------------------------------------------------


def run(folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in NAMES}
    return subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_missing_settings_end_the_process_with_status_two(tmp_path: Path) -> None:
    ended = run(tmp_path, {})
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines() == [
        "TELEGRAM_BOT_TOKEN: is missing",
        "NANO_BANANA_API_KEY: is missing",
    ]


def test_a_wrong_setting_in_dotenv_ends_the_process_with_status_two(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nNANO_BANANA_API_KEY={KEY}\n")
    ended = run(tmp_path, {"PORT": "eighty"})
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("PORT: ")
    assert [one.name for one in tmp_path.iterdir()] == [".env"]
