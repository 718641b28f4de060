"""What becomes of an album: a task, a question, words that say why not, or nothing.

An album may be settled more than once: after a crash, and whenever a part of it comes late.
"""

from dataclasses import dataclass, replace

from telegram import Bot, InlineKeyboardMarkup

from bot import albums
from bot.albums import Album
from bot.journal import Journal
from bot.life import OddMove, PictureState
from bot.ordering import Ordering, Request
from bot.origin import Origin, Reference
from bot.prompt import Objection
from bot.questions import Question, Topic, id_of
from bot.task import Task
from bot.telegram import words, words_many
from bot.telegram.answers import say
from bot.telegram.choosing import Choosing
from bot.telegram.confirming import Confirming
from bot.telegram.inquiries import Inquiries
from bot.telegram.objections import Objections
from bot.telegram.place import Place
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumWishes:
    bot: Bot
    ordering: Ordering
    confirming: Confirming
    choosing: Choosing
    inquiries: Inquiries
    journal: Journal
    objections: Objections
    speech: Speech

    async def settle(self, album: Album) -> Album:
        """Returns the album with what became of it. Raises Transient."""
        request = albums.wish(album)
        if request is None:
            return album
        t = await self.speech.to_origin(request.origin)
        try:
            if album.task:
                task = await self.journal.store.get(album.task)
                return await self._joined(t, album, request, task)
            if bad := albums.troubled(album):
                return await self._tell(album, request, words_many.album_refused(t, bad))
            return await self._wish(t, album, request)
        except Objection as why:
            text = await self.objections.words(t, request.origin, why)
            buttons = self.objections.buttons(t, request.origin, why)
            return await self._tell(album, request, text, buttons) if text else album

    async def give_up(self, album: Album) -> None:
        request = albums.wish(album)
        if request and request.origin.private:
            t = await self.speech.to_origin(request.origin)
            await say(self.bot, _place(request.origin), words.broken(t))

    async def _wish(self, t: Texts, album: Album, request: Request) -> Album:
        asked = await self._asked(request)
        if asked and asked.answered:
            return await self._late(t, album, request, asked.references)
        if asked and (asked.topic is Topic.CONFIRM or not request.text):
            # It stands there already; what is answered to it counts for all of them.
            known = replace(asked, references=request.references)
            await self.inquiries.questions.note(known)
            return album
        if not request.text:
            await self.choosing.ask(self.bot, t, request)
            return album
        task = await self.confirming.order(self.bot, t, request)
        if asked:
            await self.inquiries.close(self.bot, asked, request.key)
        if task is None:
            return album
        # After a crash it may be there already, with fewer pictures.
        return await self._joined(t, replace(album, task=task.id), request, task)

    async def _asked(self, request: Request) -> Question | None:
        """What we have asked about this album already."""
        for topic in (Topic.CONFIRM, Topic.PICTURES):
            question = await self.inquiries.questions.get(id_of(topic, request.key))
            if question and question.message is not None:
                return question
        return None

    async def _joined(self, t: Texts, album: Album, request: Request, task: Task | None) -> Album:
        """What came late joins the task while nothing of it has begun."""
        wanted = await self.ordering.prepare(request)
        if task and set(wanted.sources) <= set(task.sources):
            return album
        try:
            if task:
                await self.journal.change(task.id, lambda fresh: _with_pictures(fresh, wanted))
                return album
        except OddMove:
            pass
        return await self._late(t, album, request, task.references if task else ())

    async def _late(
        self, t: Texts, album: Album, request: Request, used: tuple[Reference, ...]
    ) -> Album:
        missing = {one.source for one in request.references} - {one.source for one in used}
        return await self._tell(album, request, words_many.came_too_late(t)) if missing else album

    async def _tell(
        self,
        album: Album,
        request: Request,
        text: str,
        buttons: InlineKeyboardMarkup | None = None,
    ) -> Album:
        """Once per album."""
        if not album.told:
            await say(self.bot, _place(request.origin), text, buttons)
        return replace(album, told=True)


def _with_pictures(task: Task, wanted: Task) -> Task:
    """The task with all its pictures, in their order. Raises OddMove when it has begun."""
    begun = any(one.submissions or one.state is not PictureState.CREATED for one in task.pictures)
    if begun or task.cancelled:
        raise OddMove(f"task {task.id} has begun")
    # What is fetched already need not be fetched again.
    known = {one.source: one for one in task.references}
    references = tuple(known.get(one.source, one) for one in wanted.references)
    order = replace(wanted.order, prompt=task.order.prompt, count=task.order.count)
    return replace(task, references=references, order=order)


def _place(origin: Origin) -> Place:
    return Place(origin.chat, origin.topic, origin.message)
