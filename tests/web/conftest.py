"""An agent whose pages the tests ask for."""

from collections.abc import Iterator

import pytest

from miner_agent.web.app import build_app
from miner_agent.web.guard import Guard
from miner_agent.web.pages import MetricsPage, Pages
from tests.web.web_agent import OPENMETRICS_PAGE, TEXT_PAGE, Agent, serving


@pytest.fixture
def agent() -> Iterator[Agent]:
    reasons: list[str] = []
    pages = Pages(lambda: reasons[0] if reasons else None)
    pages.publish(MetricsPage(text=TEXT_PAGE, openmetrics=OPENMETRICS_PAGE))
    with serving(build_app(pages, guard=Guard(["rig.example", "fd00::5"]))) as host:
        yield Agent(host, pages, reasons)
