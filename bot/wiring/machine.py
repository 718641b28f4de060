"""The life of tasks, put together: from the request that is written down to the picture brought."""

from dataclasses import dataclass

from bot.attempts import Attempts
from bot.bringing import Bringing
from bot.cards import Cards
from bot.collected import Collected, Unposted
from bot.drawing import Drawing
from bot.fencing import Fenced
from bot.journal import Journal
from bot.line import Line
from bot.neighbours import People, Wake
from bot.outlook import Forecast
from bot.pipeline import Pipeline
from bot.presets import pictures as style_pictures
from bot.references import References
from bot.setbacks import Setbacks
from bot.telegram.cards import CardBoard
from bot.telegram.delivery import Delivery
from bot.wiring.means import Means
from bot.worker import Alarm, Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    journal: Journal
    people: People
    pipeline: Pipeline
    line: Line
    worker: Worker
    alarm: Alarm
    wake: Wake


def assemble(means: Means) -> Machine:
    settings, doors, clock = means.settings, means.doors, means.clock
    generator = means.generator
    tasks, pictures, queue = means.stores.tasks, means.stores.pictures, means.stores.line
    bot, patience, alarm = means.application.bot, settings.patience, Alarm()
    calls = means.calls
    wake = calls.task if calls else alarm.ring
    journal = Journal(tasks)
    people: People = Collected(chats=Delivery(bot, pictures.open), pictures=pictures)
    if means.joined:
        people = Fenced(people=people, ours=means.joined.ours)
    references = References(
        journal=journal,
        people=people,
        pictures=pictures,
        generator=generator,
        doors=doors,
        clock=clock,
        styles=style_pictures(settings.presets),
    )
    attempts = Attempts()
    drawing = Drawing(
        journal=journal,
        references=references,
        pictures=pictures,
        generator=generator,
        doors=doors,
        setbacks=Setbacks(journal=journal, patience=patience, clock=clock),
        attempts=attempts,
        patience=patience,
        clock=clock,
    )
    line = Line(
        journal=journal,
        queue=queue,
        clock=clock,
        wake=wake,
        room=settings.room,
        came=calls.line if calls else None,
    )
    cards = Cards(
        board=Unposted(board=CardBoard(bot)),
        forecast=Forecast(
            queue=queue,
            experience=queue,
            patience=patience,
            clock=clock,
            seconds_per_job=10 / settings.jobs_in_ten_seconds,
        ),
        journal=journal,
        patience=patience,
        clock=clock,
    )
    bringing = Bringing(
        journal=journal,
        people=people,
        cards=cards,
        attempts=attempts,
        patience=patience,
        clock=clock,
    )
    pipeline = Pipeline(
        store=tasks,
        journal=journal,
        references=references,
        drawing=drawing,
        bringing=bringing,
        cards=cards,
        line=line,
        patience=patience,
        clock=clock,
        wake=wake,
    )
    return Machine(
        journal=journal,
        people=people,
        pipeline=pipeline,
        line=line,
        worker=Worker(pipeline, tasks, alarm, clock),
        alarm=alarm,
        wake=wake,
    )
