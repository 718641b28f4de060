"""Styles as data: `presets.toml` beside this file names each, its words and its options.

A preset is a template in which `{prompt}` stands for what the person says, or for nothing.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot import models
from bot.origin import STYLE, Reference
from bot.prompt import Options

# Each is a button, and stands in the data of one with what it is about: 64 bytes at the most.
# https://core.telegram.org/bots/api#inlinekeyboardbutton
KEY_MAX = 24
PRESETS_MAX = 40
LABEL_MAX = 40
# Some are made of several signs: families, flags, skins.
_EMOJI_MAX = 10
# More than this no model takes.
_PICTURE_MAX = 10_000_000
_FIELDS = {"emoji", "labels", "template", "options", "needs_picture", "reference"}
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "model": tuple(models.CATALOGUE),
    "ratio": models.WIDE_RATIOS,
    "size": models.SIZES,
    "format": models.FORMATS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """`labels` maps a language (`en`, `zh_CN`) to its name there. `needs_picture`: it changes a
    picture and draws none of its own. `reference` is a picture that goes along, its bytes.
    """

    key: str
    emoji: str
    labels: Mapping[str, str]
    template: str
    options: Options = field(default_factory=Options)
    needs_picture: bool = False
    reference: bytes | None = field(default=None, repr=False)

    @property
    def source(self) -> str:
        return f"{STYLE}{self.key}"

    @property
    def references(self) -> tuple[Reference, ...]:
        return (Reference(source=self.source),) if self.reference else ()

    def label(self, language: str) -> str:
        return f"{self.emoji} {self.labels.get(language, self.labels['en'])}"


def load(text: str, folder: Traversable | None = None) -> Mapping[str, Preset]:
    """The presets in a TOML text, by key; `folder` holds their pictures.

    Raises ValueError that names preset and field.
    """
    try:
        presets = {key: _preset(key, body, folder) for key, body in tomllib.loads(text).items()}
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"presets: {error}") from error
    if len(presets) > PRESETS_MAX:
        raise ValueError(f"presets: {len(presets)} are too many, up to {PRESETS_MAX} have a button")
    return MappingProxyType(presets)


def load_file(path: Path) -> Mapping[str, Preset]:
    """Those of an own file; its pictures lie beside it. Raises ValueError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: must be a text in UTF-8") from error
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from error
    return load(text, path.parent)


def pictures(presets: Mapping[str, Preset]) -> Mapping[str, bytes]:
    """The pictures that come with styles, by the source of their reference."""
    return {one.source: one.reference for one in presets.values() if one.reference}


def _preset(key: str, body: Any, folder: Traversable | None) -> Preset:
    if not re.fullmatch(rf"[a-z0-9_-]{{1,{KEY_MAX}}}", key):
        raise ValueError(
            f"presets: {key}: a name has up to {KEY_MAX} small letters, digits, - and _"
        )
    if not isinstance(body, dict):
        raise ValueError(f"presets: {key}: must be a table")  # noqa: TRY004 - as all of these
    if strange := set(body) - _FIELDS:
        raise ValueError(f"presets: {key}: unknown field {min(strange)}")
    if "{prompt}" not in str(body.get("template", "")):
        raise ValueError(f"presets: {key}: template: must hold {{prompt}}")
    return Preset(
        key=key,
        emoji=str(body.get("emoji", "🎨"))[:_EMOJI_MAX],
        labels=_labels(key, body.get("labels")),
        template=str(body["template"]),
        options=_options(key, body.get("options", {})),
        needs_picture=bool(body.get("needs_picture", False)),
        reference=_reference(key, body.get("reference"), folder),
    )


def _labels(key: str, labels: Any) -> Mapping[str, str]:
    if not isinstance(labels, dict) or not labels.get("en"):
        raise ValueError(f"presets: {key}: labels: must hold en")
    for language, label in labels.items():
        if not isinstance(label, str) or not 0 < len(label) <= LABEL_MAX:
            raise ValueError(f"presets: {key}: labels: {language}: must have 1-{LABEL_MAX} letters")
    return MappingProxyType(labels)


def _options(key: str, options: Any) -> Options:
    if not isinstance(options, dict):
        raise ValueError(f"presets: {key}: options: must be a table")  # noqa: TRY004
    for name, value in options.items():
        if name not in _OPTIONS:
            known = ", ".join(_OPTIONS)
            raise ValueError(f"presets: {key}: options: unknown option {name}, there are {known}")
        if value not in _OPTIONS[name]:
            raise ValueError(f"presets: {key}: options: {name} cannot be {value!r}")
    return Options(**options)


def _reference(key: str, name: Any, folder: Traversable | None) -> bytes | None:
    if name is None:
        return None
    if folder is None or not isinstance(name, str) or not re.fullmatch(r"[\w-][\w.-]*", name):
        raise ValueError(f"presets: {key}: reference: must be the name of a picture file")
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ValueError(
            f"presets: {key}: reference: {name} cannot be read: {error.strerror}"
        ) from error
    if not 0 < len(content) <= _PICTURE_MAX:
        raise ValueError(f"presets: {key}: reference: {name} must have 1 to {_PICTURE_MAX} bytes")
    return content


PRESETS = load((files("bot") / "presets.toml").read_text(encoding="utf-8"), files("bot") / "styles")
