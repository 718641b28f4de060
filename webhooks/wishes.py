"""A wish over HTTP, read from the fields of its body."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot import flags
from bot.prompt import Mistake, Options
from webhooks.bodies import Body, text_of
from webhooks.refusing import invalid, of_mistake

TEXT, IMAGE = "text-to-image", "image-to-image"
_NO = ("", "0", "false", "no", "off")
_YES = ("1", "true", "yes", "on")
# The field as it is called here -> the option it sets.
_OPTIONS: Mapping[str, str] = {
    "model": "model",
    "aspectRatio": "ratio",
    "n": "count",
    "count": "count",
    "size": "size",
    "format": "format",
    "negativePrompt": "avoid",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`pictures` are not checked yet, bytes or ids; `deliver`: to the private chat too."""

    prompt: str
    options: Options
    pictures: tuple[tuple[str, bytes | str], ...] = ()
    deliver: bool = False
    callback: str | None = None

    @property
    def size(self) -> int:
        return sum(len(one) for _, one in self.pictures)

    def digest(self) -> str:
        """The same for the same wish."""
        said = {
            "prompt": self.prompt,
            "options": asdict(self.options),
            "deliver": self.deliver,
            "callback": self.callback,
            "pictures": [
                one if isinstance(one, str) else hashlib.sha256(one).hexdigest()
                for _, one in self.pictures
            ],
        }
        return digest_of(said)


def read(body: Body, *, styles: Collection[str], may_call: Callable[[str], bool]) -> Wish:
    """Raises Problem(422), which names the field at fault. `steps` and the like count for nothing."""
    values = body.values
    prompt = text_of(values, "prompt")
    style = text_of(values, "style")
    if style is not None and style.casefold() not in styles:
        raise invalid("style", f"cannot be {style[:50]!r}; there are: {', '.join(styles)}")
    if not (prompt or "").strip() and style is None:
        raise invalid("prompt", "is missing: say what is to be drawn")
    _check_mode(text_of(values, "mode"), pictures=len(body.pictures))
    callback = text_of(values, "callbackUrl")
    if callback is not None and not may_call(callback):
        raise invalid("callbackUrl", "must be a public address that begins with https://")
    said = _options(values)
    return Wish(
        prompt=_whole(prompt or ""),
        options=Options(**said, style=style.casefold() if style else None),
        pictures=tuple(body.pictures),
        deliver=switch(values, "deliver"),
        callback=callback,
    )


def _whole(prompt: str) -> str:
    """Half of a pair of surrogates, which JSON can hold, is no text."""
    return prompt.encode(errors="replace").decode()


def _options(values: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, option in _OPTIONS.items():
        text = text_of(values, name)
        if text is None:
            continue
        try:
            said[option] = flags.value(option, name, _whole(text).strip())
        except Mistake as why:
            raise of_mistake(why) from why
    return said


def _check_mode(mode: str | None, *, pictures: int) -> None:
    if mode is not None and mode not in (TEXT, IMAGE):
        raise invalid("mode", f"cannot be {mode[:50]!r}; it is {TEXT} or {IMAGE}")
    if mode == IMAGE and not pictures:
        raise invalid("image", f"is missing: {IMAGE} needs a picture")
    if mode == TEXT and pictures:
        raise invalid("mode", f"is {TEXT}, but a picture came along: say {IMAGE}")


def switch(values: Mapping[str, Any], name: str) -> bool:
    word = (text_of(values, name) or "").casefold()
    if word in (*_NO, *_YES):
        return word in _YES
    raise invalid(name, "must be true or false")


def digest_of(said: Mapping[str, Any]) -> str:
    """The same for the same plain values."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def task_key(person: int, key: str) -> str:
    """The key of a task whose request carries `Idempotency-Key`."""
    return f"api:{person}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
