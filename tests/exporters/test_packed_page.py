"""A page that waits says, byte for byte, what it said before."""

from exporters.packed_page import PackedPage
from exporters.prometheus import Page, Renderer
from tests.log_ticks import full_tick
from tests.whole.test_contracts import everything


def test_a_packed_page_is_the_same_page_in_a_fraction_of_its_room() -> None:
    page = Renderer(process=False).render(full_tick(1))
    packed = PackedPage.of(page)

    assert packed.text == page.text
    assert packed.openmetrics == page.openmetrics
    assert len(packed.packed_samples) < len(page.samples) / 4


def test_it_keeps_money_to_those_who_may_see_it() -> None:
    page = Renderer(process=False).render(everything("EUR"))
    assert page.public.text != page.text
    assert PackedPage.of(page).public.text == page.public.text


def test_an_empty_one_stays_empty() -> None:
    assert PackedPage.of(Page((), b"")).text == b""
