"""What a person may ask for, and which model can do it.

`settle` turns what was asked into an Order that one model can carry out, or answers with a
`Mistake` that names the flag at fault and what would have been accepted. How people write
their wishes is the business of `flags`.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from bot import models

COUNT_MAX = 10


class Wrong(StrEnum):
    """What is wrong with a wish."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNKNOWN_FLAG = "unknown_flag"
    MISSING_VALUE = "missing_value"
    BAD_VALUE = "bad_value"
    NEEDS_PICTURE = "needs_picture"
    TOO_MANY_PICTURES = "too_many_pictures"


@dataclass(slots=True, eq=False)
class Mistake(Exception):
    """A wish that cannot be carried out, with what is needed to say so in one line.

    `flag` and `value` are as the person wrote them, `accepted` what would do instead;
    `model` is the label of the model that minds, when it is the model that minds.
    """

    wrong: Wrong
    flag: str = ""
    value: str = ""
    accepted: tuple[str, ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the flags said; None where they said nothing."""

    model: str | None = None
    ratio: str | None = None
    count: int | None = None
    size: str | None = None
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A text with its flags taken out."""

    prompt: str
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be drawn, complete: every field is one that `model` accepts.

    `model` is a key of `models.CATALOGUE`; `format` is None where the model decides.
    """

    prompt: str
    model: str
    ratio: str
    size: str
    format: str | None
    count: int = 1


# Tried in this order when nobody named a model: the quick one, then the cheapest that can.
_UNNAMED = (models.DEFAULT_MODEL, "2.1", "2", "pro")


def settle(asked: Asked, *, references: int) -> Order:
    """Choose the model and fill in what was left open.

    `references` is how many pictures came along. A model that was named is kept and must be
    able to do it; otherwise the first of ours that can is taken. Raises Mistake.
    """
    if not asked.prompt:
        raise Mistake(Wrong.EMPTY)
    named = asked.options.model
    first: Mistake | None = None
    for key in (named,) if named else _UNNAMED:
        try:
            return _order(asked, models.for_references(key, references), references)
        except Mistake as mistake:
            first = first or mistake
    raise first or Mistake(Wrong.EMPTY)


def _order(asked: Asked, model: models.Model, references: int) -> Order:
    said = asked.options
    if references < model.references_min:
        raise Mistake(Wrong.NEEDS_PICTURE, model=model.label)
    if references > model.references_max:
        most = (str(model.references_max),)
        raise Mistake(
            Wrong.TOO_MANY_PICTURES, value=str(references), accepted=most, model=model.label
        )
    if len(asked.prompt) > model.prompt_max:
        most = (str(model.prompt_max),)
        raise Mistake(
            Wrong.TOO_LONG, value=str(len(asked.prompt)), accepted=most, model=model.label
        )
    if said.ratio and said.ratio not in model.ratios:
        raise Mistake(Wrong.BAD_VALUE, "--ar", said.ratio, model.ratios, model.label)
    if said.size and said.size not in model.sizes:
        raise Mistake(Wrong.BAD_VALUE, "--size", said.size, model.sizes, model.label)
    if said.format and said.format not in (model.formats or ("jpg",)):
        accepted = tuple(model.formats) or ("jpg",)
        raise Mistake(Wrong.BAD_VALUE, "--format", said.format, accepted, model.label)
    return Order(
        prompt=asked.prompt,
        model=model.key,
        ratio=said.ratio or model.default_ratio,
        size=said.size or model.sizes[0],
        format=(said.format or model.default_format) if model.formats else None,
        count=said.count or 1,
    )
