"""`python -m bot demo`: the main job, visible, on a machine without accounts."""

import subprocess
import sys
from pathlib import Path

from bot.sandbox.painter import read_mark
from bot.sandbox.story import PICTURES

ROOT = Path(__file__).parent.parent


def test_the_demo_brings_every_picture_and_ends_with_0(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--speed", "50", "--keep", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "Ann: /imagine a red fox in the snow --ar 16:9" in shown.stdout
    assert "(Ann presses ✏️ Edit)" in shown.stdout
    assert "[🔁 Again] [🎲 Variations ×4]" in shown.stdout
    assert "(Mei presses ✅ 画 2 张)" in shown.stdout
    assert str(tmp_path / "chat") in shown.stdout
    # Whoever expected a page that stays reads why there is none.
    assert shown.stdout.splitlines()[-1] == (
        "It ends here because its output is not a terminal: run it in one, and the chat page stays open."
    )
    pictures = sorted((tmp_path / "chat").iterdir())
    assert len(pictures) == PICTURES
    assert len({read_mark(path.read_bytes()).job_id for path in pictures}) == PICTURES
