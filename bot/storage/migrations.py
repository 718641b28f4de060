"""The steps from an empty database to today's tables, applied in order and once each.

A step that has been released is never changed; a change is a new step. The same steps make the
tables of SQLite and, in the words of `dialect`, those of PostgreSQL. A step only adds, but for
indexes that another one makes needless: processes of the version before go on beside it.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any, Protocol

from sqlite_utils import Database, Migrations

from bot.gallery import folded

migrations = Migrations("bot")


class Tables(Protocol):
    """What a step works on. Rows older than PostgreSQL's first version lie in SQLite only: a step
    before that asks whether it has a `Database` of SQLite's before it moves them.
    """

    def execute(self, sql: str, /) -> Any: ...


def steps() -> dict[str, Callable[[Any], None]]:
    """All of them by name, in order."""
    with closing(sqlite3.connect(":memory:")) as empty:
        return {
            one.name: one.fn for one in migrations.pending(Database(empty, execute_plugins=False))
        }


@migrations()
def m001_tasks_and_pictures(db: Tables) -> None:
    # version: compare and set. due_at: unix seconds, NULL when nothing is left to do.
    db.execute(
        """
        CREATE TABLE tasks (
            id TEXT PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            version INTEGER NOT NULL,
            state TEXT NOT NULL,
            reason TEXT,
            due_at REAL,
            created_at REAL NOT NULL,
            chat INTEGER NOT NULL,
            person INTEGER NOT NULL,
            body TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX tasks_due ON tasks (due_at) WHERE due_at IS NOT NULL")
    db.execute("CREATE INDEX tasks_by_person ON tasks (person, created_at)")
    db.execute("CREATE INDEX tasks_by_age ON tasks (created_at)")
    db.execute(
        """
        CREATE TABLE pictures (
            id TEXT PRIMARY KEY,
            task TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            state TEXT NOT NULL,
            job TEXT,
            file TEXT,
            body TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX pictures_of_task ON pictures (task, number)")


@migrations()
def m002_updates(db: Tables) -> None:
    # queue: the chat or person whose updates are handled in order. seq: the order they came in.
    db.execute(
        """
        CREATE TABLE updates (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            update_id INTEGER NOT NULL UNIQUE,
            queue TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'new',
            tries INTEGER NOT NULL DEFAULT 0,
            received_at REAL NOT NULL,
            error TEXT,
            body BLOB NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX updates_waiting ON updates (queue, seq) WHERE state = 'new'")
    db.execute("CREATE INDEX updates_by_age ON updates (received_at)")


@migrations()
def m003_chats(db: Tables) -> None:
    # closed: why nothing may be sent there. moved_to: the id under which a group goes on.
    # to_offer: 1 from the moment it closes until what waits for it has been offered.
    db.execute(
        """
        CREATE TABLE chats (
            id INTEGER PRIMARY KEY,
            closed TEXT,
            closed_at REAL,
            moved_to INTEGER,
            to_offer INTEGER NOT NULL DEFAULT 0,
            changed_at REAL NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX chats_by_age ON chats (changed_at)")
    db.execute("CREATE INDEX chats_by_new_id ON chats (moved_to) WHERE moved_to IS NOT NULL")
    db.execute("CREATE INDEX tasks_unheard ON tasks (chat) WHERE reason = 'undeliverable'")
    db.execute("CREATE INDEX tasks_unheard_by ON tasks (person) WHERE reason = 'undeliverable'")
    # The pictures nobody has seen yet: their files are kept however old they are.
    db.execute(
        "CREATE INDEX pictures_unseen ON pictures (task)"
        " WHERE state = 'stored' AND json_extract(body, '$.message') IS NULL"
    )


@migrations()
def m004_conversation(db: Tables) -> None:
    # slot: the button a task was made with. queued: 1 while a picture stands in line. chat,
    # message: where it was sent. seconds: how long the generator took.
    db.execute("ALTER TABLE tasks ADD COLUMN slot TEXT")
    db.execute("CREATE INDEX tasks_by_slot ON tasks (slot, created_at) WHERE slot IS NOT NULL")
    for column in (
        "chat INTEGER",
        "message INTEGER",
        "model TEXT",
        "seconds REAL",
        "queued INTEGER NOT NULL DEFAULT 0",
        "deleted INTEGER NOT NULL DEFAULT 0",
    ):
        db.execute(f"ALTER TABLE pictures ADD COLUMN {column}")
    if isinstance(db, Database):
        db.execute(
            """
            UPDATE pictures SET
                message = json_extract(body, '$.message'),
                chat = (SELECT chat FROM tasks WHERE id = task),
                model = (SELECT json_extract(body, '$.order.model') FROM tasks WHERE id = task)
            """
        )
    db.execute(
        "CREATE INDEX pictures_by_message ON pictures (chat, message) WHERE message IS NOT NULL"
    )
    # SQLite adds the order in which they came by itself.
    came = "" if isinstance(db, Database) else ", rowid"
    db.execute(
        f"CREATE INDEX pictures_by_model ON pictures (model{came}) WHERE seconds IS NOT NULL"
    )
    # Whatever stands in line or takes a place at the generator.
    db.execute(
        "CREATE INDEX pictures_under_way ON pictures (task)"
        " WHERE state IN ('created', 'submitting', 'submitted')"
    )
    db.execute(
        """
        CREATE TABLE favourites (
            person INTEGER NOT NULL,
            picture TEXT NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
            added_at REAL NOT NULL,
            PRIMARY KEY (person, picture)
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX favourites_of_picture ON favourites (picture)")
    # scope: whose they are, `person:7`, `chat:-100` or `topic:-100:5`.
    db.execute(
        """
        CREATE TABLE preferences (
            scope TEXT PRIMARY KEY,
            body TEXT NOT NULL,
            changed_at REAL NOT NULL
        ) WITHOUT ROWID
        """
    )
    # What we have asked somebody: answered by a reply to the message, or by its buttons.
    db.execute(
        """
        CREATE TABLE questions (
            id TEXT PRIMARY KEY,
            chat INTEGER NOT NULL,
            message INTEGER,
            person INTEGER NOT NULL,
            asked_at REAL NOT NULL,
            body TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX questions_by_message ON questions (chat, message)")
    db.execute("CREATE INDEX questions_by_person ON questions (person)")
    db.execute("CREATE INDEX questions_by_age ON questions (asked_at)")
    # The pictures of an album arrive one by one. due_at: when it is taken to be complete, NULL
    # once it has become a task or a question.
    db.execute(
        """
        CREATE TABLE albums (
            chat INTEGER NOT NULL,
            album TEXT NOT NULL,
            due_at REAL,
            changed_at REAL NOT NULL,
            PRIMARY KEY (chat, album)
        )
        """
    )
    db.execute("CREATE INDEX albums_due ON albums (due_at) WHERE due_at IS NOT NULL")
    db.execute("CREATE INDEX albums_by_age ON albums (changed_at)")
    db.execute(
        """
        CREATE TABLE album_parts (
            chat INTEGER NOT NULL,
            album TEXT NOT NULL,
            message INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (chat, album, message),
            FOREIGN KEY (chat, album) REFERENCES albums (chat, album) ON DELETE CASCADE
        ) WITHOUT ROWID
        """
    )


@migrations()
def m005_albums_settled(db: Tables) -> None:
    # settled: 1 once it was taken to be complete. task: what became of it. told: 1 once it was
    # refused in words, or it was said that a part came too late.
    for column in (
        "settled INTEGER NOT NULL DEFAULT 0",
        "task TEXT",
        "told INTEGER NOT NULL DEFAULT 0",
    ):
        db.execute(f"ALTER TABLE albums ADD COLUMN {column}")


@migrations()
def m006_favourite_presses(db: Tables) -> None:
    # The press a favourite was last changed by, so that the same press again changes nothing.
    db.execute(
        """
        CREATE TABLE favourite_presses (
            person INTEGER NOT NULL,
            picture TEXT NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
            press TEXT NOT NULL,
            kept INTEGER NOT NULL,
            PRIMARY KEY (person, picture)
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX favourite_presses_of_picture ON favourite_presses (picture)")


@migrations()
def m007_galleries(db: Tables) -> None:
    # shelf: the place in its person's gallery, newest highest, NULL where it is in none. words:
    # the prompt as it is searched in; it lies in the index, so that a search reads nothing else.
    for column in ("person INTEGER", "shelf INTEGER", "words TEXT"):
        db.execute(f"ALTER TABLE pictures ADD COLUMN {column}")
    if isinstance(db, Database):
        db.conn.create_function("folded", 1, folded, deterministic=True)
        db.execute(
            """
            UPDATE pictures SET (person, words, shelf) = (
                SELECT
                    tasks.person,
                    folded(coalesce(
                        json_extract(pictures.body, '$.prompt'),
                        json_extract(tasks.body, '$.order.prompt')
                    )),
                    CASE WHEN NOT pictures.deleted AND (
                        json_extract(pictures.body, '$.file_id') IS NOT NULL
                        OR pictures.state = 'stored' AND pictures.message IS NULL
                        AND tasks.state IN ('delivered', 'reported')
                    ) THEN CAST(tasks.created_at * 1000000 AS INTEGER) - pictures.number END
                FROM tasks WHERE tasks.id = pictures.task
            )
            """
        )
    # PostgreSQL has no index of long texts; it reads those of one person where they lie.
    words = ", words" if isinstance(db, Database) else ""
    db.execute(
        f"CREATE INDEX pictures_in_gallery ON pictures (person, shelf, id{words})"
        " WHERE shelf IS NOT NULL"
    )
    # What somebody searches their gallery for, under a name short enough for a button.
    db.execute(
        """
        CREATE TABLE searches (
            person INTEGER NOT NULL,
            name TEXT NOT NULL,
            words TEXT NOT NULL,
            made_at REAL NOT NULL,
            PRIMARY KEY (person, name)
        )
        """
    )
    db.execute("CREATE INDEX searches_by_age ON searches (made_at)")


@migrations()
def m008_greetings(db: Tables) -> None:
    # greeted_at: when this group heard our hello.
    db.execute("ALTER TABLE chats ADD COLUMN greeted_at REAL")
    # What was handled needs nobody's name; from now on it is taken away at once.
    db.execute("UPDATE updates SET queue = '' WHERE state = 'done'")


@migrations()
def m009_books(db: Tables) -> None:
    # name: whose it is, see bot/credits.py. opening: what entries that are gone have made of it.
    # may_owe: credits come from there. day: the one day it is for.
    db.execute(
        """
        CREATE TABLE accounts (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            day TEXT,
            may_owe INTEGER NOT NULL DEFAULT 0,
            opening INTEGER NOT NULL DEFAULT 0,
            balance INTEGER NOT NULL DEFAULT 0,
            CHECK (balance >= 0 OR may_owe <> 0)
        )
        """
    )
    db.execute("CREATE INDEX accounts_by_day ON accounts (day) WHERE day IS NOT NULL")
    # key: what must not be entered twice, a payment for instance.
    db.execute(
        """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            kind TEXT NOT NULL,
            taken_from INTEGER NOT NULL REFERENCES accounts (id),
            given_to INTEGER NOT NULL REFERENCES accounts (id),
            amount INTEGER NOT NULL CHECK (amount > 0),
            task TEXT,
            picture TEXT,
            key TEXT UNIQUE
        )
        """
    )
    db.execute("CREATE INDEX entries_from ON entries (taken_from, at)")
    db.execute("CREATE INDEX entries_to ON entries (given_to, at)")
    db.execute("CREATE INDEX entries_by_age ON entries (at)")
    db.execute("CREATE INDEX entries_of_task ON entries (task) WHERE task IS NOT NULL")
    # What is reserved for a picture, and to which account it goes back if nothing comes of it.
    db.execute(
        """
        CREATE TABLE holds (
            picture TEXT NOT NULL,
            account INTEGER NOT NULL REFERENCES accounts (id),
            task TEXT NOT NULL,
            person INTEGER NOT NULL,
            amount INTEGER NOT NULL CHECK (amount > 0),
            PRIMARY KEY (picture, account)
        ) WITHOUT ROWID
        """
    )
    for column in ("task", "person", "account"):
        db.execute(f"CREATE INDEX holds_by_{column} ON holds ({column})")
    # What operators have decided about people and chats.
    db.execute(
        """
        CREATE TABLE standings (
            id INTEGER PRIMARY KEY,
            standing TEXT NOT NULL,
            changed_at REAL NOT NULL
        )
        """
    )
    # What operators have switched: one row, if any.
    db.execute(
        """
        CREATE TABLE switches (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            body TEXT NOT NULL,
            changed_at REAL NOT NULL
        )
        """
    )
    # Limits that somebody was told about in a group; they are not told again while they know.
    db.execute(
        """
        CREATE TABLE told (
            chat INTEGER NOT NULL,
            person INTEGER NOT NULL,
            barrier TEXT NOT NULL,
            message INTEGER NOT NULL,
            told_at REAL NOT NULL,
            PRIMARY KEY (chat, person, barrier)
        )
        """
    )
    db.execute("CREATE INDEX told_by_age ON told (told_at)")


@migrations()
def m010_statistics(db: Tables) -> None:
    # What is counted, taken out of the bodies into indexes.
    db.execute("ALTER TABLE tasks ADD COLUMN size TEXT AS (json_extract(body, '$.order.size'))")
    for column in (
        "failure TEXT AS (json_extract(body, '$.reason'))",
        "sent INTEGER AS (json_extract(body, '$.message') IS NOT NULL)",
        "heard INTEGER AS (json_extract(body, '$.heard'))",
        "drawn INTEGER AS (json_extract(body, '$.result') IS NOT NULL)",
    ):
        db.execute(f"ALTER TABLE pictures ADD COLUMN {column}")
    db.execute("CREATE INDEX tasks_by_state ON tasks (state, created_at)")
    db.execute("CREATE INDEX tasks_counted ON tasks (created_at, state, reason, size, id)")
    db.execute("CREATE INDEX pictures_by_state ON pictures (state)")
    db.execute(
        "CREATE INDEX pictures_counted ON pictures"
        " (task, state, model, seconds, failure, sent, heard, drawn)"
    )
    db.execute("CREATE INDEX updates_parked ON updates (update_id) WHERE state = 'parked'")


@migrations()
def m012_group_rules(db: Tables) -> None:
    # What the admins of a group have decided: see bot/group_rules.py.
    db.execute(
        """
        CREATE TABLE group_rules (
            chat INTEGER PRIMARY KEY,
            body TEXT NOT NULL,
            changed_at REAL NOT NULL
        )
        """
    )


@migrations()
def m013_desk(db: Tables) -> None:
    # For operators who ask about one chat, and to find those a broadcast goes to.
    db.execute("CREATE INDEX tasks_by_chat ON tasks (chat, created_at)")
    # reason: in the words of the operator who decided.
    db.execute("ALTER TABLE standings ADD COLUMN reason TEXT NOT NULL DEFAULT ''")
    # Troubles operators were told of, until they are told that those are over.
    db.execute("CREATE TABLE alarms (name TEXT PRIMARY KEY, since REAL NOT NULL) WITHOUT ROWID")
    # key: the message that asked for it. position: the last chat it has reached, in order.
    # chat, card: the message that shows how far it is.
    db.execute(
        """
        CREATE TABLE broadcasts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            chat INTEGER NOT NULL,
            card INTEGER,
            text TEXT NOT NULL,
            entities TEXT NOT NULL,
            state TEXT NOT NULL,
            position INTEGER NOT NULL DEFAULT 0,
            total INTEGER NOT NULL DEFAULT 0,
            reached INTEGER NOT NULL DEFAULT 0,
            closed INTEGER NOT NULL DEFAULT 0,
            made_at REAL NOT NULL
        )
        """
    )


@migrations()
def m014_purchases(db: Tables) -> None:
    # Payments in Telegram Stars. person is 0 once they are forgotten; told: they were thanked;
    # taken: the credits that went back with the refund.
    db.execute(
        """
        CREATE TABLE purchases (
            charge TEXT PRIMARY KEY,
            person INTEGER NOT NULL,
            stars INTEGER NOT NULL CHECK (stars > 0),
            credits INTEGER NOT NULL CHECK (credits >= 0),
            at REAL NOT NULL,
            told INTEGER NOT NULL DEFAULT 0,
            refunded_at REAL,
            taken INTEGER NOT NULL DEFAULT 0
        )
        """
    )
    db.execute("CREATE INDEX purchases_by_person ON purchases (person, at)")
    db.execute("CREATE INDEX purchases_by_age ON purchases (at)")


@migrations()
def m015_notices(db: Tables) -> None:
    # What is to be said at the callbackUrl of a task. due_at: NULL once it was said or given up.
    db.execute(
        """
        CREATE TABLE notices (
            id TEXT PRIMARY KEY,
            task TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            made_at REAL NOT NULL,
            due_at REAL,
            tries INTEGER NOT NULL DEFAULT 0
        )
        """
    )
    db.execute("CREATE INDEX notices_of_task ON notices (task)")
    db.execute("CREATE INDEX notices_due ON notices (due_at) WHERE due_at IS NOT NULL")


@migrations()
def m016_proofs(db: Tables) -> None:
    # What a Mini App has exchanged for a session, and is good for nothing any more; until it
    # would have run out by itself.
    db.execute("CREATE TABLE proofs (proof TEXT PRIMARY KEY, until REAL NOT NULL)")
    db.execute("CREATE INDEX proofs_by_age ON proofs (until)")


@migrations()
def m017_pace(db: Tables) -> None:
    # What all processes count together, see bot/pace.py: key is the name of a window, moments (the
    # latest first) when the turns in it were or will be, both unix seconds of the server's clock.
    # No index holds anything that changes with each turn, so that a row is rewritten in its place.
    db.execute(
        """
        CREATE TABLE pace (
            key TEXT PRIMARY KEY,
            moments TEXT NOT NULL DEFAULT '{}',
            paused_until REAL NOT NULL DEFAULT 0,
            seen_at REAL NOT NULL
        )
        """
    )


@migrations()
def m018_delivered_at(db: Tables) -> None:
    # When its pictures were brought; NULL while they are not. To see how long nothing was brought,
    # whichever process it was that did.
    db.execute("ALTER TABLE tasks ADD COLUMN delivered_at REAL")
    db.execute(
        "CREATE INDEX tasks_delivered_at ON tasks (delivered_at) WHERE delivered_at IS NOT NULL"
    )


@migrations()
def m019_taps(db: Tables) -> None:
    # The last press on each button that must not be taken twice within seconds.
    db.execute(
        """
        CREATE TABLE taps (
            person INTEGER NOT NULL,
            button TEXT NOT NULL,
            press TEXT NOT NULL,
            at REAL NOT NULL,
            PRIMARY KEY (person, button)
        )
        """
    )
    db.execute("CREATE INDEX taps_by_age ON taps (at)")


@migrations()
def m020_indexes_for_many(db: Tables) -> None:
    # Those that wait, whoever's they are, in the order in which they came.
    db.execute("CREATE INDEX updates_in_order ON updates (seq, queue) WHERE state = 'new'")
    # What an account was given for its day, among all else that came to it.
    db.execute("CREATE INDEX entries_daily ON entries (given_to, amount) WHERE kind = 'daily'")
    # What is asked of one person's tasks, without a look at the tasks themselves.
    db.execute("CREATE INDEX tasks_of_person ON tasks (person, created_at, id, chat, state)")
    # It begins as the first of these does, and `tasks_counted` as the other: each would only be
    # one more to write.
    db.execute("DROP INDEX tasks_by_person")
    db.execute("DROP INDEX tasks_by_age")
