"""Lines for people are as wide as the terminal on which they are read."""

import os
import pty
import sys
import termios
from pathlib import Path

import pytest

from miner_agent.cli.support.fitted_lines import fitted, tell


def test_notes_fit_their_terminal_while_the_answer_goes_into_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyboard, screen = pty.openpty()
    termios.tcsetwinsize(screen, (24, 30))
    monkeypatch.delenv("COLUMNS", raising=False)
    with os.fdopen(screen, "w") as terminal, (tmp_path / "answer").open("w") as answer:
        monkeypatch.setattr(sys, "stdout", answer)
        monkeypatch.setattr(sys, "__stdout__", answer)
        monkeypatch.setattr(sys, "stderr", terminal)
        tell("note: this goes on without the configuration", err=True)
        terminal.flush()
        shown = os.read(keyboard, 1000).decode()
    os.close(keyboard)

    assert shown.splitlines() == ["note: this goes on without the", "  configuration"]


def test_a_letter_that_takes_two_columns_counts_as_two() -> None:
    assert fitted("矿机一号 太热 了 停", 12).splitlines() == ["矿机一号", "  太热 了 停"]
    assert fitted("矿机一号", 8) == "矿机一号"
