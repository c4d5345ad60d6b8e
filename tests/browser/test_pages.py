"""The pages in a real browser: whatever the rig does, on a phone and on a desk, in the light and in the dark."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import pytest

from miner_agent.face.page import PAGES
from tests.browser.looked_at import (
    SIZES,
    THEMES,
    Shown,
    barriers,
    browser,
    note_complaints,
    shown,
    too_wide,
    wait_for_charts,
    with_axe,
)
from tests.browser.played_states import State, logged, states

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]
READ_IN = {("phone", "light"), ("desk", "dark")}  # each size and each theme once: that is what takes long
NOT_YET = "Failed to load resource: the server responded with a status of 503 ()"


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    with browser() as started:
        yield started


@dataclass
class Reader:
    """One page that goes through all, what it complains of, and what it was shown, as it stood when it was drawn."""

    page: "Page"
    complaints: list[str]
    seen: set[str] = field(default_factory=set)

    def sees_anew(self) -> bool:
        """Whether what is shown is not, to the byte, what was looked at already."""
        drawn = self.page.content()
        is_new = drawn not in self.seen
        self.seen.add(drawn)
        return is_new


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with shown(logged(tmp_path_factory.mktemp("logged"))) as started:
        yield started


@pytest.fixture(scope="module")
def reader(chromium: "Browser", agent: Shown) -> Reader:
    page = with_axe(chromium.new_page())
    return Reader(page, note_complaints(page, agent.url))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Callable[[], State]]:
    return states(tmp_path_factory.mktemp("played"))


NAMES = ("nvidia", "amd", "cpu", "asic", "farm", "faults", "fresh", "bare", "old", "guest", "hostile")


def paths_in(state: State) -> list[str]:
    """Every page, of the rigs behind the gateway the first one's, and a tax year."""
    others = [] if state.known is None else list(state.known.beside.rigs())
    return [*(kind.path for kind in PAGES), *(f"/?rig={name}" for name in others[:1]), "/books?year=2025"]


def test_every_state_has_its_test(played: Mapping[str, Callable[[], State]]) -> None:
    assert tuple(played) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_page_can_be_read_by_everybody(
    reader: Reader, agent: Shown, played: Mapping[str, Callable[[], State]], name: str
) -> None:
    agent.state = played[name]()
    found: list[str] = []
    page = reader.page
    reader.complaints.clear()
    for path in paths_in(agent.state):
        page.goto(agent.url + path)
        assert page.title()
        wait_for_charts(page)
        for size, theme in product(SIZES, THEMES) if reader.sees_anew() else ():
            width, height = SIZES[size]
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            where = f"{path} on a {size} in the {theme}"
            found += [f"{where}: {one}" for one in too_wide(page)]
            if (size, theme) in READ_IN:
                found += [f"{where}: {one}" for one in barriers(page)]
    found += [one for one in reader.complaints if agent.state.known is not None or one != NOT_YET]
    assert not found, "\n".join(found)


def test_a_page_that_keeps_people_out_or_is_too_wide_is_told_of(chromium: "Browser") -> None:
    page = with_axe(chromium.new_page())
    page.goto("about:blank")
    page.set_content('<title>t</title><main><p style="color: #ddd; width: 3000px">grey</p><img src="data:,"></main>')

    assert {one.partition(":")[0] for one in barriers(page)} == {"color-contrast", "html-has-lang", "image-alt"}
    assert too_wide(page)[1:] == ["P.: grey"]
    page.close()


def test_what_a_page_asks_of_anybody_else_is_told_of_and_leads_nowhere(chromium: "Browser", agent: Shown) -> None:
    page = chromium.new_page()
    complaints = note_complaints(page, agent.url)
    with page.expect_event("requestfailed") as failed:
        page.set_content('<img src="http://192.0.2.1/pixel">')

    assert complaints[0] == "asks http://192.0.2.1/pixel"
    assert failed.value.failure == "net::ERR_PROXY_CONNECTION_FAILED"
    page.close()


def test_a_page_renews_itself_and_says_when_nobody_answers(
    chromium: "Browser", agent: Shown, played: Mapping[str, Callable[[], State]]
) -> None:
    agent.state = played["fresh"]()
    page = chromium.new_page()
    page.clock.install()
    page.goto(agent.url)
    assert "first reading is not over" in page.inner_text("h1")
    page.clock.run_for(5_000)
    assert page.is_hidden("#banner")

    agent.state = played["nvidia"]()
    page.clock.run_for(5_000)
    page.wait_for_selector("#heat")
    taken = page.get_attribute("[data-taken]", "data-taken")

    agent.state = played["faults"]()
    page.clock.run_for(60_000)
    page.wait_for_selector(".verdict.ill")

    page.route("**/*", lambda route: route.abort())
    page.clock.run_for(60_000)
    page.wait_for_selector("#banner", state="visible")
    assert page.inner_text("#banner") == f"Disconnected: showing data from {taken}"
    page.unroute("**/*")
    page.clock.run_for(60_000)
    page.wait_for_selector("#banner", state="hidden")
    page.close()


def test_who_may_not_see_money_is_told_how(
    chromium: "Browser", agent: Shown, played: Mapping[str, Callable[[], State]]
) -> None:
    agent.state = played["guest"]()
    page = chromium.new_page()
    page.goto(agent.url)

    assert "Money is shown to its owner alone" in page.inner_text("#money")
    assert "EUR" not in page.inner_text("main")
    page.close()


def test_without_scripts_everything_is_there(
    chromium: "Browser", agent: Shown, played: Mapping[str, Callable[[], State]]
) -> None:
    agent.state = played["faults"]()
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(agent.url)

    assert "GPU-de300000" in page.inner_text(".ailments")
    assert page.locator("#heat tbody tr").count() == 8
    assert "another wallet" in page.inner_text("#miners")
    context.close()


def test_what_changes_each_hour_does_not_hide_the_rest(
    chromium: "Browser", agent: Shown, played: Mapping[str, Callable[[], State]]
) -> None:
    agent.state = played["nvidia"]()
    page = chromium.new_page(timezone_id="UTC")

    def with_prices(route: "Route") -> None:
        told = json.loads(route.fetch().text())
        hours = [f"2026-01-{1 + hour // 24:02}T{hour % 24:02}:00:00Z" for hour in range(50)]
        pause = {"kind": "pause", "at": "2025-12-30T05:00:00Z", "subject": None, "said": "nothing was read for 4 h"}
        prices = [{"kind": "energy_price", "at": at, "subject": None, "said": "a kilowatt-hour"} for at in hours]
        route.fulfill(json={**told, "changes": [pause, *prices], "left_out": 600})

    page.route("**/api/v1/changes?*", with_prices)
    page.goto(f"{agent.url}/history?span=30d")
    wait_for_charts(page)
    assert page.locator("[data-changes]").first.inner_text().splitlines() == [
        "2025-12-30 05:00 nothing was read for 4 h",
        "More than 25 changes of the price of energy, which are not marked",
    ]
    page.close()
