"""Many prompts in one message or file: a line each, or a row of a table. Pure."""

import csv
import io
from dataclasses import dataclass

BYTES_MAX = 100_000


class Unreadable(ValueError):
    """These bytes are no text we can read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt; `number` is its line as the person counts, beginning with 1."""

    number: int
    text: str


def decode(content: bytes) -> str:
    """UTF-8 with or without its mark, or what Chinese Windows writes. Raises Unreadable."""
    if b"\0" in content:
        raise Unreadable("null bytes")
    # GB 18030 is GBK and more. https://encoding.spec.whatwg.org/#gb18030-decoder
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("neither UTF-8 nor GBK")


def lines(text: str, *, first: int = 1) -> list[Line]:
    """Each line that says something; `first` is the number of the first one."""
    numbered = enumerate(text.splitlines(), start=first)
    return [Line(number, line.strip()) for number, line in numbered if line.strip()]


def rows(text: str) -> list[Line]:
    """The column `prompt` of a table, or its first one where none has that name.

    Raises Unreadable.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    found: list[Line] = []
    column, begin = 0, 1
    try:
        for number, row in enumerate(reader):
            names = [cell.strip().casefold() for cell in row]
            if number == 0 and "prompt" in names:
                column = names.index("prompt")
            elif len(row) > column and row[column].strip():
                # A cell may go on over several lines, which a prompt need not.
                found.append(Line(begin, " ".join(row[column].split())))
            begin = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(str(error)) from error
    return found


def _delimiter(text: str) -> str:
    """What parts the cells: some write semicolons or tabs, and all of them a header then."""
    header = next(iter(text.splitlines()), "")
    return next((one for one in "\t;" if one in header and "," not in header), ",")
