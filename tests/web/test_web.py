"""The web application, over real sockets on loopback."""

import json
import logging

import pytest
from prometheus_client.exposition import choose_encoder

from miner_agent.web.app import OPENMETRICS_CONTENT_TYPE, PIECE_BYTES, TEXT_CONTENT_TYPE, build_app
from miner_agent.web.pages import MetricsPage, Pages, VerdictPage
from tests.for_each import for_each
from tests.web.web_agent import (
    BROWSER_ACCEPT,
    OPENMETRICS_PAGE,
    PROMETHEUS_2_ACCEPT,
    PROMETHEUS_3_ACCEPT,
    TEXT_PAGE,
    Agent,
    serving,
)

# The application


def test_the_page_of_metrics_is_the_published_bytes(agent: Agent) -> None:
    response, body = agent.ask("/metrics")
    assert (response.status, body) == (200, TEXT_PAGE)
    agent.pages.publish(MetricsPage(text=b"next\n", openmetrics=b"next\n# EOF\n"))
    assert agent.ask("/metrics")[1] == b"next\n"


def test_a_page_of_many_pieces_arrives_whole(agent: Agent) -> None:
    large = bytes(range(256)) * (PIECE_BYTES // 64) + b"end"
    for page in (large, large[:PIECE_BYTES], b""):
        agent.pages.publish(MetricsPage(text=page, openmetrics=b""))
        response, body = agent.ask("/metrics")
        assert body == page
        assert response.headers["Content-Length"] == str(len(page))


@for_each(
    ("accept", "content_type"),
    [
        ("", TEXT_CONTENT_TYPE),
        ("*/*", TEXT_CONTENT_TYPE),
        ("text/plain", TEXT_CONTENT_TYPE),
        ("image/png", TEXT_CONTENT_TYPE),
        (BROWSER_ACCEPT, TEXT_CONTENT_TYPE),
        (PROMETHEUS_2_ACCEPT, OPENMETRICS_CONTENT_TYPE),
        (PROMETHEUS_3_ACCEPT, OPENMETRICS_CONTENT_TYPE),
        ("application/openmetrics-text", OPENMETRICS_CONTENT_TYPE),
        ('Application/OpenMetrics-Text; Version="1.0.0"', OPENMETRICS_CONTENT_TYPE),
        ("application/openmetrics-text; version=0.0.1", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text; version=2.0.0", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=0.5,text/plain;q=0.5", OPENMETRICS_CONTENT_TYPE),
        ("application/openmetrics-text;q=0.4,text/plain;q=0.5", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=0.4,*/*;q=0.5", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=0.4,text/*;q=0.1,*/*;q=0.5", OPENMETRICS_CONTENT_TYPE),
        ("application/openmetrics-text;q=0", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=nan", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=9", TEXT_CONTENT_TYPE),
        (",;=,;q=,", TEXT_CONTENT_TYPE),
    ],
)
def test_the_format_is_the_one_that_the_scraper_prefers(agent: Agent, accept: str, content_type: str) -> None:
    response, body = agent.ask("/metrics", Accept=accept)
    assert response.headers["Content-Type"] == content_type
    assert body == (OPENMETRICS_PAGE if content_type == OPENMETRICS_CONTENT_TYPE else TEXT_PAGE)


@pytest.mark.parametrize("accept", ["", "*/*", BROWSER_ACCEPT, "application/openmetrics-text;version=1.0.0"])
def test_content_types_are_those_of_the_official_library(agent: Agent, accept: str) -> None:
    _, official = choose_encoder(accept)
    assert agent.ask("/metrics", Accept=accept)[0].headers["Content-Type"] == official


def test_compression_is_not_offered(agent: Agent) -> None:
    response, body = agent.ask("/metrics", **{"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] is None
    assert body == TEXT_PAGE


def test_before_the_first_page_a_scrape_is_told_to_wait() -> None:
    pages = Pages(lambda: None)
    with serving(build_app(pages)) as host:
        response, body = Agent(host, pages).ask("/metrics")
    assert response.status == 503
    assert b"no page of metrics yet" in body


def test_healthy_says_ok_while_the_process_lives(agent: Agent) -> None:
    agent.reasons.append("The last reading is 40 s old.")
    response, body = agent.ask("/-/healthy")
    assert (response.status, body) == (200, b"ok\n")


def test_ready_tells_the_reason_why_not(agent: Agent) -> None:
    assert agent.ask("/-/ready")[0].status == 200
    agent.reasons.append("The last reading is 40 s old.")
    response, body = agent.ask("/-/ready")
    assert (response.status, body) == (503, b"The last reading is 40 s old.\n")


def test_the_verdict_is_the_published_bytes_and_readiness_tells_it_in_short(agent: Agent) -> None:
    verdict = VerdictPage(body=b'{"verdict": "ill"}', in_short="the rig is ill: GPU-a: is lost")
    agent.pages.publish(MetricsPage(text=TEXT_PAGE, openmetrics=OPENMETRICS_PAGE), verdict=lambda: verdict)
    response, body = agent.ask("/-/verdict")
    assert (response.status, response.headers["Content-Type"], body) == (200, "application/json", verdict.body)
    response, body = agent.ask("/-/ready")
    assert (response.status, body) == (200, b"ready\nthe rig is ill: GPU-a: is lost\n")


def test_an_agent_whose_readings_are_old_tells_no_verdict(agent: Agent) -> None:
    agent.pages.publish(
        MetricsPage(text=TEXT_PAGE, openmetrics=OPENMETRICS_PAGE),
        verdict=lambda: VerdictPage(body=b"{}", in_short="the rig is well"),
    )
    agent.reasons.append("the last tick is 40 s old")
    response, body = agent.ask("/-/verdict")

    assert response.status == 200
    assert json.loads(body) == {
        "verdict": "unknown",
        "symptoms_total": 0,
        "symptoms": [],
        "why": "the last tick is 40 s old",
    }
    assert b"well" not in agent.ask("/-/ready")[1]


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready", "/-/verdict", "/nowhere"])
def test_head_answers_as_get_without_the_body(agent: Agent, path: str) -> None:
    got, body = agent.ask(path)
    head, nothing = agent.ask(path, "HEAD")
    assert nothing == b""
    assert head.status == got.status
    assert head.headers["Content-Length"] == str(len(body))
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("path", ["/metrics/", "/-/", "//metrics", "/metrics%2f", "/..", "/%ff%00%0a", "/Metrics"])
def test_other_paths_are_not_found(agent: Agent, path: str) -> None:
    response, body = agent.ask(path)
    assert response.status == 404
    assert b"/metrics" in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_not_allowed(agent: Agent, method: str) -> None:
    response, _ = agent.ask("/metrics", method, Origin="http://evil.example")
    assert response.status == 405
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "LocalHost:9877",
        "127.0.0.1",
        "127.0.0.1:1",
        "[::1]",
        "[::1]:9877",
        "rig.example",
        "[fd00::5]:80",
    ],
)
def test_own_names_are_answered(agent: Agent, name: str) -> None:
    assert agent.ask("/metrics", Host=name)[0].status == 200


@for_each(
    "name",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:9877",
        "evil.example:127.0.0.1",
        "localhost:9877:1",
        "localhost@evil.example",
        "localhost,localhost",
        "::1",
        "0.0.0.0",
        "",
        "\xff",
    ],
)
@for_each("path", ["/metrics", "/", "/nowhere"])
def test_other_names_are_refused_against_rebinding(agent: Agent, name: str, path: str) -> None:
    response, body = agent.ask(path, Host=name)
    assert response.status == 421
    assert b"host name" in body
    assert TEXT_PAGE not in body


@pytest.mark.parametrize(
    ("path", "method", "name"),
    [
        ("/", "GET", "localhost"),
        ("/metrics", "GET", "localhost"),
        ("/-/healthy", "GET", "localhost"),
        ("/-/ready", "GET", "localhost"),
        ("/nowhere", "GET", "localhost"),
        ("/metrics", "OPTIONS", "localhost"),
        ("/metrics", "GET", "evil.example"),
    ],
)
def test_every_answer_is_closed_to_other_sites(agent: Agent, path: str, method: str, name: str) -> None:
    response, _ = agent.ask(path, method, Host=name, Origin="http://evil.example")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "charset=utf-8" in response.headers["Content-Type"]
    names = [name.lower() for name in response.headers]
    assert "server" not in names
    assert not any(name.startswith("access-control") for name in names)
    assert len(names) == len(set(names))


FETCH = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize(
    ("path", "fetch", "status"),
    [
        *((path, FETCH, 403) for path in ("/", "/metrics", "/-/ready", "/rigs", "/sd", "/nowhere")),
        *((path, LINK, 403) for path in ("/rigs", "/sd")),
        *((path, LINK, 403) for path in ("/api/v1/snapshot", "/-/days")),
        *((path, LINK, 200) for path in ("/metrics", "/-/ready")),
        ("/metrics", LINK | {"Sec-Fetch-Dest": "iframe"}, 403),
        ("/metrics", FETCH | {"Sec-Fetch-Site": "same-origin"}, 200),
        *((path, LINK, 403) for path in ("/money", "/history", "/books")),
        ("/api/v1/what-if", LINK, 403),
        ("/sd", {"Sec-Fetch-Site": "none"}, 200),
        ("/sd", {}, 200),
    ],
)
def test_pages_of_other_sites_make_the_agent_do_no_work(
    agent: Agent, path: str, fetch: dict[str, str], status: int
) -> None:
    assert agent.ask(path, **fetch)[0].status == status


def test_a_bug_is_answered_with_500_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def is_ready() -> str | None:
        raise ZeroDivisionError("a bug")

    pages = Pages(is_ready)
    with serving(build_app(pages)) as host, caplog.at_level(logging.INFO):
        response, body = Agent(host, pages).ask("/-/ready")
        assert response.status == 500
        assert b"a bug" not in body
        assert response.headers["Cache-Control"] == "no-store"
        assert Agent(host, pages).ask("/-/healthy")[0].status == 200
    assert "ZeroDivisionError: a bug" in caplog.text
