"""Drawings: proper XML, nothing active in them, marks where the numbers say."""

import math
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.drawing_paper import Look, in_narrow_page, in_page
from exporters.hour_strip import StripSlot, hour_strip
from exporters.price_strip import price_strip
from exporters.svg import Axis, Bar, Flow, Swing, bars, break_even_map, cash_flow, tornado
from tests.hostile_names import NAMES

SVG = "{http://www.w3.org/2000/svg}"
LETTER = 7.0  # as wide as one of 12 px is, about
FINITE = st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-6)


def elements(drawing: str, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(drawing).iter(SVG + tag))


def titles(drawing: str) -> list[str]:
    return [element.text or "" for element in elements(drawing, "title")]


DRAWINGS: dict[str, Callable[[str], str]] = {
    "bars": lambda name: bars(title=name, unit=name, rows=[Bar(label=name, value=1.0, low=0.5, high=2.0)]),
    "tornado": lambda name: tornado(title=name, unit=name, base=1.0, rows=[Swing(label=name, low=0.0, high=2.0)]),
    "map": lambda name: break_even_map(
        title=name,
        unit=name,
        across=Axis(label=name, values=(1.0, 2.0)),
        up=Axis(label=name, values=(1.0,)),
        rows=[[1, -1]],
    ),
    "hours": lambda name: hour_strip(
        title=name, unit=name, slots=[StripSlot(label=name, hours=1, worth_per_hour=-1.0, told=name)]
    ),
    "flow": lambda name: cash_flow(title=name, unit=name, flows=[Flow(label=name, amount=-1.0)]),
}


@pytest.mark.thorough
@pytest.mark.parametrize("kind", DRAWINGS)
def test_no_name_gets_out_of_its_place(kind: str) -> None:
    plain = [element.tag for element in ET.fromstring(DRAWINGS[kind]("x")).iter()]
    for what, name in NAMES.items():
        drawing = DRAWINGS[kind](name)
        drawn = list(ET.fromstring(drawing).iter())

        assert [element.tag for element in drawn] == plain, what
        attributes = {attribute for element in drawn for attribute in element.attrib}
        assert not any(attribute.startswith("on") or attribute.endswith("href") for attribute in attributes), what
        assert len(drawing) < 20_000, what


def bar_spans(drawing: str) -> dict[str, tuple[float, float]]:
    """From where to where each bar goes, by its title."""
    return {
        (title.text or ""): (float(rect.get("x", 0)), float(rect.get("x", 0)) + float(rect.get("width", 0)))
        for rect in elements(drawing, "rect")
        if (title := rect.find(SVG + "title")) is not None
    }


def test_a_bar_of_twice_the_value_is_twice_as_long() -> None:
    drawing = bars(
        title="t", unit="EUR", rows=[Bar(label="a", value=2.0), Bar(label="b", value=4.0), Bar(label="c", value=-4.0)]
    )
    spans = bar_spans(drawing)
    a, b, c = (spans[f"{name}: {value} EUR"] for name, value in (("a", "2"), ("b", "4"), ("c", "-4")))

    assert b[1] - b[0] == pytest.approx(2 * (a[1] - a[0]), abs=0.2)
    assert c[1] == pytest.approx(a[0], abs=0.2)  # both end where zero is
    assert c[1] - c[0] == pytest.approx(b[1] - b[0], abs=0.2)


def test_loss_is_hatched_and_gain_is_not() -> None:
    drawing = bars(title="t", unit="EUR", rows=[Bar(label="a", value=2.0), Bar(label="b", value=-4.0)])

    assert sum(rect.get("fill") == "url(#loss)" for rect in elements(drawing, "rect")) == 1


def test_the_range_is_told_where_there_is_one() -> None:
    drawing = bars(
        title="t", unit="EUR", rows=[Bar(label="a", value=2.0, low=-1.0, high=5.0), Bar(label="b", value=1.0)]
    )

    assert titles(drawing)[1:] == ["a: 2 EUR (-1 to 5)", "b: 1 EUR"]
    assert len(elements(drawing, "path")) == 1


def test_the_strongest_swing_is_on_top() -> None:
    drawing = tornado(
        title="t",
        unit="EUR",
        base=1.0,
        rows=[Swing(label="weak", low=0.9, high=1.1), Swing(label="strong", low=-3.0, high=2.0)],
    )

    assert titles(drawing)[1].startswith("strong")


def test_the_map_draws_its_line_where_the_sign_changes() -> None:
    across, up = Axis(label="power", values=(1.0, 2.0, 3.0)), Axis(label="price", values=(1.0, 2.0))
    drawing = break_even_map(title="t", unit="EUR", across=across, up=up, rows=[[1, -1, -1], [1, 1, -1]])

    assert len(elements(drawing, "line")) == 1 + 3  # of the pattern; two upright edges and one level one
    assert "power 2, price 1: -1 EUR" in titles(drawing)


def test_the_map_marks_where_somebody_stands() -> None:
    axis = Axis(label="x", values=(0.5, 1.0, 1.5))

    def circles(here: tuple[float, float] | None) -> list[ET.Element]:
        return elements(
            break_even_map(title="t", unit="EUR", across=axis, up=axis, rows=[[1.0] * 3] * 3, here=here), "circle"
        )

    (middle,), (corner,) = circles((1.0, 1.0)), circles((1.5, 0.5))
    assert float(corner.get("cx", 0)) > float(middle.get("cx", 0))
    assert float(corner.get("cy", 0)) > float(middle.get("cy", 0))
    assert circles(None) == circles((0.7, 1.0)) == []


@pytest.mark.parametrize("rows", [[], [[1.0]], [[1.0, 2.0], [1.0]]])
def test_a_map_with_a_hole_is_refused(rows: list[list[float]]) -> None:
    axis = Axis(label="x", values=(1.0, 2.0))
    with pytest.raises(ValueError, match="2 rows of 2 values"):
        break_even_map(title="t", unit="EUR", across=axis, up=axis, rows=rows)


def test_the_sum_of_a_cash_flow_is_told_with_each_period() -> None:
    flows = [Flow(label="buy", amount=-3000.0), Flow(label="1", amount=1000.0), Flow(label="2", amount=2500.0)]

    assert titles(cash_flow(title="t", unit="USD", flows=flows))[1:] == [
        "buy: -3,000 USD, together -3,000 USD",
        "1: 1,000 USD, together -2,000 USD",
        "2: 2,500 USD, together 500 USD",
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_not_drawn(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        bars(title="t", unit="EUR", rows=[Bar(label="a", value=value)])


def test_nothing_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        cash_flow(title="t", unit="EUR", flows=[])


@given(st.lists(st.tuples(FINITE, FINITE, FINITE), min_size=1, max_size=20))
def test_any_values_make_a_drawing_within_its_paper(values: list[tuple[float, float, float]]) -> None:
    rows = [Bar(label=str(n), value=sorted(v)[1], low=min(v), high=max(v)) for n, v in enumerate(values)]
    drawing = bars(title="t", unit="EUR", rows=rows)
    width = float(ET.fromstring(drawing).get("width", 0))

    for start, end in bar_spans(drawing).values():
        assert -1 <= start <= end <= width + 1


def in_look(kind: str, look: Look) -> str:
    axis = Axis(label="price", values=(1.0, 2.0))
    drawn: dict[str, Callable[[], str]] = {
        "bars": lambda: bars(
            title="t", unit="EUR", rows=[Bar(label="a" * 40, value=-1.0, low=-2.0, high=2.0)], look=look
        ),
        "tornado": lambda: tornado(
            title="t", unit="EUR", base=1.0, rows=[Swing(label="a" * 40, low=0.0, high=2.0)], look=look
        ),
        "map": lambda: break_even_map(title="t", unit="EUR", across=axis, up=axis, rows=[[1, -1], [-1, -1]], look=look),
        "hours": lambda: hour_strip(
            title="t",
            unit="EUR",
            slots=[StripSlot(label="00:00", hours=1, worth_per_hour=worth, told="t") for worth in (1.0, -1.0)],
            look=look,
        ),
        "flow": lambda: cash_flow(title="t", unit="EUR", flows=[Flow(label="a", amount=-1.0)], look=look),
    }
    return drawn[kind]()


@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_drawing_in_a_page_has_no_colours_of_its_own(kind: str) -> None:
    alone, embedded = DRAWINGS[kind]("x"), in_look(kind, in_page("what-if"))

    assert "#1a202c" in alone
    assert "#" not in embedded.replace("url(#loss-what-if)", "")
    assert {rect.get("class") for rect in elements(embedded, "rect")} >= {"loss"}
    assert all(element.get("style") is None for element in ET.fromstring(embedded).iter())


@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_narrow_drawing_holds_its_words_at_the_same_size(kind: str) -> None:
    drawing = in_look(kind, in_narrow_page("what-if"))
    root = ET.fromstring(drawing)

    assert (root.get("width"), root.get("font-size")) == ("340", "12")
    for text in elements(drawing, "text"):
        x, length = float(text.get("x", 0)), LETTER * len(text.text or "")
        start = {"start": x, "middle": x - length / 2, "end": x - length}[text.get("text-anchor", "")]
        assert -4 <= start <= start + length <= 344, text.text


def test_two_drawings_of_a_page_do_not_share_a_pattern() -> None:
    wide, narrow = (in_look("bars", look("a")) for look in (in_page, in_narrow_page))

    assert 'id="loss-a"' in wide
    assert 'id="loss-a-narrow"' in narrow


def test_a_strip_of_hours_tells_what_each_is_worth_as_wide_as_it_is_long() -> None:
    slots = [
        StripSlot(label="00:24", hours=0.6, worth_per_hour=0.1, told="until 01:00: run"),
        StripSlot(label="01:00", hours=3, worth_per_hour=-0.2, told="until 04:00: stand <still>"),
        StripSlot(label="04:00", hours=20.4, worth_per_hour=0.0, told="until 00:24: run"),
    ]
    for look in (Look(), in_narrow_page("hours")):
        drawn = hour_strip(title="Hours", unit="EUR an hour", slots=slots, look=look)
        boxes = [one for one in elements(drawn, "rect") if one.find(f"{SVG}title") is not None]
        widths = [float(one.attrib["width"]) + 1 for one in boxes]  # half a pixel on each side is left free
        hatched = [one for one in elements(drawn, "rect") if one.attrib.get("fill", "").startswith("url(#loss")]

        assert titles(drawn)[-3:] == [slot.told for slot in slots]
        assert widths[1] == pytest.approx(5 * widths[0], rel=0.05)
        assert widths[2] == pytest.approx(6.8 * widths[1], rel=0.05)
        assert [one.attrib["x"] for one in hatched] == [boxes[1].attrib["x"]]
    with pytest.raises(ValueError, match="nothing to draw"):
        hour_strip(title="Hours", unit="EUR", slots=[])


def test_the_price_at_which_to_stop_is_not_rounded_into_a_loss() -> None:
    drawn = price_strip(title="Stop", unit="EUR/kWh", now=0.14666, stop=0.34754)

    assert "up to 0.3475 EUR/kWh mining brings more than it costs" in titles(drawn)
    assert "0.348" not in drawn
