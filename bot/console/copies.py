"""`python -m bot backup` and `restore`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.settings import Settings

FILE = click.Path(dir_okay=False, path_type=Path)


def _file(chosen: "Settings", instead: str) -> Path:
    """The database, which has to be a file. Raises Trouble."""
    from bot.console.desk import Trouble

    if chosen.database_path is None:
        raise Trouble(f"DATABASE_URL: PostgreSQL has its own command for that: `{instead}`")
    return chosen.database_path


def _must_be_folder(chosen: "Settings", instead: str) -> None:
    """The pictures have to lie in one. Raises Trouble."""
    from bot.console.desk import Trouble

    if chosen.in_bucket:
        raise Trouble(f"STORAGE_URL: a bucket has its own command for that: `{instead}`")


@click.command()
@click.argument("file", type=FILE)
@click.option("--pictures", is_flag=True, help="The pictures, too: into FILE.pictures.tar.")
def backup(*, file: Path, pictures: bool) -> None:
    """Copy the database to FILE, also while the bot runs, and check the copy.

    FILE must not be there yet. Keep it as safe as the database: people's words are in it.
    """
    from bot.console.desk import plainly, settings
    from bot.console.pages import bar
    from bot.storage import copied_pictures, copies

    chosen, archive = settings(), copied_pictures.archive_beside(file)
    path = _file(chosen, f"pg_dump --format=custom --file={file} DATABASE_URL")

    def copy() -> int:
        with bar("copying the database") as told:
            return copies.take(path, file, told)

    def pack() -> int:
        with bar("packing the pictures") as told:
            return copied_pictures.pack(chosen.pictures_url, archive, told)

    if pictures:
        _must_be_folder(chosen, f"aws s3 sync {chosen.pictures_url} FOLDER")
        plainly(lambda: copies.must_be_free(archive))
    size = plainly(copy)
    click.echo(f"{file}: {size / 1e6:,.1f} MB, checked")
    if pictures:
        count = plainly(pack)
        click.echo(f"{archive}: {count} pictures")


@click.command()
@click.argument("file", type=FILE)
@click.option("--pictures", is_flag=True, help="The pictures, too: from FILE.pictures.tar.")
def restore(*, file: Path, pictures: bool) -> None:
    """Put FILE, a copy made by `backup`, in the place of the database. Stop the bot first.

    The copy is checked before anything changes. The database it replaces is kept beside it under
    a dated name.
    """
    from bot.console.desk import now, plainly, settings
    from bot.console.pages import bar
    from bot.storage import copied_pictures, copies

    chosen, archive = settings(), copied_pictures.archive_beside(file)
    path = _file(chosen, f"pg_restore --clean --if-exists --dbname=DATABASE_URL {file}")

    def put_back() -> copies.PutBack:
        with bar("putting back the database") as told:
            return copies.put_back(file, path, now(), told)

    def unpack() -> int:
        with bar("putting back the pictures") as told:
            return copied_pictures.unpack(archive, chosen.pictures_url, told)

    if pictures:
        _must_be_folder(chosen, f"aws s3 sync FOLDER {chosen.pictures_url}")
        plainly(lambda: copied_pictures.check(archive))
    done = plainly(put_back)
    click.echo(f"{path} is what {file} was")
    if done.replaced:
        click.echo(f"What it replaced is kept as {done.replaced}")
    if pictures:
        click.echo(f"{plainly(unpack)} pictures put back")
    if done.unfinished:
        click.echo(
            f"{done.unfinished} requests were under way in this copy. The bot carries them on at its"
            " next start, and brings again what it may have brought since."
        )
