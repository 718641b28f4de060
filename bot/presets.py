"""Styles as data: `presets.toml` beside this file names each, its words and its options.

A preset is a template in which `{prompt}` stands for what the person says, or for nothing.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from bot import models
from bot.prompt import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """`labels` maps a language (`en`, `zh_CN`) to its name there. `needs_picture`: it changes a
    picture and draws none of its own. `reference` is the address of a picture that goes along.
    """

    key: str
    emoji: str
    labels: Mapping[str, str]
    template: str
    options: Options = field(default_factory=Options)
    needs_picture: bool = False
    reference: str | None = None

    def label(self, language: str) -> str:
        return f"{self.emoji} {self.labels.get(language, self.labels['en'])}"


def load(text: str) -> Mapping[str, Preset]:
    """The presets in a TOML text, by key. Raises ValueError that names preset and field."""
    try:
        return MappingProxyType(
            {key: _preset(key, body) for key, body in tomllib.loads(text).items()}
        )
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"presets: {error}") from error


def _preset(key: str, body: Any) -> Preset:
    if not isinstance(body, dict):
        raise ValueError(f"presets: {key}: must be a table")  # noqa: TRY004 - as all of these
    known = {"emoji", "labels", "template", "options", "needs_picture", "reference"}
    if strange := set(body) - known:
        raise ValueError(f"presets: {key}: unknown field {min(strange)}")
    if "{prompt}" not in body.get("template", ""):
        raise ValueError(f"presets: {key}: template: must hold {{prompt}}")
    if not body.get("labels", {}).get("en"):
        raise ValueError(f"presets: {key}: labels: must hold en")
    options = body.get("options", {})
    accepted = {
        "model": tuple(models.CATALOGUE),
        "ratio": models.WIDE_RATIOS,
        "size": models.SIZES,
        "format": models.FORMATS,
    }
    for name, value in options.items():
        if value not in accepted.get(name, ()):
            raise ValueError(f"presets: {key}: options: {name} cannot be {value!r}")
    return Preset(
        key=key,
        emoji=body.get("emoji", "🎨"),
        labels=MappingProxyType(body["labels"]),
        template=body["template"],
        options=Options(**options),
        needs_picture=bool(body.get("needs_picture", False)),
        reference=body.get("reference"),
    )


PRESETS = load((files("bot") / "presets.toml").read_text(encoding="utf-8"))
