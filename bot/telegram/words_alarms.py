"""What operators are told by themselves: a trouble that has begun, or is over."""

from bot.telegram import figures
from bot.telegram.texts import Texts
from bot.telegram.words_desk import worth
from bot.watchman import Alarm, News

_WORDS_SHOWN = 300


def news(t: Texts, one: News) -> str:
    return _over(t, one) if one.over else _begun(t, one)


def _begun(t: Texts, one: News) -> str:
    words = one.words[:_WORDS_SHOWN]
    match one.alarm:
        case Alarm.LOW:
            return t.gettext("🔔 The account at kie.ai is running low: {credits} left.").format(
                credits=worth(t, one.amount)
            )
        case Alarm.PAUSED:
            return t.gettext(
                "🪫 The account at kie.ai is nearly empty: {credits} left. New requests are turned "
                "away in kind words until it is filled up; then I go on by myself."
            ).format(credits=worth(t, one.amount))
        case Alarm.WEBHOOK:
            return t.gettext(
                "🔔 Telegram cannot call this bot: {words}. Is its address reachable from outside?"
            ).format(words=words)
        case Alarm.FAILURES:
            return t.gettext(
                "🔔 Many tasks of the last half hour failed: {words}. /admin shows more."
            ).format(words=words)
        case Alarm.SILENCE:
            return t.gettext(
                "🔔 Somebody waits, and nothing was delivered for {minutes} minutes. "
                "/admin shows more."
            ).format(minutes=figures.number(t, int(one.amount)))
        case _:
            return t.gettext("🔔 The disk is nearly full: {free} MB are free.").format(
                free=figures.number(t, int(one.amount / 1_000_000))
            )


def _over(t: Texts, one: News) -> str:
    match one.alarm:
        case Alarm.LOW:
            return t.gettext("✅ The account at kie.ai is filled up: {credits}.").format(
                credits=worth(t, one.amount)
            )
        case Alarm.PAUSED:
            return t.gettext("✅ I take new requests again.")
        case Alarm.WEBHOOK:
            return t.gettext("✅ Telegram can call this bot again.")
        case Alarm.FAILURES:
            return t.gettext("✅ Tasks succeed again.")
        case Alarm.SILENCE:
            return t.gettext("✅ Pictures are delivered again.")
        case _:
            return t.gettext("✅ There is room on the disk again.")
