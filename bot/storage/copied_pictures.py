"""The folder of pictures as one .tar, and back. A picture never changes once it has its name."""

import shutil
import tarfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.storage.copies import Progress, appearing
from bot.storage.pictures import NAME


def archive_beside(copy: Path) -> Path:
    """Where the pictures lie that belong to a copy of the database."""
    return copy.with_name(f"{copy.name}.pictures.tar")


def pack(url: str, archive: Path, progress: Progress) -> int:
    """Put all pictures into one file; returns how many they are. Raises OSError, in one line.

    Taken after the database, it holds every picture that the copy knows of and that is still kept.
    """
    folder = _folder(url)
    names = [one.relative_to(folder).as_posix() for one in sorted(folder.glob("*/*"))]
    ours = [name for name in names if NAME.fullmatch(name)]
    packed = 0
    with appearing(archive) as partial, tarfile.open(partial, "w") as tar:
        for done, name in enumerate(ours, start=1):
            try:
                tar.add(folder / name, arcname=name, recursive=False)
                packed += 1
            except FileNotFoundError:
                # Its time was up meanwhile.
                pass
            progress(done, len(ours))
    return packed


def check(archive: Path) -> None:
    """Raises OSError, in one line, when there is no such archive."""
    if not archive.is_file():
        raise OSError(f"{archive}: there is no such file")
    if not tarfile.is_tarfile(archive):
        raise OSError(f"{archive}: is no archive of pictures")


def unpack(archive: Path, url: str, progress: Progress) -> int:
    """Put back the pictures that are not there; returns how many they are. Raises OSError.

    They are as old as they were, so they go when their time is up.
    """
    check(archive)
    folder, unpacked = _folder(url), 0
    try:
        with tarfile.open(archive) as tar:
            members = tar.getmembers()
            for done, member in enumerate(members, start=1):
                unpacked += _unpack_one(tar, member, folder)
                progress(done, len(members))
    except tarfile.TarError as error:
        raise OSError(f"{archive}: {error}") from error
    return unpacked


def _unpack_one(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> bool:
    target = folder / member.name
    if not member.isfile() or not NAME.fullmatch(member.name) or target.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    # What is half written when we are killed has a name that is swept away.
    partial = target.with_name(f"{target.name}#restoring")
    with partial.open("wb") as file:
        shutil.copyfileobj(tar.extractfile(member) or file, file)
    tar.utime(member, partial)
    partial.replace(target)
    return True


def _folder(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))
