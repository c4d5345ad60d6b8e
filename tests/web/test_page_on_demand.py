"""When a page of metrics is made: once somebody asks, and for who comes again before they do."""

from dataclasses import dataclass, field

import pytest

from miner_agent.web.pages import PAGES_AHEAD, PageOnDemand, Rendered


@dataclass
class Page:
    """One that notes what was made of it."""

    made: list[str] = field(default_factory=list)

    @property
    def text(self) -> bytes:
        self.made.append("text")
        return b"text"

    @property
    def openmetrics(self) -> bytes:
        self.made.append("openmetrics")
        return b"openmetrics"

    @property
    def public(self) -> Rendered:
        self.made.append("public")
        return Page(self.made)


def following(before: PageOnDemand) -> tuple[PageOnDemand, list[str]]:
    page = Page()
    after = PageOnDemand(lambda: page)
    after.follow(before)
    return after, page.made


def test_what_nobody_asks_for_is_never_made() -> None:
    _, made = following(PageOnDemand(Page))
    assert made == []


@pytest.mark.parametrize(
    ("asked", "made_of_it"),
    [(lambda page: page.text, ["text"]), (lambda page: page.public.openmetrics, ["public", "openmetrics"])],
)
def test_what_was_asked_for_is_made_ahead_for_a_while_and_in_that_form_alone(asked, made_of_it: list[str]) -> None:  # type: ignore[no-untyped-def]
    page = PageOnDemand(Page)
    asked(page)
    ahead = []
    for _ in range(PAGES_AHEAD + 1):
        page, made = following(page)
        ahead.append(list(made))
    assert ahead == [made_of_it] * PAGES_AHEAD + [[]]


def test_who_asks_again_gets_what_lies_ready_and_has_it_made_on() -> None:
    page = PageOnDemand(Page)
    assert page.text == b"text"
    for _ in range(2 * PAGES_AHEAD):
        page, made = following(page)
        assert page.text == b"text"
        assert made == ["text"]
