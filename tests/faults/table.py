"""The matrix as a table in Markdown: written from a run, read from README."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.faults.steps import STEPS, Fault, senseless

README = Path(__file__).parents[2] / "README.md"
PROPERTY = "outcome"
BEGIN, END = "<!-- fault matrix -->\n", "<!-- /fault matrix -->\n"

Outcomes = Mapping[tuple[str, str], str]


def markdown(outcomes: Outcomes) -> str:
    """Steps down, faults across; "?" where the run has no outcome."""
    rows = [["", *(fault.value for fault in Fault)], ["---"] * (len(Fault) + 1)]
    for step in STEPS:
        cells = []
        for fault in Fault:
            why = senseless(step, fault)
            cells.append(f"– {why}" if why else outcomes.get((step.name, fault.value), "?"))
        rows.append([f"**{step.name}**", *cells])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def write(file: Path, outcomes: Outcomes) -> None:
    """Into the file; into README only between its markers."""
    table = markdown(outcomes)
    text = file.read_text() if file.exists() else ""
    if BEGIN in text:
        before, rest = text.split(BEGIN)
        section, after = rest.split(END)
        # As it stands, lest a backslash in it be taken for an order.
        section = re.sub(r"(^\|.*\n)+", lambda _: table, section, count=1, flags=re.MULTILINE)
        table = f"{before}{BEGIN}{section}{END}{after}"
    file.write_text(table)


def in_readme() -> Outcomes:
    """What README says happens."""
    section = README.read_text().split(BEGIN)[1].split(END)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return {
        (row[0].strip("*"), fault): outcome
        for row in rows
        for fault, outcome in zip(head[1:], row[1:], strict=True)
    }
