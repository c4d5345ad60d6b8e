"""Every alert has a runbook that a person can follow."""

import re
from pathlib import Path

import pytest

from exporters.alerts.runbook_pages import RUNBOOKS, runbook_names, runbook_page
from miner_agent.cli.support.purposes import PURPOSES
from tests.cli.every_command import ended

ROOT = Path(__file__).parents[3]


def test_every_alert_has_a_runbook_and_no_runbook_is_of_none() -> None:
    assert sorted(RUNBOOKS) == sorted(runbook_names())


def test_every_runbook_says_cause_check_and_what_to_do_in_whole_sentences() -> None:
    for name, book in RUNBOOKS.items():
        assert book.cause.endswith("."), name
        assert book.check, name
        for sentence in (*book.check, *book.then):
            assert sentence.endswith((".", "?", "`.")), (name, sentence)


def test_every_page_and_command_that_a_runbook_names_is_there() -> None:
    told = {name: runbook_page(name) for name in runbook_names()}
    pages = {(name, page) for name, text in told.items() for page in re.findall(r"\bdocs/[\w./-]*\w", text)}
    commands = {
        (name, word) for name, text in told.items() for word in re.findall(r"(?<!-u )\bminer-agent ([a-z-]+)", text)
    }

    assert pages
    assert [each for each in pages if not (ROOT / each[1]).exists()] == []
    assert commands
    assert [each for each in commands if each[1] not in PURPOSES] == []


def test_explain_prints_the_runbook_however_its_name_is_written() -> None:
    done = ended("alerts", "explain", "devicetemperaturehigh")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == runbook_page("DeviceTemperatureHigh")


@pytest.mark.parametrize(
    ("said", "hint"), [("FanStoped", 'did you mean "FanStopped"?'), ("???", "docs/alerts.md has them")]
)
def test_explain_of_no_alert_is_one_sentence(said: str, hint: str) -> None:
    done = ended("alerts", "explain", said)

    assert done.returncode == 2
    assert f"{said!r} is no alert" in done.stderr
    assert hint in done.stderr
