"""What may be made of a picture that is there: the same again, others like it, larger, reshaped.

Pure. Each answer is an order that one model can carry out, and the pictures it starts from.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

from bot import models, prompt
from bot.life import PictureState
from bot.origin import PICTURE, Reference
from bot.prompt import Asked, Options, Order
from bot.task import Picture, Task

VARIATIONS = 4

# These are for the generator, which reads English best.
_VARIATION = (
    "Draw a new variation of this picture: keep its subject, style and mood, "
    "and vary the composition and the details. It was asked for in these words: {prompt}"
)
_LARGER = (
    "Redraw exactly this picture in a higher resolution. Keep everything as it is: subject, "
    "composition, colours, style and every detail. Add nothing and leave nothing out."
)
_RESHAPED = (
    "Redraw this picture in the new aspect ratio. Keep its subject, style, colours and mood; "
    "continue the scene where there is more room and do not stretch anything. "
    "It was asked for in these words: {prompt}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawing:
    """What a task is made of: `prompts` and `parent` are those of the task."""

    order: Order
    references: tuple[Reference, ...] = ()
    prompts: tuple[str, ...] = ()
    parent: str | None = None


def again(task: Task, picture: Picture | None = None) -> Redrawing:
    """The same once more: the whole task, or one picture of it in its own words."""
    pictures = (picture,) if picture else task.pictures
    return _same(task, pictures)


def failed(task: Task) -> Redrawing | None:
    """What did not come about, and nothing else; None when everything did."""
    pictures = tuple(one for one in task.pictures if one.state is PictureState.FAILED)
    return _same(task, pictures) if pictures else None


def variations(task: Task, picture: Picture) -> Redrawing:
    """Raises Mistake when the words are too long for that."""
    order = task.order
    template = _VARIATION.replace("{prompt}", order.template or "{prompt}")
    said = Options(count=VARIATIONS, style=order.style, avoid=order.avoid)
    return _from(picture, _settled(task, picture, said, template))


def larger(task: Task, picture: Picture) -> Redrawing:
    """At the largest size, by the cheapest model that can; as a file, or it would be shrunk."""
    able = [one for one in models.CATALOGUE.values() if "4k" in one.credits and one.references_max]
    cheapest = min(able, key=lambda one: one.credits["4k"])
    said = Options(model=cheapest.key, size="4k", as_file=True)
    return _from(picture, _settled(task, picture, said, _LARGER))


def shapes(task: Task) -> tuple[str, ...]:
    """The shapes its pictures can be given."""
    model = models.for_references(task.order.model, 1)
    return tuple(one for one in model.ratios if one not in ("auto", task.order.ratio))


def reshaped(task: Task, picture: Picture, ratio: str) -> Redrawing:
    """Raises Mistake when no model has such a ratio."""
    order = task.order
    template = _RESHAPED.replace("{prompt}", order.template or "{prompt}")
    said = Options(ratio=ratio, style=order.style, avoid=order.avoid)
    return _from(picture, _settled(task, picture, said, template))


def reference_to(picture: Picture) -> Reference:
    return Reference(source=picture.file_id or f"{PICTURE}{picture.id}", picture=picture.id)


def as_they_came(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """The same pictures for another task, which keeps copies of its own."""
    return tuple(Reference(source=one.source, picture=one.picture) for one in references)


def options_of(task: Task) -> dict[str, Any]:
    """Everything that was chosen but for the words, as plain values."""
    order = task.order
    chosen = Options(
        model=order.model,
        ratio=order.ratio,
        count=len(task.pictures),
        size=order.size,
        format=order.format,
        style=order.style,
        avoid=order.avoid,
        as_file=order.as_file or None,
        spoiler=order.spoiler or None,
    )
    return {name: value for name, value in asdict(chosen).items() if value is not None}


def _same(task: Task, pictures: tuple[Picture, ...]) -> Redrawing:
    order = replace(task.order, count=len(pictures))
    own = tuple(one.prompt if one.prompt is not None else order.prompt for one in pictures)
    differ = any(one.prompt is not None for one in pictures)
    if len(own) == 1:
        order, differ = replace(order, prompt=own[0]), False
    return Redrawing(
        order=order,
        references=as_they_came(task.references),
        prompts=own if differ else (),
        parent=task.parent,
    )


def _settled(task: Task, picture: Picture, said: Options, template: str) -> Order:
    """An order for the words of this picture, by the model that drew it if that can."""
    order = task.order
    text = order.prompt if picture.prompt is None else picture.prompt
    brought = Options(as_file=order.as_file or None, spoiler=order.spoiler or None)
    settled = prompt.settle(
        Asked(text, said.over(brought)),
        references=1,
        habits=Options(model=order.model, size=order.size, format=order.format),
        template=template,
    )
    if said.ratio:
        return settled
    kept = order.ratio if order.ratio in models.CATALOGUE[settled.model].ratios else "auto"
    return replace(settled, ratio=kept)


def _from(picture: Picture, order: Order) -> Redrawing:
    return Redrawing(order=order, references=(reference_to(picture),), parent=picture.id)
