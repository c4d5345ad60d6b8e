"""Every page in the states of rigs that are played: made of what real ticks give, and not of what a test thought of."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import pytest
from jinja2 import FileSystemLoader

from miner_agent.face.page import PAGES, history_page
from miner_agent.face.page.page_runtime import Template
from miner_agent.face.page.page_templates import TEMPLATES
from miner_agent.views.figures import Circumstances
from miner_agent.web.inquiry import Inquiry
from tests.browser.played_states import State, states
from tests.face.told_desks import pages
from tests.for_each import for_each
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
