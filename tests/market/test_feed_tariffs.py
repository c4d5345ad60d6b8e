"""Tariffs of feeds: slots that overlap, are missing, are there twice or cannot be read."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market.feed import FeedReading
from miner_agent.market.markets import Told, prices_of
from miner_agent.profit.energy_cost import cost_of_day
from tests.for_each import for_each
from tests.market.parsed_feeds import FEEDS, NOW, parsed

# --- tariffs ---------------------------------------------------------------------------------------------------------


def csv(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in ("start,end,price,currency", *lines)).encode()


def test_an_overlap_and_a_hole_are_named_with_their_slots() -> None:
    reading = parsed(
        "tariff_csv",
        csv(
            "2026-11-02T00:00Z,2026-11-02T01:00Z,0.1,EUR",
            "2026-11-02T01:00Z,2026-11-02T02:00Z,0.2,EUR",
            "2026-11-02T01:30Z,2026-11-02T02:30Z,0.3,EUR",
            "2026-11-02T05:00Z,2026-11-02T06:00Z,0.4,EUR",
        ),
    )

    assert [slot.price.amount for slot in reading.slots] == [Decimal("0.1"), Decimal("0.4")]
    assert reading.problems == (
        "the slots from 2026-11-02 01:00 UTC and from 2026-11-02 01:30 UTC overlap; neither is used",
        "there is no price from 2026-11-02 01:00 UTC to 2026-11-02 05:00 UTC",
    )


def test_a_long_slot_over_several_short_ones_takes_them_all_with_it() -> None:
    reading = parsed(
        "tariff_csv",
        csv(
            "2026-11-02T00:00Z,2026-11-02T06:00Z,0.1,EUR",
            "2026-11-02T01:00Z,2026-11-02T02:00Z,0.2,EUR",
            "2026-11-02T03:00Z,2026-11-02T04:00Z,0.3,EUR",
        ),
    )

    assert reading.slots == ()
    assert len(reading.problems) == 2


def test_the_same_slot_twice_counts_once_and_is_named() -> None:
    line = "2026-11-02T00:00Z,2026-11-02T01:00Z,0.1,EUR"
    reading = parsed("tariff_csv", csv(line, line))

    assert len(reading.slots) == 1
    assert "there twice" in reading.problems[0]


@for_each(
    ("line", "sentence"),
    [
        ("2026-11-02T00:00Z,2026-11-02T00:00Z,0.1,EUR", "an end after its start"),
        ("2026-11-02T00:00,2026-11-02T01:00Z,0.1,EUR", "with its zone"),
        ("yesterday,2026-11-02T01:00Z,0.1,EUR", "a time such as"),
        ("2026-11-02T00:00Z,2026-11-02T01:00Z,,EUR", "a number"),
        ('2026-11-02T00:00Z,2026-11-02T01:00Z,"0,1",EUR', "a number"),
        ("2026-11-02T00:00Z,2026-11-02T01:00Z,0.1,", "code of a currency"),
        ("2026-11-02T00:00Z,2026-11-02T01:00Z,0.1,euro!", "not a currency"),
        ("2026-11-02T00:00Z,0.1", "as many values"),
        ("2026-11-02T00:00Z,,0.1,EUR", "as the other slots have"),
    ],
)
def test_a_slot_that_cannot_be_read_is_named_by_its_line_and_the_rest_stands(line: str, sentence: str) -> None:
    reading = parsed("tariff_csv", csv(line, "2026-11-02T07:00Z,2026-11-02T08:00Z,0.4,EUR"))

    assert len(reading.slots) == 1
    assert sentence in reading.problems[0]


def without_ends(*starts: str) -> FeedReading:
    raw = "start,price,currency\n" + "".join(f"{start}Z,0.1,EUR\n" for start in starts)
    return parsed("tariff_csv", raw.encode())


def spans(reading: FeedReading) -> list[tuple[str, float]]:
    return [(f"{slot.start:%d %H:%M}", (slot.end - slot.start).total_seconds() / 3600) for slot in reading.slots]


def test_a_slot_without_an_end_holds_until_the_next_one_starts_however_long() -> None:
    told = without_ends(*(f"2026-11-0{day}T{hour}" for day in (2, 3) for hour in ("00:30", "04:30")))

    assert spans(told) == [("02 00:30", 4), ("02 04:30", 20), ("03 00:30", 4), ("03 04:30", 20)]
    assert told.problems == ()


def test_an_hour_that_a_market_leaves_out_is_a_hole_all_the_same() -> None:
    told = without_ends(*(f"2026-11-02T{hour:02}:00" for hour in range(24) if hour not in {7, 8}))

    assert len(told.slots) == 22
    assert told.problems == ("there is no price from 2026-11-02 07:00 UTC to 2026-11-02 09:00 UTC",)


@pytest.mark.parametrize("last", ["59", "59:59", "59:59.999"])
def test_the_last_minute_or_second_of_a_slot_means_its_end(last: str) -> None:
    day = [f"2026-11-0{day}T{start}:00Z,2026-11-0{day}T{end}:{last}Z,0.1,EUR" for day in (2, 3) for start, end in
           (("00", "05"), ("06", "23"))]  # fmt: skip
    told = parsed("tariff_csv", csv(*day))
    alone = parsed("tariff_csv", csv(f"2026-11-02T00:00Z,2026-11-02T23:{last}Z,0.1,EUR"))

    assert spans(told) == [("02 00:00", 6), ("02 06:00", 18), ("03 00:00", 6), ("03 06:00", 18)]
    assert told.problems == ()
    assert spans(alone) == [("02 00:00", 24)]


@pytest.mark.parametrize("last", ["59", "59:59"])
def test_so_it_does_where_the_last_slot_of_each_day_alone_is_written_so(last: str) -> None:
    hours = [(day, hour) for day in (2, 3) for hour in range(24)]
    rows = [
        f"2026-11-0{day}T{hour:02}:00Z,"
        f"{f'2026-11-0{day}T{hour + 1:02}:00Z' if hour < 23 else f'2026-11-0{day}T23:{last}Z'},0.1,EUR"
        for day, hour in hours
    ]
    told = parsed("tariff_csv", csv(*rows))

    assert spans(told) == [(f"0{day} {hour:02}:00", 1) for day, hour in hours]
    assert told.problems == ()


@pytest.mark.parametrize("tomorrow", [{}, {"tomorrow": None}, {"tomorrow": []}])
def test_of_two_lists_the_one_that_is_not_there_yet_costs_nothing(tomorrow: dict[str, object]) -> None:
    today = [{"start": f"2026-11-02T{hour:02}:00Z", "price": 0.1} for hour in range(24)]
    settings = {"list": "a.today,a.tomorrow", "currency": "EUR"}
    told = parsed("tariff_json", json.dumps({"a": {"today": today, **tomorrow}}).encode(), settings)

    assert len(told.slots) == 24
    assert told.problems == ()
    with pytest.raises(BadPayload, match="a list of slots"):
        parsed("tariff_json", json.dumps({"a": {"today": 5}}).encode(), settings)
    with pytest.raises(BadPayload, match="a slot"):
        parsed("tariff_json", json.dumps({"a": tomorrow}).encode(), settings)


def octopus(*rates: tuple[float, str, str | None]) -> FeedReading:
    rows = [{"value_inc_vat": pence, "valid_from": start, "valid_to": end} for pence, start, end in rates]
    return parsed("octopus", json.dumps({"results": rows}).encode())


def test_a_rate_until_further_notice_holds_when_the_one_before_it_has_ended() -> None:
    reading = octopus((26.38, "2026-09-30T23:00:00Z", None), (24.15, "2026-06-30T23:00:00Z", "2026-09-30T23:00:00Z"))
    prices = prices_of(Told(name="octopus", feed=FEEDS["octopus"], reading=reading, taken_at=NOW))
    cost = cost_of_day(prices, power_watts=1000, now=NOW)

    assert reading.problems == ()
    assert prices.known_until is None
    assert cost.money == Money(Decimal("6.3312"), "GBP")


def test_of_two_rates_until_further_notice_the_later_one_ends_the_earlier() -> None:
    reading = octopus((26.38, "2026-10-01T00:00:00Z", None), (24.15, "2026-07-01T00:00:00Z", None))

    assert [(slot.start.month, slot.end.month, slot.end.year) for slot in reading.slots] == [
        (7, 10, 2026),
        (10, 1, 2200),
    ]


def quarters(prices: list[float | None]) -> FeedReading:
    """A day of quarter-hours from ten hours before now."""
    starts = [int((NOW - timedelta(hours=10)).timestamp()) + 900 * n for n in range(len(prices))]
    raw = json.dumps({"unix_seconds": starts, "price": prices, "unit": "EUR / MWh"})
    return parsed("energy_charts", raw.encode())


def test_of_a_hole_in_the_day_only_the_hole_is_unknown() -> None:
    """The hole would cost 1000 times as much; nothing is taken for it."""
    reading = quarters([100.0] * 20 + [None] + [100.0] * 75)
    told = Told(name="spot", feed=FEEDS["energy_charts"], reading=reading, taken_at=NOW)
    prices = prices_of(told)
    cost = cost_of_day(prices, power_watts=1000, now=NOW)
    hole = NOW - timedelta(hours=5)

    assert prices.holes == ((hole, hole + timedelta(minutes=15)),)
    assert cost.money == Money(Decimal("2.4"), "EUR")
    assert any("no price from" in note for note in cost.notes)
    assert any("23.75 of the 24 hours" in note for note in cost.notes)
    assert sum((slot.end - slot.start for slot in prices.known_slots(*prices.day(NOW))), timedelta(0)) == timedelta(
        hours=23.75
    )
    with pytest.raises(ValueError, match="no price is known from"):
        list(prices.tariff.slots(NOW - timedelta(hours=6), NOW))  # type: ignore[union-attr]


def test_a_day_of_which_less_than_half_is_known_has_no_mean() -> None:
    reading = quarters([100.0] * 20 + [None] * 50 + [100.0] * 26)
    prices = prices_of(Told(name="spot", feed=FEEDS["energy_charts"], reading=reading, taken_at=NOW))

    with pytest.raises(ValueError, match=r"prices of 11\.5 h alone are known"):
        cost_of_day(prices, power_watts=1000, now=NOW)


def test_a_german_spreadsheet_of_prices_is_read_as_it_is_meant() -> None:
    rows = "".join(f"{day}.11.2026 {hour}:00;{price}\r\n" for day, hour, price in
                   ((3, 0, "0,214"), (2, 6, "1.030,2"), (2, 0, "0,302")))  # fmt: skip
    reading = parsed("tariff_csv", f"start;price\r\n{rows}".encode(), {"zone": "Europe/Berlin", "currency": "EUR"})

    assert reading.problems == ()
    assert [(f"{slot.start:%d %H:%M}", slot.price.amount) for slot in reading.slots] == [
        ("01 23:00", Decimal("0.302")),
        ("02 05:00", Decimal("1030.2")),
        ("02 23:00", Decimal("0.214")),
    ]


def test_a_table_without_its_last_line_end_is_refused() -> None:
    with pytest.raises(BadPayload, match="cut short"):
        parsed("tariff_csv", csv("2026-11-02T00:00Z,2026-11-02T01:00Z,0.123,EUR")[:-1])


@pytest.mark.parametrize(
    ("time", "sentence"),
    [("2026-10-25T02:30", "happens twice"), ("2026-03-29T02:30", "never happens")],
)
def test_a_local_time_that_a_clock_shows_twice_or_never_is_refused(time: str, sentence: str) -> None:
    raw = csv(f"{time},2026-12-01T00:00,0.1,EUR", "2026-01-10T00:00,2026-01-10T01:00,0.1,EUR")
    reading = parsed("tariff_csv", raw, {"zone": "Europe/Berlin"})

    assert [slot.start.hour for slot in reading.slots] == [23]
    assert sentence in reading.problems[0]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [({"per": "Wh"}, "kWh or MWh"), ({"parts": "0"}, "100"), ({"parts": "x"}, "100"), ({"zone": "Mars"}, "time zone")],
)
def test_a_setting_that_means_nothing_is_refused(parameters: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadPayload, match=sentence):
        parsed("tariff_csv", csv("2026-11-02T00:00Z,2026-11-02T01:00Z,0.1,EUR"), parameters)


def entsoe(*points: tuple[int, str], curve: str = "A03", resolution: str = "PT15M") -> FeedReading:
    inner = "".join(f"<Point><position>{at}</position><price.amount>{p}</price.amount></Point>" for at, p in points)
    return parsed(
        "entsoe",
        f"""<Publication_MarketDocument><TimeSeries><currency_Unit.name>EUR</currency_Unit.name>
        <price_Measure_Unit.name>MWH</price_Measure_Unit.name><curveType>{curve}</curveType>
        <Period><timeInterval><start>2026-11-01T23:00Z</start><end>2026-11-02T00:00Z</end></timeInterval>
        <resolution>{resolution}</resolution>{inner}</Period></TimeSeries></Publication_MarketDocument>""".encode(),
    )


def test_a_position_that_is_missing_repeats_the_one_before_it() -> None:
    prices = [slot.price.amount for slot in entsoe((1, "50"), (3, "-8")).slots]

    assert prices == [Decimal("0.05"), Decimal("0.05"), Decimal("-0.008"), Decimal("-0.008")]


def test_in_a_curve_of_points_a_missing_position_is_a_hole() -> None:
    reading = entsoe((1, "50"), (3, "-8"), curve="A01")

    assert len(reading.slots) == 2
    assert reading.problems == ("there is no price from 2026-11-01 23:15 UTC to 2026-11-01 23:30 UTC",)


@for_each(
    ("points", "resolution", "sentence"),
    [
        (((2, "50"),), "PT15M", "position 1"),
        (((1, "50"), (1, "51")), "PT15M", "from 1 to 4 once"),
        (((1, "50"), (5, "51")), "PT15M", "from 1 to 4 once"),
        (((1, "50"),), "P1D", "one of PT15M"),
        (((1, "cheap"),), "PT15M", "a number"),
        ((), "PT15M", "a Period with prices"),
    ],
)
def test_a_document_whose_positions_cannot_be_is_refused(
    points: tuple[tuple[int, str], ...], resolution: str, sentence: str
) -> None:
    reading = entsoe(*points, resolution=resolution)

    assert reading.slots == ()
    assert sentence in reading.problems[0]


def test_the_markets_own_refusal_is_in_the_sentence() -> None:
    raw = b"""<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found</text></Reason>
    </Acknowledgement_MarketDocument>"""

    with pytest.raises(BadPayload, match="No matching data found"):
        parsed("entsoe", raw)


def test_two_days_of_hours_and_then_quarters_are_slots_without_a_hole() -> None:
    hours = [1790809200 + 3600 * n for n in range(24)]
    quarters = [hours[-1] + 3600 + 900 * n for n in range(96)]
    starts = [*hours, *quarters]
    raw = json.dumps({"unix_seconds": starts, "price": [1] * len(starts), "unit": "EUR / MWh"}).encode()
    reading = parsed("energy_charts", raw)

    assert reading.problems == ()
    assert {(slot.end - slot.start).total_seconds() for slot in reading.slots} == {3600, 900}
    assert (reading.slots[-1].end - reading.slots[0].start).total_seconds() == 48 * 3600


@pytest.mark.parametrize("count", [0, 1, 3])
def test_lists_of_different_lengths_are_refused(count: int) -> None:
    raw = json.dumps({"unix_seconds": [1790809200, 1790812800], "price": [1] * count, "unit": "EUR / MWh"}).encode()

    with pytest.raises(BadPayload, match="as many prices as times"):
        parsed("energy_charts", raw)
