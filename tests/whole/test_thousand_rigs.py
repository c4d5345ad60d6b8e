"""One Prometheus, as shipped, scrapes a farm that does not exist: nothing is missed, and panels are quick on records."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from tests.agent import Agent
from tests.real_services import Prometheus, got, got_json, prometheus
from tests.waiting import let_pass, until
from tools.dashboards import FOLDER
from tools.panels.rendering import UID

DEPLOY = Path(__file__).parents[2] / "deploy"
PANEL_SECONDS = 0.010
LOOKS = 25


@contextmanager
def scraped_rigs(folder: Path, count: int, every_seconds: int) -> Iterator[Prometheus]:
    """A Prometheus that has found all of them, and asks each so often."""
    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0"}
    command = ("demo", "--script", "calm", "--rigs", str(count))
    with Agent(folder, environment=environment, command=command, first_start=True) as agent:
        until(lambda: len(got_json(f"{agent.url}/sd")) >= count, seconds=60, passing_over=(OSError,))
        text = (DEPLOY / "prometheus-gateway.yml").read_text()
        text = text.replace("127.0.0.1:9877", agent.url.removeprefix("http://"))
        text = text.replace("scrape_interval: 30s", f"scrape_interval: {every_seconds}s")
        text = text.replace("scrape_timeout: 10s", f"scrape_timeout: {min(10, every_seconds)}s")
        text = text.replace("../", f"{DEPLOY}/../")
        with prometheus(folder, re.sub(r"(?ms)^alerting:.*?\n\n", "", text)) as server:
            until(
                lambda: server.number('count(up{job="rig"} == 1)') > count,
                seconds=300,
                every_seconds=1,
                passing_over=(ValueError,),
            )
            yield server


def check_nothing_is_missed(server: Prometheus, rigs: int, seconds: int, every_seconds: int) -> None:
    """Every rig was there each time, and there is no pause in which a scrape was due."""
    span, targets = f"[{seconds}s]", rigs + 1
    steps, recent = f"[{seconds}s:2s]", f'count_over_time(up{{job="rig"}}[{every_seconds + 5}s])'
    down, paused, every, slowest, samples = (
        server.number(query)
        for query in (
            f'count(min_over_time(up{{job="rig"}}{span}) == 0) or vector(0)',
            f"count(count_over_time({recent}{steps}) < scalar(count_over_time(vector(1){steps}))) or vector(0)",
            f'sum(count_over_time(up{{job="rig"}}{span}))',
            f'max(max_over_time(scrape_duration_seconds{{job="rig"}}{span}))',
            'sum(scrape_samples_scraped{job="rig"})',
        )
    )
    print(f"{every:.0f} scrapes of {targets} targets in {seconds} s, the slowest {slowest:.3f} s; {samples:.0f} series")
    assert (down, paused) == (0, 0)
    assert server.number('count(up{job="rig"})') == targets


def evaluated_seconds(server: Prometheus, question: str) -> float:
    """What the answer takes without the way there: the quickest of many, since others work on this machine too."""
    asked = f"{server.url}/api/v1/{question}&stats=all"
    return min(float(got_json(asked)["data"]["stats"]["timings"]["evalTotalTime"]) for _ in range(LOOKS))


def panels(server: Prometheus) -> Iterator[tuple[str, float]]:
    """What the dashboard of a fleet asks, over as long as it is asked of."""
    now = time.time()
    board = json.loads((FOLDER / f"{UID}fleet.json").read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            query = quote(target["expr"].replace("$site", ".*"))
            asked = f"query_range?query={query}&start={now - 300}&end={now}&step=15"
            yield (
                f"{panel['title']} {target['refId']}",
                evaluated_seconds(server, asked if target.get("range") else f"query?query={query}"),
            )


def longest_group_seconds(server: Prometheus) -> float:
    page = got(f"{server.url}/metrics").decode()
    return max(
        float(value)
        for value in re.findall(r"^prometheus_rule_group_last_duration_seconds\S* (\S+)$", page, re.MULTILINE)
    )


@pytest.mark.lasting
@pytest.mark.e2e
def test_a_hundred_rigs_are_scraped_without_a_miss(tmp_path: Path) -> None:
    with scraped_rigs(tmp_path, 100, every_seconds=5) as server:
        let_pass(20 + 5)

        check_nothing_is_missed(server, 100, 20, every_seconds=5)
        until(lambda: server.number("site:rigs_up:sum") == 101, seconds=60, every_seconds=1, passing_over=(ValueError,))


@pytest.mark.soak
def test_a_thousand_rigs_are_scraped_for_five_minutes_and_panels_are_quick_on_records(tmp_path: Path) -> None:
    with scraped_rigs(tmp_path, 1000, every_seconds=15) as server:
        let_pass(2 * 15)
        process = psutil.Process(server.process_id)
        before_seconds = sum(process.cpu_times()[:2])
        let_pass(300)
        used_seconds = sum(process.cpu_times()[:2]) - before_seconds
        print(f"{used_seconds / 3:.1f} % of a core, {process.memory_info().rss / 2**30:.2f} GiB")
        print(f"the slowest group of rules: {longest_group_seconds(server):.3f} s")
        taken = dict(panels(server))
        print("\n".join(f"{1000 * seconds:8.2f} ms  {name}" for name, seconds in taken.items()))

        check_nothing_is_missed(server, 1000, 300, every_seconds=15)
        assert {name: seconds for name, seconds in taken.items() if seconds > PANEL_SECONDS} == {}
