"""The face of the agent: page and API of one tick."""

import json
from concurrent.futures import Future
from dataclasses import replace
from weakref import ref

import pytest

from miner_agent.config.configuration import Config
from miner_agent.face import agent_face
from miner_agent.face.agent_face import AgentFace
from miner_agent.face.known import Known
from miner_agent.model.health import Ailment, Symptom, Verdict
from miner_agent.model.snapshot import RigPower, RigSnapshot
from miner_agent.text import clean_text
from miner_agent.web.inquiry import Inquiry, Reply
from tests.face.told_desks import desks
from tests.hostile_names import NAMES
from tests.log_ticks import full_tick

PAGES = ("/",)
AT_ONCE = 8  # names on one page
DOCUMENTS = ("/api/v1/snapshot",)


class Agent:
    """A face and what it tells from."""

    def __init__(self, snapshot: RigSnapshot | None = None) -> None:
        self.known = None if snapshot is None else Known(snapshot=snapshot, loaded=Config())
        self.reason: str | None = None
        self.face = AgentFace(lambda: self.known, lambda: self.reason, desks())

    def ask(self, path: str, *query: tuple[str, str], sees_money: bool = False) -> Reply:
        told = self.face.answer(Inquiry(path=path, query=query, sees_money=sees_money))
        return told.result(5) if isinstance(told, Future) else told


def test_a_document_tells_the_tick() -> None:
    tick = replace(full_tick(0), power=(RigPower(source="meter", power_watts=321.5),))
    reply = Agent(tick).ask("/api/v1/snapshot")
    told = json.loads(reply.body)
    assert (reply.status, reply.media_type) == (200, "application/json")
    assert (told["rig"], told["taken_at"], told["stale"]) == ("left", "2026-01-01T00:00:00Z", False)
    assert told["power"]["power_watts"]["value"] == 321.5
    assert [each["device"] for each in told["devices"]] == [each.label for each in tick.inventory.devices]


def test_page_and_document_of_one_tick_agree() -> None:
    ill = Verdict(
        word="ill", symptoms=(Symptom(ailment=Ailment.DEVICE_LOST, subject="GPU-7", source="nvidia", said="is gone"),)
    )
    agent = Agent(replace(full_tick(0), verdict=ill, power=(RigPower(source="meter", power_watts=321.5),)))
    told, page = json.loads(agent.ask("/api/v1/snapshot").body), agent.ask("/").body.decode()
    assert told["verdict"]["symptoms"][0]["said"] == "is gone"
    assert "<strong>GPU-7:</strong> is gone" in page
    assert '322 <span class="unit">W</span>' in page


def test_what_was_made_is_kept_until_the_next_tick_and_to_whom_it_was_shown() -> None:
    agent = Agent(full_tick(0))
    for path in (*PAGES, *DOCUMENTS):
        first = agent.ask(path)
        assert agent.ask(path) is first
        assert agent.ask(path, sees_money=True) is not first
    before = agent.ask("/api/v1/snapshot")
    agent.known = Known(snapshot=full_tick(1), loaded=Config())
    assert agent.ask("/api/v1/snapshot").etag != before.etag


def test_what_was_made_goes_with_its_tick_though_nobody_asks_again() -> None:
    agent = Agent(full_tick(0))
    for path in (*PAGES, *DOCUMENTS):
        agent.ask(path)
    assert agent.known is not None
    before = ref(agent.known)
    agent.known = Known(snapshot=full_tick(1), loaded=Config())
    assert before() is None


def test_a_tick_that_is_over_is_told_as_the_past() -> None:
    agent = Agent(full_tick(0))
    agent.ask("/")
    agent.reason = "the last tick is 40 s old"
    told = json.loads(agent.ask("/api/v1/snapshot").body)
    assert (told["stale"], told["reason"]) == (True, "the last tick is 40 s old")
    assert told["devices"][0]["power_watts"]["stale"]
    assert "the last tick is 40 s old" in agent.ask("/").body.decode()


def test_before_the_first_tick_both_say_so() -> None:
    agent = Agent()
    page, document = agent.ask("/"), agent.ask("/api/v1/snapshot")
    assert (page.status, document.status) == (503, 503)
    assert document.media_type == "application/problem+json"
    assert json.loads(document.body)["detail"].startswith("No tick is complete yet")
    assert page.etag is None


def test_what_there_is_not_is_refused_in_one_sentence() -> None:
    agent = Agent(full_tick(0))
    for path, query, status in (
        ("/api/v1/snapshot", (("colour", "red"),), 400),
        ("/api/v1/nothing", (), 404),
        ("/api/", (), 404),
    ):
        reply = agent.ask(path, *query)
        told = json.loads(reply.body)
        assert (reply.status, told["status"], reply.media_type) == (status, status, "application/problem+json")
        assert set(told) == {"type", "title", "status", "detail"}
    nowhere = agent.ask("/nowhere")
    assert (nowhere.status, nowhere.media_type) == (404, "text/plain; charset=utf-8")


def test_a_file_of_the_page_is_kept_for_good_and_only_at_its_own_address() -> None:
    agent = Agent(full_tick(0))
    page = agent.ask("/").body.decode()
    url = page.split('rel="stylesheet" href="')[1].split('"')[0]
    file = agent.ask(url)
    assert (file.status, file.media_type) == (200, "text/css; charset=utf-8")
    assert "immutable" in file.headers["cache-control"]
    for other in ("/static/page.css", "/static/", "/static/../agent_face.py", url + "x"):
        assert agent.ask(other).status == 404


@pytest.mark.thorough
def test_a_hostile_name_is_text_and_nothing_else() -> None:
    sick = tuple(
        Symptom(ailment=Ailment.MINER_DOWN, subject=clean_text(f"<b>{name}</b>"), source="x", said="<script>x</script>")
        for name in NAMES.values()
    )
    for begin in range(0, len(sick), AT_ONCE):
        verdict = Verdict(word="ill", symptoms=sick[begin : begin + AT_ONCE])
        page = Agent(replace(full_tick(0), verdict=verdict)).ask("/")
        assert page.status == 200
        assert page.body.count(b"&lt;b&gt;") >= len(verdict.symptoms)
        assert page.body.count(b"<script") == page.body.count(b'<script src="/static/')
        assert b"<b>" not in page.body


def test_what_a_page_does_not_heed_has_it_made_no_second_time() -> None:
    agent = Agent(full_tick(0))
    first = agent.ask("/")
    assert agent.ask("/", ("utm_source", "a"), ("x", "")) is first


def test_answers_of_one_tick_are_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = Agent(full_tick(0))
    size_bytes = len(agent.ask("/api/v1/snapshot").body)
    monkeypatch.setattr(agent_face, "MOST_KEPT_BYTES", size_bytes + 10)
    agent.known = Known(snapshot=full_tick(1), loaded=Config())
    first, more = agent.ask("/api/v1/snapshot"), agent.ask("/api/v1/devices")
    assert agent.ask("/api/v1/snapshot") is first
    assert agent.ask("/api/v1/devices") is not more
    assert agent.ask("/api/v1/devices") == more
