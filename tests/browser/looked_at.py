"""A browser that looks at pages, and notes all that it complains of."""

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from miner_agent.face.agent_face import AgentFace
from miner_agent.face.past.past_desk import PastDesk
from miner_agent.face.question_desk import QuestionDesk
from miner_agent.face.supposing_desk import SupposingDesk
from miner_agent.web.app import build_app
from miner_agent.web.guard import Guard
from miner_agent.web.pages import Pages
from tests import requires
from tests.browser.played_states import TAX_YEAR, State
from tests.face.told_desks import desks, supposing_errand
from tests.web.web_agent import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--proxy-server=http://127.0.0.1:1",  # where nobody listens: what is not of loopback leads nowhere
)
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
THEMES = ("light", "dark")
TOO_BAD = {"serious", "critical"}


class Shown:
    """An agent whose state a test chooses."""

    def __init__(self, log: Path) -> None:
        self.desks = desks(
            PastDesk(log),
            SupposingDesk(lambda inputs: supposing_errand(self.state.known, inputs)),
            QuestionDesk("books", lambda _question: TAX_YEAR),
        )
        self._state = State(known=None)
        self.url, self.guard = "", Guard(is_invented=True)

    @property
    def state(self) -> State:
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state, self.guard.is_invented = state, state.sees_money
        self.desks.forget()


@contextmanager
def shown(log: Path) -> Iterator[Shown]:
    """The pages, on a free port of loopback; the past is what this log tells."""
    agent = Shown(log)
    face = AgentFace(lambda: agent.state.known, lambda: agent.state.reason, agent.desks)
    pages = Pages(lambda: agent.state.reason)
    with (
        closing(agent.desks.past),
        closing(agent.desks.supposing),
        closing(agent.desks.books),
        serving(build_app(pages, guard=agent.guard, face=face)) as host,
    ):
        agent.url = f"http://127.0.0.1:{host.port}"
        yield agent


@contextmanager
def browser() -> "Iterator[Browser]":
    """Debian's Chromium, without a window."""
    requires.require_library("playwright", extra="pip install --group dev")
    program = requires.require_tool("chromium", package="chromium")
    from playwright.sync_api import sync_playwright

    # It leaves files behind, and wants a short path: it makes sockets there.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, sync_playwright() as play:
        seen: dict[str, str | float | bool] = {**os.environ, "TMPDIR": folder}
        started = play.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS), env=seen)
        try:
            yield started
        finally:
            started.close()


def note_complaints(page: "Page", url: str) -> list[str]:
    """What the page's console says from now on, its errors, and what it asks of anybody else."""
    complaints: list[str] = []

    def asks(request: "Request") -> None:
        if not request.url.startswith((url, "data:")):
            complaints.append(f"asks {request.url}")

    page.on("request", asks)
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def wait_for_charts(page: "Page") -> None:
    """Until all of them are drawn, or say why not."""
    page.wait_for_function(
        """() => Array.from(document.querySelectorAll("[data-quantity]"))
                .every((one) => "drawn" in one.dataset || one.querySelector("[data-note]").textContent.startsWith("The log"))"""
    )


def too_wide(page: "Page") -> list[str]:
    """What makes the page wider than its window; nothing where it is not."""
    found: list[str] = page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          const scrolls = (one) => one && (getComputedStyle(one).overflowX === "auto" || scrolls(one.parentElement));
          const beyond = Array.from(document.querySelectorAll("body *"))
            .filter((one) => one.getBoundingClientRect().right > wide && !scrolls(one.parentElement))
            .map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 40)}`);
          return [`${document.documentElement.scrollWidth} px`, ...beyond];
        }"""
    )
    return found


def with_axe(page: "Page") -> "Page":
    """A page that has axe in whatever it goes to: sent and compiled once."""
    page.add_init_script(_axe())
    return page


def barriers(page: "Page") -> list[str]:
    """What keeps some people from reading a page that has axe, where it is serious."""
    found: list[str] = page.evaluate(
        """async (tooBad) => {
          const told = await axe.run({ resultTypes: ["violations"] });
          const where = (one) => one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120));
          return told.violations.filter((one) => tooBad.includes(one.impact))
                .map((one) => `${one.id}: ${one.help}: ${JSON.stringify(where(one))}`);
        }""",
        sorted(TOO_BAD),
    )
    return found


def _axe() -> str:
    requires.require_library("axe_playwright_python", extra="pip install --group dev")
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")
