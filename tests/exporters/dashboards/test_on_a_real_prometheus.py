"""Every question of every dashboard, asked of a Prometheus that scrapes the demo: none fails, and none is empty."""

import json
import math
import re
import urllib.error
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest

from tests.exporters.dashboards.scraped_demo import scraped_demo
from tests.real_services import Prometheus, got_json
from tests.waiting import until
from tools import dashboards
from tools.dashboard_lint import expressions

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("scraped demo")]
FILES = sorted(dashboards.FOLDER.glob("*.json"))
ANSWERED_SECONDS = 90.0
OF_GRAFANA = {"$__rate_interval": "30s", "$__range": "1m", "$__interval": "15s"}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with scraped_demo(tmp_path_factory.mktemp("demo")) as asked:
        yield asked


def filled(text: str, board: dict[str, Any]) -> str:
    """A question with what Grafana puts into it where a reader has chosen all."""
    for name, value in OF_GRAFANA.items():
        text = text.replace(name, value)
    for variable in board["templating"]["list"]:
        text = re.sub(rf"\${variable['name']}\b", ".*", text)
    assert "$" not in text
    return text


def lacking(asked: Mapping[str, str], prometheus: Prometheus) -> dict[str, str]:
    """The questions that have no answer, and what comes in its place."""
    found = dict[str, str]()
    for panel, text in asked.items():
        try:
            answers = prometheus.answered(text)
        except urllib.error.HTTPError as error:
            found[panel] = f"{json.load(error)['error']}: {text}"
            continue
        if not any(math.isfinite(float(answer["value"][1])) for answer in answers):
            found[panel] = f"{len(answers)} series for {text}"
    return found


def left_unanswered(board: dict[str, Any], prometheus: Prometheus) -> dict[str, str]:
    """What has no answer for as long as books, which are looked at once a minute, may take."""
    left = {f"{panel} {number}": filled(text, board) for number, (panel, text) in enumerate(expressions(board))}
    told = dict[str, str]()

    def all_have_one() -> bool:
        told.clear()
        told.update(lacking(left, prometheus))
        for answered in left.keys() - told.keys():
            del left[answered]
        return not told

    with suppress(AssertionError):
        until(all_have_one, seconds=ANSWERED_SECONDS, every_seconds=1)
    return told


@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_every_question_has_an_answer(name: str, prometheus: Prometheus) -> None:
    board = json.loads((dashboards.FOLDER / name).read_text())

    assert left_unanswered(board, prometheus) == {}


@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_every_variable_has_something_to_choose(name: str, prometheus: Prometheus) -> None:
    board = json.loads((dashboards.FOLDER / name).read_text())
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"])
            assert found
            series = quote(filled(found[1], board))
            choices = got_json(f"{prometheus.url}/api/v1/label/{found[2]}/values?match[]={series}")["data"]
            assert choices, variable["name"]
