"""What stands on the sheet of a group's rules, and what its members read of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.access import Barrier, Denied
from bot.group_rules import GENERAL, GENERAL_NAME, GroupRules
from bot.telegram import figures, joining, words_settings
from bot.telegram.group_sheets import POOL, SPOILER, TOPICS
from bot.telegram.rich import Rich
from bot.telegram.settings_sheets import Field, Value
from bot.telegram.texts import Texts
from bot.telegram.words import N_

# A button shows no more of a name than this.
_NAME_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The credits of a group for today: as many as the operator gives, as many as its admins
    allow, and what is left of those.
    """

    given: int
    allowed: int
    left: int


_LABELS: Mapping[str, str] = {
    "on": N_("🔌 I draw here"),
    "admins_only": N_("🙋 Who may ask"),
    TOPICS: N_("💬 Topics"),
    "cool_down": N_("⏳ Pause"),
    POOL: N_("🪙 Credits of the group"),
    "for_asker": N_("👆 Buttons"),
}
_HINTS: Mapping[str, str] = {
    "on": N_("Switched off, I am silent here. Only admins can still open this with /group."),
    "admins_only": N_("Who may ask me for pictures here. Everybody can look at them."),
    TOPICS: N_(
        "Where people may ask. To allow one more topic, write /group in it. "
        "In topics that are not allowed I stay silent after a first hint."
    ),
    "cool_down": N_("How long each person has to pause between two requests."),
    POOL: N_(
        "What all people here may spend together each day, after their own free credits. "
        "It comes from the owner of this bot; you can allow less of it, or nothing."
    ),
    "for_asker": N_(
        "Who may press 🔁 🎲 ✏️ ⬆️ 📐 under a picture. Whoever asked for it and admins always "
        "can, and ℹ️ 📄 ↗ are for everybody."
    ),
    SPOILER: N_("Hidden pictures show themselves at a tap."),
}
_SWITCHES: Mapping[tuple[str, bool], str] = {
    ("on", True): N_("yes"),
    ("on", False): N_("no"),
    ("admins_only", True): N_("only admins"),
    ("admins_only", False): N_("everybody"),
    ("for_asker", True): N_("for who asked"),
    ("for_asker", False): N_("for everybody"),
}


def denied(t: Texts, why: Denied, now: datetime) -> str:
    """Why somebody may not ask in this group, or not now. It fits into an alert."""
    match why.barrier:
        case Barrier.GROUP_OFF:
            return t.gettext("🔌 The admins of this group have switched me off here.")
        case Barrier.ADMINS_ONLY:
            return t.gettext("🙋 In this group only admins may ask me for pictures.")
        case Barrier.WRONG_TOPIC:
            return t.gettext("💬 In this group I draw here: {topics}").format(topics=why.words)
        case _:
            wait = max((why.until or now) - now, timedelta(seconds=1))
            return t.gettext(
                "⏳ Everybody in this group pauses between two requests. Yours is next in {time}."
            ).format(time=figures.duration(t, wait))


def sheet(t: Texts, title: str, pool: Pool | None) -> Rich:
    """Above the buttons, for admins."""
    lines = [
        t.gettext("👥 Drawing in {title}").format(title=title),
        "",
        t.gettext("These are the rules here. Only admins can change them."),
    ]
    if pool:
        lines += ["", _pool(t, pool)]
    return Rich("\n".join(lines))


def rules(t: Texts, title: str, chat: int, rules: GroupRules, pool: Pool | None) -> Rich:
    """The same for everybody else, in a few lines."""
    lines = [t.gettext("👥 Drawing in {title}").format(title=title), ""]
    who = t.gettext("Only admins may ask.") if rules.admins_only else t.gettext("Anybody may ask.")
    lines.append(f"• {who}")
    if rules.topics:
        lines.append("• " + t.gettext("Topics: {topics}").format(topics=rules.places(chat)))
    if rules.cool_down:
        pause = t.gettext("Between two requests you pause for {time}.")
        lines.append("• " + pause.format(time=_pause(t, rules.cool_down)))
    if rules.for_asker:
        lines.append(
            "• " + t.gettext("The buttons that draw are for whoever asked for the picture.")
        )
    if pool and pool.allowed:
        lines.append("• " + _pool(t, pool))
    return Rich("\n".join(lines))


def _pool(t: Texts, pool: Pool) -> str:
    if not pool.allowed:
        return t.gettext("🪙 Everybody spends their own credits.")
    text = t.gettext("🪙 Credits of the group today: {spent} of {all} spent, {left} left.")
    return text.format(
        spent=figures.number(t, pool.allowed - pool.left),
        all=figures.number(t, pool.allowed),
        left=figures.number(t, pool.left),
    )


def choice(t: Texts, field: Field) -> Rich:
    """One rule, above the buttons to choose from."""
    return Rich(f"{label(t, field)}\n\n{t.gettext(_HINTS[field.name])}")


def label(t: Texts, field: Field) -> str:
    if field.name == SPOILER:
        return words_settings.label(t, field)
    return t.gettext(_LABELS[field.name])


def line(t: Texts, field: Field, value: Value | None, given: int) -> str:
    """A rule and what it is at; `given` is what the operator gives the group a day."""
    return joining.entry(t, label(t, field), value_of(t, field, value, given))


def value_of(t: Texts, field: Field, value: Value | None, given: int) -> str:
    if field.name == SPOILER:
        return words_settings.value_of(t, field, value)
    if isinstance(value, bool):
        return t.gettext(_SWITCHES[field.name, value])
    amount = given if value is None else int(value)
    match field.name:
        case "topics":
            return topics(t, amount)
        case "cool_down":
            return _pause(t, amount) if amount else t.gettext("none")
    if amount == 0:
        return t.gettext("none")
    return t.gettext("{credits} a day").format(credits=figures.number(t, min(amount, given)))


def _pause(t: Texts, seconds: int) -> str:
    """`30 seconds`, `1 minute`, `1 hour`."""
    unit = "hour" if seconds >= 3600 else "minute" if seconds >= 60 else "second"
    return figures.in_units(t, timedelta(seconds=seconds), unit)


def topics(t: Texts, count: int) -> str:
    if count == 0:
        return t.gettext("all")
    return t.ngettext("{count} topic", "{count} topics", count).format(count=count)


def everywhere(t: Texts) -> str:
    return t.gettext("In all topics")


def add_topic(t: Texts, rules: GroupRules, topic: int) -> str:
    return t.gettext("➕ This topic: {topic}").format(topic=_short(rules, topic))


def take_out(rules: GroupRules, topic: int) -> str:
    return f"✕ {_short(rules, topic)}"


def _short(rules: GroupRules, topic: int) -> str:
    if topic == GENERAL:
        return GENERAL_NAME
    return rules.names.get(topic, f"#{topic}")[:_NAME_MAX]


def too_many_topics(t: Texts) -> str:
    return t.gettext("More topics than these cannot be chosen. Allow all, or take one out first.")


def only_the_asker(t: Texts) -> str:
    """To whoever presses a button that draws under somebody else's picture."""
    return t.gettext(
        "In this group these buttons are for whoever asked for the picture. "
        "Ask for one of your own: /imagine"
    )


def in_groups(t: Texts) -> str:
    """To /group in private."""
    return t.gettext("Write /group in a group: its admins choose there who may ask, and how often.")
