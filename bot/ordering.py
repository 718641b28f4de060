"""From words to a task: flags, preferences, styles, and the order one model can carry out.

Whoever asks, in a message, by a button or over HTTP, comes through here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot import flags, models, permutations, prompt
from bot.access import Access, Denied
from bot.credits import NotEnough
from bot.neighbours import History
from bot.origin import Origin, Reference
from bot.permutations import Many
from bot.pipeline import Pipeline
from bot.preferences import Preferences, PreferenceStore, scopes
from bot.presets import Preset
from bot.prompt import AT_ONCE_MAX, Asked, Mistake, Options, Order, Wrong
from bot.task import Task, new_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks for.

    `text` is as they wrote it, flags and all; where it is `plain` it holds none. `options` count
    where the text says nothing, and before anybody's preferences. `order` is one that was settled before: it is taken as it is,
    and the text counts no more. `prompts` are the words of each picture where they differ.
    `key`, `slot`, `parent` and `digest` are those of the task.
    """

    key: str
    origin: Origin
    text: str
    references: tuple[Reference, ...] = ()
    options: Options = field(default_factory=Options)
    order: Order | None = None
    prompts: tuple[str, ...] = ()
    parent: str | None = None
    slot: str | None = None
    digest: str | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    pipeline: Pipeline
    preferences: PreferenceStore
    presets: Mapping[str, Preset]
    access: Access
    history: History
    clock: Callable[[], datetime]

    async def place(self, request: Request) -> Task:
        """Write the task down, or find the one that was. Raises Objection and Transient."""
        try:
            task = await self.prepare(request)
            # Not sooner: whoever is asked whether they mean it has paused by the time they answer.
            await self.access.rested(task.origin)
            payment = await self.access.payment(task.origin, task.order)
            return await self.pipeline.request(
                replace(task, price=payment.price if payment else 0), payment
            )
        except NotEnough as error:
            raise self.access.too_dear(error, request.origin) from error
        except Denied:
            # Handled once more, after a crash: what was allowed then has been written down.
            if known := await self.history.asked_as(request.key):
                return known
            raise

    async def price(self, task: Task) -> int:
        """Credits for each picture of a task as it would be. Raises Transient."""
        payment = await self.access.payment(task.origin, task.order)
        return payment.price if payment else 0

    async def prepare(self, request: Request) -> Task:
        """The task as it would be. Raises Objection and Transient."""
        known = await self.preferences.get(scopes(request.origin))
        order, references = request.order, request.references
        if order is None:
            order, references = self._settled(request, known)
        await self.access.check(request.origin, order)
        task = new_task(
            key=request.key,
            origin=replace(request.origin, language=known.language or request.origin.language),
            order=order,
            references=references,
            prompts=request.prompts,
            now=self.clock(),
        )
        return replace(task, parent=request.parent, slot=request.slot, digest=request.digest)

    def _settled(self, request: Request, known: Preferences) -> tuple[Order, tuple[Reference, ...]]:
        """The order, and the pictures that go with it: those of its style too. Raises Mistake."""
        if request.plain:
            asked = Asked(flags.clean(request.text).strip())
        else:
            asked = flags.read(request.text, styles=self.presets)
        said = asked.options.over(request.options)
        preset = self.presets.get(said.style or "")
        # Whoever asks again for what was drawn in a style brings its picture along.
        own = tuple(one for one in request.references if not one.of_a_style)
        if preset and preset.needs_picture and not own:
            raise Mistake(Wrong.NEEDS_PICTURE, model=f"--style {preset.key}")
        theirs = preset.references if preset else ()
        order = prompt.settle(
            # The longest one decides which model reads them all.
            replace(
                asked, prompt=max(request.prompts, key=len, default=asked.prompt), options=said
            ),
            references=len(own),
            habits=preset.options.over(known.options) if preset else known.options,
            template=preset.template if preset else None,
            styled=len(theirs),
        )
        return replace(order, prompt=asked.prompt), own + theirs

    def spread(self, request: Request) -> Request:
        """The request with the prompt of each picture, where its words stand for several.

        `--n` draws each of them so often. Raises Mistake.
        """
        asked = flags.read(request.text, styles=self.presets)
        # What no model reads is too long however it is meant, and would take long to take apart.
        written = [
            permutations.read(one) if len(one) <= models.PROMPT_MAX else Many(1, (one,))
            for one in request.prompts or (asked.prompt,)
        ]
        if not request.prompts and written[0] == Many(1, (asked.prompt,)):
            return request
        each = asked.options.over(request.options).count or 1
        if (count := sum(one.count for one in written) * each) > AT_ONCE_MAX:
            most = (str(AT_ONCE_MAX),)
            raise Mistake(Wrong.TOO_MANY_AT_ONCE, value=str(count), accepted=most)
        prompts = [text for one in written for text in one.texts if text for _ in range(each)]
        if not prompts:
            raise Mistake(Wrong.EMPTY)
        return replace(request, prompts=tuple(prompts))
