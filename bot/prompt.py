"""What a person may ask for, and which model can do it.

`settle` turns what was asked into an Order that one model can carry out, or answers with a
`Mistake` that names the flag at fault and what would have been accepted. How people write
their wishes is the business of `flags`.
"""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Self

from bot import models

COUNT_MAX = 10
# How many different pictures one wish may stand for.
AT_ONCE_MAX = 40


class Wrong(StrEnum):
    """What is wrong with a wish."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNKNOWN_FLAG = "unknown_flag"
    MISSING_VALUE = "missing_value"
    BAD_VALUE = "bad_value"
    NEEDS_PICTURE = "needs_picture"
    TOO_MANY_PICTURES = "too_many_pictures"
    TOO_MANY_AT_ONCE = "too_many_at_once"


class Objection(Exception):
    """Why a wish is not carried out, in a way that can be said in a line or two."""


@dataclass(slots=True, eq=False)
class Mistake(Objection):
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
    """What the flags said; None where they said nothing. `style` is a key of the presets."""

    model: str | None = None
    ratio: str | None = None
    count: int | None = None
    size: str | None = None
    format: str | None = None
    style: str | None = None
    avoid: str | None = None
    as_file: bool | None = None
    spoiler: bool | None = None

    def over(self, others: Self) -> Self:
        """These options, and those of `others` where these say nothing."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        return replace(others, **said)


@dataclass(frozen=True, slots=True)
class Asked:
    """A text with its flags taken out."""

    prompt: str
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be drawn and how it is brought, complete: `model` accepts every field.

    `model` is a key of `models.CATALOGUE`; `format` is None where the model decides. `style`
    is the name of a preset and `template` its words, in which `{prompt}` stands for the prompt.
    """

    prompt: str
    model: str
    ratio: str
    size: str
    format: str | None
    count: int = 1
    style: str | None = None
    template: str | None = None
    avoid: str | None = None
    as_file: bool = False
    spoiler: bool = False

    def words(self, prompt: str | None = None) -> str:
        """What the generator reads, for this prompt or for the order's own."""
        text = self.prompt if prompt is None else prompt
        if self.template:
            text = self.template.replace("{prompt}", text).strip()
        return f"{text}\n\nDo not show: {self.avoid}." if self.avoid else text


# Tried in this order when nobody named a model: the quick one, then the cheapest that can.
_UNNAMED = (models.DEFAULT_MODEL, "2.1", "2", "pro")
_NOTHING = Options()


def settle(
    asked: Asked,
    *,
    references: int,
    habits: Options = _NOTHING,
    template: str | None = None,
    styled: int = 0,
) -> Order:
    """Choose the model and fill in what was left open.

    `references` is how many pictures came along. A model that was named is kept and must be
    able to do it; otherwise the first of ours that can is taken. `habits` are what the person
    or the chat prefers: taken where the model can. `template` is that of the style, `styled` how
    many pictures come with it. Raises Mistake.
    """
    if not asked.prompt and not template:
        raise Mistake(Wrong.EMPTY)
    named = asked.options.model
    usual = (habits.model,) if habits.model in models.CATALOGUE else ()
    first: Mistake | None = None
    for key in (named,) if named else (*usual, *_UNNAMED):
        try:
            model = models.for_references(str(key), references + styled)
            fitting = _fitting(habits, model, references)
            return _order(asked, model, references + styled, fitting, template)
        except Mistake as mistake:
            first = first or mistake
    raise first or Mistake(Wrong.EMPTY)


def _fitting(habits: Options, model: models.Model, references: int) -> Options:
    """Those habits this model can keep. A picture that is edited keeps its own shape."""
    return replace(
        habits,
        ratio=habits.ratio if habits.ratio in model.ratios and not references else None,
        size=habits.size if habits.size in model.sizes else None,
        format=habits.format if habits.format in model.formats else None,
    )


def _order(
    asked: Asked,
    model: models.Model,
    references: int,
    habits: Options,
    template: str | None,
) -> Order:
    said = asked.options
    if references < model.references_min:
        raise Mistake(Wrong.NEEDS_PICTURE, model=model.label)
    if references > model.references_max:
        most = (str(model.references_max),)
        raise Mistake(
            Wrong.TOO_MANY_PICTURES, value=str(references), accepted=most, model=model.label
        )
    if said.ratio and said.ratio not in model.ratios:
        raise Mistake(Wrong.BAD_VALUE, "--ar", said.ratio, model.ratios, model.label)
    if said.size and said.size not in model.sizes:
        raise Mistake(Wrong.BAD_VALUE, "--size", said.size, model.sizes, model.label)
    if said.format and said.format not in (model.formats or ("jpg",)):
        accepted = tuple(model.formats) or ("jpg",)
        raise Mistake(Wrong.BAD_VALUE, "--format", said.format, accepted, model.label)
    wish = said.over(habits)
    order = Order(
        prompt=asked.prompt,
        model=model.key,
        ratio=wish.ratio or model.default_ratio,
        size=wish.size or model.sizes[0],
        format=(wish.format or model.default_format) if model.formats else None,
        count=wish.count or 1,
        style=wish.style,
        template=template,
        avoid=wish.avoid,
        as_file=bool(wish.as_file),
        spoiler=bool(wish.spoiler),
    )
    if len(order.words()) > model.prompt_max:
        most = (str(model.prompt_max),)
        raise Mistake(
            Wrong.TOO_LONG, value=str(len(order.words())), accepted=most, model=model.label
        )
    return order
