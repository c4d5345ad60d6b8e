"""Every page in the states of rigs that are played: made of what real ticks give, and not of what a test thought of."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from jinja2 import FileSystemLoader

from miner_agent.config.configuration import Config
from miner_agent.face.agent_face import AgentFace
from miner_agent.face.known import Known
from miner_agent.face.page import PAGES, history_page
from miner_agent.face.page.page_runtime import Template
from miner_agent.face.page.page_templates import TEMPLATES
from miner_agent.face.past.past_desk import PastDesk
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.views.figures import Circumstances
from miner_agent.web.inquiry import Inquiry
from tests import databases
from tests.browser.played_states import State, states
from tests.face.told_desks import desks, pages
from tests.for_each import for_each
from tests.log_ticks import START, device, miner_work, tick
from tools.templates import environment


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Callable[[], State]]:
    return states(tmp_path_factory.mktemp("played"))


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Each page that is made meanwhile, and what Jinja itself makes of its template."""
    told: list[tuple[str, str]] = []
    jinja, ours = environment(FileSystemLoader(TEMPLATES)), Template.render

    def render(self: Template, known: Mapping[str, Any]) -> str:
        made = ours(self, known)
        told.append((made, jinja.get_template(self.name).render(known)))
        return made

    monkeypatch.setattr(Template, "render", render)
    return told


@pytest.mark.thorough
@for_each("name", ["faults", "farm", "cpu", "bare", "fresh"])
def test_every_page_is_made_of_it(
    name: str, played: Mapping[str, Callable[[], State]], filled: list[tuple[str, str]]
) -> None:
    state = played[name]()
    for sees_money in (True, False):
        at = None
        if state.known is not None:
            at = Circumstances(taken_at=state.known.snapshot.taken_at, sees_money=sees_money)
        for kind in PAGES:
            reply = pages().answer(Inquiry(path=kind.path, sees_money=sees_money), state.known, at)
            reply = reply.result(5) if isinstance(reply, Future) else reply
            assert reply is not None
            has_no_answer = state.known is None or kind is history_page.HISTORY  # there is no log here
            assert reply.status == (503 if has_no_answer else 200)
            text = reply.body.decode()
            assert "<h1" in text
            assert not re.search(r">\s*(None|nan|Undefined)\b", text)
            assert (text, text) in filled


def test_history_tells_energy_with_as_many_digits_as_the_command_and_every_share(tmp_path: Path) -> None:
    path = databases.empty_log(tmp_path)
    log = TelemetryLog.open(path, now=START)
    for number in range(2):
        work = miner_work("m", "kawpow", accepted_shares_total=727_092 * number)
        log.append(tick(10 * number, [device("card")], [work], energy_joules={"card": 6172.5}))
    log.close()
    desk = PastDesk(path)
    known = Known(snapshot=tick(20), loaded=Config())
    face = AgentFace(lambda: known, lambda: None, desks(desk))
    made = face.answer(Inquiry(path="/history", query=(("span", "365d"),)))
    assert isinstance(made, Future)
    text = made.result(20).body.decode()
    desk.close()

    assert ">0.003429 kWh<" in text
    assert ">727,092<" in text
