"""What /start and /help say. Examples stand between backticks, see `rich`."""

from collections.abc import Mapping
from enum import StrEnum

from bot import models
from bot.telegram import joining
from bot.telegram.rich import Rich, rich
from bot.telegram.texts import Texts
from bot.telegram.words import N_


class HelpTopic(StrEnum):
    """The pages of /help; the values stand on buttons and in links."""

    ASKING = "asking"
    CHANGING = "changing"
    SEVERAL = "several"
    OPTIONS = "options"
    GROUPS = "groups"
    BUTTONS = "buttons"
    SHARING = "sharing"
    PRIVACY = "privacy"


_TITLES: Mapping[HelpTopic, str] = {
    HelpTopic.ASKING: N_("✍️ Asking"),
    HelpTopic.CHANGING: N_("🖼 Changing a picture"),
    HelpTopic.SEVERAL: N_("🎲 Several at once"),
    HelpTopic.OPTIONS: N_("🎛 Options"),
    HelpTopic.GROUPS: N_("👥 Groups"),
    HelpTopic.BUTTONS: N_("🔘 Buttons"),
    HelpTopic.SHARING: N_("↗ Sharing"),
    HelpTopic.PRIVACY: N_("🔒 Privacy"),
}
_PAGES: Mapping[HelpTopic, str] = {
    HelpTopic.ASKING: N_(
        "Write what you would like to see. Tap an example to copy it:\n"
        "`a red fox in the snow`\n"
        "`a lighthouse at night --ar 16:9`\n\n"
        "In a group, begin with /imagine:\n"
        "`/imagine a red fox`\n\n"
        "The picture comes in answer to your message. /cancel stops what you have asked for."
    ),
    HelpTopic.CHANGING: N_(
        "Send a photo and say in its caption what to do:\n"
        "`make it a watercolour`\n\n"
        "Or reply to any picture, also to one of mine:\n"
        "`/imagine add a full moon`\n\n"
        "Several photos sent together are combined. "
        "Sent as files, they keep their full quality."
    ),
    HelpTopic.SEVERAL: N_(
        "The same again, up to ten times:\n"
        "`a red fox --n 4`\n\n"
        "One picture for each word in braces:\n"
        "`a {{red,blue}} fox`\n\n"
        "Many different ones, a line each: /batch"
    ),
    HelpTopic.OPTIONS: N_(
        "They may stand anywhere in the text:\n"
        "`--ar 16:9` – the shape (or portrait, landscape, square)\n"
        "`--n 4` – how many, up to 10\n"
        "`--model pro` – who draws: {models}\n"
        "`--size 4k` – how large: 1k, 2k or 4k\n"
        "`--format png` – png or jpg\n"
        "`--style watercolor` – a style, see /presets\n"
        "`--no text` – what not to show\n"
        "`--file` – as a file\n"
        "`--spoiler` – hidden until tapped\n\n"
        "Together:\n"
        "`a lighthouse at night --ar portrait --n 2`\n\n"
        "What you always want, /settings remembers."
    ),
    HelpTopic.GROUPS: N_(
        "I answer to a command, to my name, and to replies to my pictures:\n"
        "`/imagine a red fox`\n"
        "`@{username} a red fox`\n\n"
        "If nothing happens, tell me that you mean me:\n"
        "`/imagine@{username} a red fox`\n\n"
        "I answer in the topic you ask in. Admins choose what is usual here: /settings, "
        "and who may ask, where and how often: /group"
    ),
    HelpTopic.BUTTONS: N_(
        "Under every picture:\n"
        "🔁 the same once more\n"
        "🎲 four variations\n"
        "✏️ say what to change\n"
        "⬆️ larger, in 4K\n"
        "📐 another shape\n"
        "📄 the original file\n"
        "⭐ a favourite, to find again in /history\n"
        "ℹ️ how it was made\n"
        "↗ share it\n"
        "🗑 delete it\n\n"
        "They keep working. In a group, what you make from somebody's picture is yours."
    ),
    HelpTopic.SHARING: N_(
        "In any chat, write my name and choose one of your pictures:\n"
        "`@{username}`\n\n"
        "Or have one drawn right there:\n"
        "`@{username} a red fox`\n\n"
        "All your pictures, with your favourites: /history"
    ),
    HelpTopic.PRIVACY: N_(
        "I keep your requests and pictures for a while, so that the buttons work. "
        "The generator gets the prompt and the pictures, never who you are.\n\n"
        "What exactly, and for how long: /privacy\n"
        "Delete everything about you: /forget"
    ),
}


def title(t: Texts, topic: HelpTopic) -> str:
    """What stands on the button of a page, and above the page."""
    return t.gettext(_TITLES[topic])


def page(t: Texts, topic: HelpTopic, username: str) -> Rich:
    return rich(
        f"{title(t, topic)}\n\n{t.gettext(_PAGES[topic])}",
        username=username,
        models=joining.listed(t, models.CATALOGUE),
    )


def welcome(t: Texts, name: str) -> Rich:
    """To somebody who may never have met a bot."""
    return rich(
        t.gettext(
            "Hello {name}! I draw what you describe.\n\n"
            "✍️ Write what you would like to see.\n"
            "🖼 Or send a photo and say what to change.\n"
            "⏳ Wait a moment: the picture comes here.\n\n"
            "Tap an example to copy it, then send it:\n"
            "`a red fox in the snow`\n"
            "`a lighthouse at night --ar 16:9`"
        ),
        name=name,
    )


def hello(t: Texts) -> Rich:
    """To a group."""
    return rich(
        t.gettext(
            "👋 Hello! I draw what you describe. Ask me like this:\n"
            "`/imagine a red fox in the snow`\n\n"
            "To change a picture, reply to it:\n"
            "`/imagine add a full moon`"
        )
    )


def hint(t: Texts) -> Rich:
    """To a command without a wish."""
    return rich(
        t.gettext("What would you like to see? For example:\n`/imagine a red fox --ar 16:9`")
    )


def style(t: Texts, label: str, key: str, *, needs_picture: bool) -> Rich:
    """How to ask for a style; `label` is its name, `key` what people write."""
    if needs_picture:
        words = t.gettext("{label}\n\nSend a photo with this as its caption:\n`--style {key}`")
    else:
        words = t.gettext(
            "{label}\n\nTap to copy, and put your own words in front:\n`a red fox --style {key}`"
        )
    return rich(words, label=label, key=key)


def topics_button(t: Texts) -> str:
    return t.gettext("❓ Help topics")


def settings_button(t: Texts) -> str:
    return t.gettext("⚙️ Settings")
