"""The pictures that came along with a prompt: fetched once, checked, and shown to the generator."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.errors import Gone
from bot.journal import Journal
from bot.life import Vanished
from bot.neighbours import Doors, Generator, People, Pictures
from bot.origin import Reference
from bot.task import Task

# Long enough for a job that waits in the generator's queue.
ADDRESS_HOLDS = timedelta(hours=24)
# The generator keeps what is uploaded for 24 hours; a job is made well before that.
# https://docs.kie.ai/file-upload-api/quickstart
_UPLOAD_HOLDS = timedelta(hours=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """`styles` are the pictures that come with a style, by the source of their reference."""

    journal: Journal
    people: People
    pictures: Pictures
    generator: Generator
    doors: Doors
    clock: Callable[[], datetime]
    styles: Mapping[str, bytes] = field(default_factory=dict)

    async def prepare(self, task: Task) -> Task:
        """Fetch, check and keep what is not kept yet. Raises Transient or Refused."""
        # More may join while one is fetched.
        while bare := next((one for one in task.references if one.name is None), None):
            file = await self.pictures.keep_reference(await self._content(bare))
            try:
                task = await self._write(task, replace(bare, name=file.name))
            except Vanished:
                # Whoever sent it was forgotten meanwhile.
                await self.pictures.delete([file.name])
                raise
        return task

    async def _content(self, reference: Reference) -> bytes:
        """The picture as it was drawn, while we keep it, rather than as the chat shows it."""
        if reference.source in self.styles:
            return self.styles[reference.source]
        ours = reference.picture and await self.journal.store.find(reference.picture)
        if ours and reference.picture and (file := ours.picture(reference.picture).file):
            with contextlib.suppress(Gone):
                return await self.pictures.read(file.name)
        return await self.people.fetch(reference.source)

    async def addresses(self, task: Task) -> list[str]:
        """Where the generator finds them: in the bucket they lie in, if it can reach that, at our
        own door, or else uploaded to its host.

        Never a Telegram file address: it holds the bot's token.
        """
        return [
            await self._address(task, reference)
            for reference in (await self.prepare(task)).references
        ]

    async def _address(self, task: Task, reference: Reference) -> str:
        now = self.clock()
        name = reference.name or ""
        if there := await self.pictures.address(name, ADDRESS_HOLDS):
            return there
        if ours := self.doors.reference(name, now):
            return ours
        if reference.address and reference.address_until and reference.address_until > now:
            return reference.address
        address = await self.generator.upload(name, await self.pictures.read(name))
        until = now + _UPLOAD_HOLDS
        await self._write(task, replace(reference, address=address, address_until=until))
        return address

    async def _write(self, task: Task, reference: Reference) -> Task:
        def alter(fresh: Task) -> Task:
            references = (
                reference if one.source == reference.source else one for one in fresh.references
            )
            return replace(fresh, references=tuple(references))

        return await self.journal.change(task.id, alter)
