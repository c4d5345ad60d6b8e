"""The pages of rigs behind the gateway, over real sockets on loopback."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from miner_agent.web.app import OPENMETRICS_CONTENT_TYPE, TEXT_CONTENT_TYPE, build_app
from miner_agent.web.guard import Guard
from miner_agent.web.pages import MetricsPage, Pages, RigPage, RigPages
from tests.web.web_agent import OPENMETRICS_PAGE, PROMETHEUS_3_ACCEPT, TEXT_PAGE, Agent, serving

# Rigs behind the gateway

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def rig_page(text: bytes, *, up: bool = True, fresh_until_seconds: float = 100.0) -> RigPage:
    return RigPage(
        page=MetricsPage(text=text, openmetrics=text + b"# EOF\n"),
        without_readings=lambda: MetricsPage(text=b"no readings\n", openmetrics=b"no readings\n# EOF\n"),
        fresh_until_seconds=fresh_until_seconds,
        asked_at=NOW,
        up=up,
        reason=None if up else "timeout",
        dead=not up,
        verdict=lambda: {"verdict": "well" if up else "ill", "symptoms_total": int(not up), "symptoms": []},
    )


@dataclass
class Gate(Agent):
    """An agent that speaks for rigs."""

    rigs: RigPages = field(default_factory=lambda: RigPages(time.monotonic))
    clock: list[float] = field(default_factory=lambda: [0.0])


@pytest.fixture
def gate() -> Iterator[Gate]:
    clock = [0.0]
    rigs = RigPages(lambda: clock[0])
    rigs.serve_only(["b", "a", "never"])
    rigs.publish("a", rig_page(b"page of a\n"))
    rigs.publish("b", rig_page(b"page of b\n", up=False))
    pages = Pages(lambda: None)
    pages.publish(MetricsPage(text=TEXT_PAGE, openmetrics=OPENMETRICS_PAGE))
    with serving(build_app(pages, guard=Guard(["rig.example"]), rigs=rigs)) as host:
        yield Gate(host, pages, [], rigs, clock)


def test_each_rig_has_a_page_of_its_own_in_both_formats(gate: Gate) -> None:
    response, body = gate.ask("/rigs/a/metrics")
    assert (response.status, response.headers["Content-Type"], body) == (200, TEXT_CONTENT_TYPE, b"page of a\n")
    response, body = gate.ask("/rigs/b/metrics", Accept=PROMETHEUS_3_ACCEPT)
    assert (response.headers["Content-Type"], body) == (OPENMETRICS_CONTENT_TYPE, b"page of b\n# EOF\n")
    assert gate.ask("/metrics")[1] == TEXT_PAGE
    assert gate.ask("/rigs/a/metrics", "HEAD")[1] == b""
    assert gate.ask("/rigs/a/metrics", "POST")[0].status == 405
    assert gate.ask("/rigs/a/metrics", Host="evil.example")[0].status == 421


@pytest.mark.parametrize("path", ["/rigs/c/metrics", "/rigs/%0a/metrics", "/rigs/../metrics", "/rigs/%2e%2e/metrics"])
def test_a_rig_that_is_not_there_is_answered_with_those_that_are(gate: Gate, path: str) -> None:
    response, body = gate.ask(path)

    assert (response.status, body) == (404, b"There is no such rig. The rigs are a b never\n")


def test_of_a_thousand_rigs_the_first_hundred_are_named(gate: Gate) -> None:
    gate.rigs.serve_only(f"r{number:03}" for number in range(1000))
    body = gate.ask("/rigs/c/metrics")[1]

    assert b" r099 and 900 more (/rigs has all)\n" in body
    gate.rigs.serve_only([])
    assert b"the configuration names none" in gate.ask("/rigs/c/metrics")[1]


def test_a_rig_that_never_answered_has_no_page_yet(gate: Gate) -> None:
    response, body = gate.ask("/rigs/never/metrics")

    assert response.status == 503
    assert b"no page of this rig yet" in body


def test_a_page_that_is_over_its_time_holds_no_readings(gate: Gate) -> None:
    gate.clock[0] = 100.1
    assert gate.ask("/rigs/a/metrics")[1] == b"no readings\n"
    gate.rigs.publish("a", rig_page(b"again\n", fresh_until_seconds=200.0))
    assert gate.ask("/rigs/a/metrics")[1] == b"again\n"


def test_the_list_says_of_each_rig_how_it_is(gate: Gate) -> None:
    response, body = gate.ask("/rigs")
    assert response.headers["Content-Type"] == "application/json"
    known = {"asked_at": "2026-11-21T12:00:00+00:00", "symptoms": []}
    well, ill = {"verdict": "well", "symptoms_total": 0}, {"verdict": "ill", "symptoms_total": 1}
    nothing: dict[str, object] = {"asked_at": None, "verdict": "unknown", "symptoms_total": 0, "symptoms": []}
    assert json.loads(body) == [
        {"rig": "a", "metrics": "/rigs/a/metrics", "up": True, "reason": None, "dead": False, **known, **well},
        {"rig": "b", "metrics": "/rigs/b/metrics", "up": False, "reason": "timeout", "dead": True, **known, **ill},
        {"rig": "never", "metrics": "/rigs/never/metrics", "up": None, "reason": None, "dead": None, **nothing},
    ]
    gate.clock[0] = 100.1
    late = json.loads(gate.ask("/rigs")[1])
    assert [(entry["up"], entry["verdict"]) for entry in late] == [(None, "unknown")] * 3


@pytest.mark.parametrize("host", ["localhost:9877", "127.0.0.1", "[::1]:1", "rig.example:80"])
def test_discovery_leads_back_by_the_way_that_one_came(gate: Gate, host: str) -> None:
    response, body = gate.ask("/sd", Host=host)

    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(body) == [
        {"targets": [host], "labels": {"__metrics_path__": f"/rigs/{name}/metrics", "rig": name}}
        for name in ("a", "b", "never")
    ]


def test_an_agent_without_rigs_lists_none(agent: Agent) -> None:
    assert [agent.ask(path)[1] for path in ("/rigs", "/sd")] == [b"[]", b"[]"]


def test_a_rig_that_was_taken_away_is_not_brought_back_by_its_last_answer(gate: Gate) -> None:
    gate.rigs.serve_only(["a"])
    gate.rigs.publish("b", rig_page(b"late\n"))

    assert gate.rigs.names == ("a",)
    assert gate.ask("/rigs/b/metrics")[0].status == 404
    assert gate.ask("/rigs/a/metrics")[1] == b"page of a\n"
