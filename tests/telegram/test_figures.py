"""Numbers, times and amounts as each language writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.telegram import figures
from bot.telegram.texts import texts

WHEN = datetime(2030, 1, 2, 15, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(("language", "said"), [("en", "1,234.5"), ("zh", "1,234.5")])
def test_numbers(language, said):
    assert figures.number(texts(language), 1234.5) == said


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Jan 2, 2030 15:04 UTC"), ("zh", "2030年1月2日 15:04 UTC")]
)
def test_a_moment_is_told_in_utc(language, said):
    assert figures.moment(texts(language), WHEN) == said
    there = WHEN.astimezone(timezone(timedelta(hours=8)))
    assert figures.moment(texts(language), there) == said


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "0 seconds", "0秒钟"),
        (1, "1 second", "1秒钟"),
        (47.4, "47 seconds", "47秒钟"),
        (89, "89 seconds", "89秒钟"),
        (90, "2 minutes", "2分钟"),
        (3600, "60 minutes", "60分钟"),
        (6000, "2 hours", "2小时"),
        (3 * 86_400, "3 days", "3天"),
    ],
)
def test_a_duration_has_one_unit(seconds, english, chinese):
    length = timedelta(seconds=seconds)
    assert figures.duration(texts("en"), length) == english
    assert figures.duration(texts("zh"), length) == chinese


@pytest.mark.parametrize(
    ("hours", "said"),
    [(24, "24 hours"), (36, "36 hours"), (48, "2 days"), (720, "30 days"), (0.5, "30 minutes")],
)
def test_a_time_limit_reads_as_it_was_set(hours, said):
    assert figures.hours_or_days(texts("en"), timedelta(hours=hours)) == said


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [(1, "1 credit", "1 积分"), (4, "4 credits", "4 积分"), (1.5, "1.5 credits", "1.5 积分")],
)
def test_credits_are_counted_as_the_language_does(amount, english, chinese):
    assert figures.credits(texts("en"), amount) == english
    assert figures.credits(texts("zh"), amount) == chinese


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "English"), ("zh_CN", "简体中文"), ("de", "Deutsch"), ("pt_BR", "português")],
)
def test_a_language_is_called_as_it_calls_itself(language, name):
    assert figures.language_name(language) == name
