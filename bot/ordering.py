"""From words to a task: flags, preferences, styles, and the order one model can carry out.

Whoever asks, in a message, by a button or over HTTP, comes through here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot import flags, prompt
from bot.origin import Origin, Reference
from bot.pipeline import Pipeline
from bot.preferences import Preferences, PreferenceStore, scopes
from bot.presets import Preset
from bot.prompt import Options, Order
from bot.task import Task, new_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks for.

    `text` is as they wrote it, flags and all. `options` count where the text says nothing, and
    before anybody's preferences. `order` is one that was settled before: it is taken as it is,
    and the text counts no more. `prompts` are the words of each picture where they differ.
    `key`, `slot` and `parent` are those of the task.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    pipeline: Pipeline
    preferences: PreferenceStore
    presets: Mapping[str, Preset]
    clock: Callable[[], datetime]

    async def place(self, request: Request) -> Task:
        """Write the task down, or find the one that was. Raises Mistake and Transient."""
        return await self.pipeline.request(await self.prepare(request))

    async def prepare(self, request: Request) -> Task:
        """The task as it would be. Raises Mistake and Transient."""
        known = await self.preferences.get(scopes(request.origin))
        order = request.order or self._settled(request, known)
        task = new_task(
            key=request.key,
            origin=replace(request.origin, language=known.language or request.origin.language),
            order=order,
            references=request.references,
            prompts=request.prompts,
            now=self.clock(),
        )
        return replace(task, parent=request.parent, slot=request.slot)

    def _settled(self, request: Request, known: Preferences) -> Order:
        asked = flags.read(request.text, styles=self.presets)
        said = asked.options.over(request.options)
        preset = self.presets.get(said.style or "")
        return prompt.settle(
            replace(asked, options=said),
            references=len(request.references),
            habits=preset.options.over(known.options) if preset else known.options,
            template=preset.template if preset else None,
        )
