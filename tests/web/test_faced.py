"""A face behind the web, over real sockets on loopback."""

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from miner_agent.web import faced
from miner_agent.web.app import build_app
from miner_agent.web.inquiry import Inquiry, Reply
from miner_agent.web.pages import Pages
from tests.web.web_agent import Agent, serving


class Parrot:
    """Says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Inquiry] = []

    def answer(self, asked: Inquiry) -> Reply | Future[Reply]:
        self.asked.append(asked)
        told = Reply(status=200, media_type="text/html; charset=utf-8", body=asked.path.encode(), etag='"one"')
        if asked.path not in {"/later", "/never"}:
            return told
        later: Future[Reply] = Future()
        if asked.path == "/later":
            later.set_result(told)
        return later

    def late(self, asked: Inquiry) -> Reply:
        return Reply(status=503, body=f"{asked.path} is late".encode(), headers={"retry-after": "5"})


@pytest.fixture
def parrot() -> Parrot:
    return Parrot()


@pytest.fixture
def agent(parrot: Parrot) -> Iterator[Agent]:
    pages = Pages(lambda: None)
    with serving(build_app(pages, face=parrot)) as host:
        yield Agent(host, pages)


def test_a_face_is_asked_for_what_the_web_does_not_answer_itself(agent: Agent, parrot: Parrot) -> None:
    for path in ("/", "/later", "/metrics/", "/api/v1/snapshot"):
        assert agent.ask(path)[1] == path.encode()
    agent.ask("/-/healthy")
    assert [each.path for each in parrot.asked] == ["/", "/later", "/metrics/", "/api/v1/snapshot"]


def test_who_waits_for_too_long_is_told_so_and_nobody_else_waits(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faced, "WAITED_SECONDS", 0.2)
    response, body = agent.ask("/never")
    assert (response.status, body, response.headers["Retry-After"]) == (503, b"/never is late", "5")
    assert agent.ask("/-/healthy")[0].status == 200


def test_every_parameter_of_a_question_is_handed_on(agent: Agent, parrot: Parrot) -> None:
    agent.ask("/x?a=1&a=2&b=&c")
    agent.ask("/x?" + "&".join("a=1" for _ in range(100)))
    assert parrot.asked[0].query == (("a", "1"), ("a", "2"), ("b", ""), ("c", ""))
    assert parrot.asked[1].query == (("", ""),)
    assert not parrot.asked[0].sees_money


def test_who_has_the_answer_already_is_told_so(agent: Agent) -> None:
    for told in ('"one"', 'W/"one"', '"two", "one"', "*"):
        response, body = agent.ask("/", **{"If-None-Match": told})
        assert (response.status, body) == (304, b"")
        assert response.headers["ETag"] == '"one"'
    assert agent.ask("/", **{"If-None-Match": '"two"'})[0].status == 200


def test_a_page_is_made_of_nothing_from_elsewhere(agent: Agent) -> None:
    response, body = agent.ask("/", "HEAD")
    assert (response.status, body, response.headers["Content-Length"]) == (200, b"", "1")
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["Vary"] == "authorization"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_face_changes_nothing(agent: Agent, parrot: Parrot, method: str) -> None:
    assert agent.ask("/", method)[0].status == 405
    assert parrot.asked == []
