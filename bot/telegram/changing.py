"""✏️: what shall I change in this picture, or how shall I say it instead? The answer is a wish.

The question remembers everything the answer needs, so it can be answered after a year.
"""

from dataclasses import asdict, dataclass, replace

from telegram import MessageEntity, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot import redrawing
from bot.access import Denied
from bot.questions import Question, Topic
from bot.telegram import keyboards
from bot.telegram import words_results as words
from bot.telegram.asking import as_before
from bot.telegram.inquiries import Inquiries
from bot.telegram.keyboards import Action
from bot.telegram.lengths import utf16_length
from bot.telegram.objections import Objections
from bot.telegram.presses import Taps, acknowledge
from bot.telegram.results import Pressed, Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    results: Results
    inquiries: Inquiries
    objections: Objections
    taps: Taps

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        mine = keyboards.pattern(Action.EDIT, Action.REWORD)
        return [CallbackQueryHandler(self.on_press, pattern=mine)]

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.results.pressed(update.callback_query)
        if pressed is None:
            return
        try:
            await self.results.access.welcome(pressed.origin)
        except Denied as why:
            await acknowledge(pressed.query, self.objections.alert(pressed.t, why), alert=True)
            return
        await acknowledge(pressed.query)
        if not await self.taps.is_first(pressed.query):
            return
        question = asked(pressed)
        known = await self.inquiries.questions.get(question.id)
        if known and known.message is not None:
            return
        edits = pressed.button.action is Action.EDIT
        text = words.what_to_change(pressed.t) if edits else words.what_instead(pressed.t)
        entities: list[MessageEntity] = []
        if not pressed.private:
            # We answer our own message here, so only a mention opens the right keyboard.
            user = pressed.query.from_user
            text = words.for_name(pressed.t, user.first_name, text)
            length = utf16_length(user.first_name)
            entities = [MessageEntity(MessageEntity.TEXT_MENTION, 0, length, user=user)]
        await self.inquiries.ask(
            pressed.query.get_bot(),
            question,
            text,
            topic=pressed.place.topic,
            hint="" if edits else pressed.task.order.prompt,
            entities=entities,
        )


def asked(pressed: Pressed) -> Question:
    """The question, with what its answer goes on from. The same press asks the same."""
    task, picture, origin = pressed.task, pressed.picture, pressed.origin
    question = Question(
        id=f"press:{pressed.query.id}",
        topic=Topic.PROMPT,
        chat=origin.chat,
        person=origin.person,
        asker=origin.message,
        picture=task.parent,
        task=task.id,
        references=redrawing.as_they_came(task.references),
        more={"options": redrawing.options_of(task)},
    )
    if picture is None:
        return question
    said = {name: value for name, value in asdict(as_before(task)).items() if value is not None}
    return replace(
        question,
        topic=Topic.CHANGE,
        picture=picture.id,
        references=(redrawing.reference_to(picture),),
        more={"options": said},
    )
