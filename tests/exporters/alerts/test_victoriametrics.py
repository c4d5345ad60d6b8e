"""A real VictoriaMetrics finds by the rules what we find, although it looks at windows and joins in its own way."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from exporters.alerts import ALERTS
from exporters.alerts.evaluator import Evaluator
from exporters.alerts.promql import expression
from exporters.alerts.records import RIG_RECORDS, SITE_RECORDS
from exporters.alerts.rule_files import of_engine
from exporters.alerts.scraper_alerts import SCRAPED
from tests.exporters.alerts.scenarios import SCENARIOS, Course, at, page
from tests.requires import require_tool
from tests.service.daemon_asked import free_port
from tests.waiting import until
from tests.written_families import LABEL, families

pytestmark = pytest.mark.e2e
MOMENTS = "time_seconds", "timestamp_seconds"


class Database:
    """A server on loopback that belongs to one test."""

    def __init__(self, address: str) -> None:
        self.address = address

    def is_up(self) -> bool:
        try:
            return self._asked("/health") == b"OK"
        except URLError:
            return False

    def keep(self, lines: list[dict[str, Any]]) -> None:
        """Take over series, and show them from now on."""
        self._asked("/api/v1/import", "\n".join(map(json.dumps, lines)).encode())
        self._asked("/internal/force_flush")

    def found(self, query: str, seconds: int) -> list[dict[str, str]]:
        """The labels of what an expression finds at that moment. An error of the expression fails."""
        told = self._asked(f"/api/v1/query?{urlencode({'query': query, 'time': seconds, 'nocache': 1})}")
        return [each["metric"] for each in json.loads(told)["data"]["result"]]

    def _asked(self, path: str, body: bytes | None = None) -> bytes:
        with urlopen(Request(self.address + path, data=body), timeout=30) as answer:
            told: bytes = answer.read()
            return told


@contextmanager
def database(folder: Path) -> Iterator[Database]:
    program = require_tool("victoria-metrics", package="victoria-metrics")
    place = f"127.0.0.1:{free_port()}"
    options = (f"-httpListenAddr={place}", f"-storageDataPath={folder}", "-memory.allowedPercent=5")
    with subprocess.Popen((program, *options, "-loggerLevel=FATAL"), stderr=subprocess.DEVNULL) as process:
        try:
            served = Database(f"http://{place}")
            until(served.is_up, seconds=30)
            yield served
        finally:
            process.terminate()


def lines(rig: str, course: Mapping[str, Course], minutes: int, begins: int) -> Iterator[dict[str, Any]]:
    """A scenario, as it is imported. Moments are told from its beginning on."""
    for series, values in course.items():
        if values is not None:
            name, _, rest = series.partition("{")
            shift = begins if name.endswith(MOMENTS) else 0
            yield {
                "metric": {
                    "__name__": name,
                    "job": "rig",
                    "instance": "agent",
                    "rig": rig,
                    **dict(LABEL.findall(rest)),
                },
                "values": [at(values, minute) + shift for minute in range(minutes + 1)],
                "timestamps": [(begins + minute * 60) * 1000 for minute in range(minutes + 1)],
            }


def found_here(name: str, course: Mapping[str, Course], minutes: int) -> bool:
    """Whether the condition of the alert holds at the end of a scenario."""
    evaluator = Evaluator([rule for rule in ALERTS if rule.name == name])
    for minute in range(minutes + 1):
        looked = evaluator.look(families(page(course, minute)), now_seconds=minute * 60.0, steady_seconds=minute * 60.0)
    return bool(looked.found)


def test_victoriametrics_finds_by_every_rule_what_we_find(tmp_path: Path) -> None:
    wanted = {
        (name, rig): (course, scenario.minutes)
        for name, scenario in SCENARIOS.items()
        for rig, course in ((name, scenario.rig), (f"{name}-near", scenario.silent))
    }
    ends = int(time()) // 60 * 60 - 600
    with database(tmp_path) as served:
        served.keep(
            [
                line
                for (_, rig), (course, minutes) in wanted.items()
                for line in lines(rig, course, minutes, ends - minutes * 60)
            ]
        )
        found = {
            (rule.name, labels["rig"])
            for rule in ALERTS
            for labels in served.found(of_engine(expression(rule), "victoriametrics"), ends)
        }

    assert {(name, rig) for name, rig in found if rig.removesuffix("-near") == name} == {
        (name, rig) for (name, rig), (course, minutes) in wanted.items() if found_here(name, course, minutes)
    }


def test_victoriametrics_executes_every_record_and_what_only_it_sees(tmp_path: Path) -> None:
    with database(tmp_path) as served:
        for written in (each.expression for each in (*RIG_RECORDS, *SITE_RECORDS)):
            served.found(written, int(time()))
        for rule in SCRAPED:
            served.found(rule.expression, int(time()))
        assert served.found("vector(1)", int(time())) == [{}]
