"""What a stranger asks who goes by openapi.json alone: schemathesis, with hostile questions of every kind."""

import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from miner_agent.face.asked_wrongly import NothingThere
from miner_agent.face.books_desk import YearQuestion
from miner_agent.face.question_desk import QuestionDesk
from miner_agent.face.supposing_desk import SupposedQuestion
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.views.book_year_view import BookYearView, book_year_view
from miner_agent.views.what_if_view import WhatIfView
from miner_agent.web.app import build_app
from miner_agent.web.guard import Guard
from miner_agent.web.pages import Pages
from tests import databases
from tests.face.api_agent import faced
from tests.face.test_api import BESIDE
from tests.foreign_tools import require_foreign
from tests.log_ticks import START, full_tick
from tests.web.web_agent import serving
from tests.whole.test_contracts import everything

SUMMARY = {
    **dict.fromkeys(("income", "other_income", "gain", "depreciation", "hardware_gain", "net_profit", "kwh"), "1.25"),
    **dict.fromkeys(("book", "year", "country", "time_zone", "method", "scope", "activity", "rounding"), "x"),
    **dict.fromkeys(("payouts", "unpriced", "without_basis"), 1),
    "currency": "EUR",
    "gain_short": None,
    "gain_long": "-1.25",
    "expenses": {"energy": "3.00"},
    "entries_through": {"seq": 7, "hash": "ab"},
    "open_items": ["one"],
    "notes": [],
    "filed": {"closed_at": "2026-01-01T00:00:00Z"},
    "changed_since_filed": {"income": {"filed": "1.00", "corrected": "1.25"}},
}
MOST_EXAMPLES = 5  # of each document
SECONDS = 240.0


def year_told(question: YearQuestion) -> BookYearView:
    """A year of a book that was begun, by no process of its own."""
    if (question.year, question.book) != ("2025", None):
        raise NothingThere("There is no such year.")
    return book_year_view(SUMMARY)


def nothing_supposed(_question: SupposedQuestion) -> WhatIfView:
    """Nobody computes anything: a 503 would count as a server that failed."""
    raise NothingThere("There is nothing to suppose.")


@pytest.mark.e2e
@pytest.mark.parametrize("sees_money", [False, True])
def test_no_question_fails_and_nothing_is_told_outside_the_description(tmp_path: Path, sees_money: bool) -> None:
    tool = require_foreign("schemathesis") / "schemathesis"
    file = databases.empty_log(tmp_path)
    log = TelemetryLog.open(file, now=START)
    for number in range(20):
        log.append(full_tick(number, cards=2))
    log.close()
    with (
        closing(QuestionDesk("supposing", nothing_supposed)) as supposing,
        closing(QuestionDesk("books", year_told)) as books,
        closing(Guard(is_invented=sees_money)) as guard,
        faced(everything("EUR"), beside=BESIDE, log=file, supposing=supposing, books=books) as agent,
        serving(build_app(Pages(lambda: None), face=agent.face, guard=guard)) as host,
    ):
        done = subprocess.run(
            [
                *(tool, "run", f"http://127.0.0.1:{host.port}/api/v1/openapi.json"),
                *("--url", f"http://127.0.0.1:{host.port}", "--phases", "examples,coverage,fuzzing", "--checks", "all"),
                *("--exclude-checks", "positive_data_acceptance"),  # no schema says that a span begins before its end
                *("--max-examples", str(MOST_EXAMPLES), "--seed", "1", "--no-color", "--warnings", "off"),
            ],
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
