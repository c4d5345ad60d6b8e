"""A history as text: what is read, and what each bad row is told."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.exchange import Rate, Rates
from calculators.horizon.history import History, HistoryReading, MarketDay, parse_history
from calculators.money import Money
from tests.for_each import for_each
from tests.quotes import usd

HEADER = "date,coin,price,difficulty,reward,tariff"
GOOD = f"""{HEADER}
2026-01-01,ETC,8.84,1.94e15,1.6384,0.1626
2026-01-01,RVN,0.011,90000,1250,0.1626
2026-01-02,ETC,8.9,1.95e15,1.6384,-0.02
"""
NEW_YEAR = date(2026, 1, 1)


def read(*rows: str, header: str = HEADER, currency: str = "USD") -> HistoryReading:
    return parse_history("\n".join([header, *rows]) + "\n", currency=currency)


def problem(*rows: str, header: str = HEADER) -> str:
    """The one problem of rows among which others are good."""
    (told,) = read(*rows, header=header).problems
    return told


def test_rows_become_days_of_coins() -> None:
    history = parse_history(GOOD, currency="USD").history

    assert history.coins == ("ETC", "RVN")
    assert history.of("ETC")[0] == MarketDay(
        day=NEW_YEAR,
        coin="ETC",
        price=usd("8.84"),
        difficulty=1.94e15,
        block_reward_coins=1.6384,
        price_per_kilowatt_hour=usd("0.1626"),
    )
    assert history.tariffs == {NEW_YEAR: usd("0.1626"), date(2026, 1, 2): usd("-0.02")}


def test_columns_may_stand_in_any_order_and_only_three_are_needed_beside_the_difficulty() -> None:
    assert (
        read("1e10,etc,2026-01-01,8.84", header="Difficulty,COIN, date ,price").history.of("ETC")[0].difficulty == 1e10
    )


def test_a_yield_may_stand_for_the_difficulty() -> None:
    (day,) = read("2026-01-01,ETC,8.84,7e-11", header="date,coin,price,coins_per_hash_per_second_per_day").history.of(
        "ETC"
    )

    assert day.work == pytest.approx(1 / 7e-11)
    assert day.coins_per_work == 7e-11


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    text = "\ufeff" + GOOD.replace("\n", "\r\n\r\n")

    assert parse_history(text, currency="USD").problems == ()


GOOD_ROW = "2026-01-01,ETC,8.84,1e15,2,0.16"


@for_each(
    ("row", "sentence"),
    [
        ("2026-01-02,ETC,8.84,0,2,0.16", "line 3: ETC: difficulty is 0; expected a number above zero"),
        ("2026-01-02,ETC,8.84,-5,2,0.16", "line 3: ETC: difficulty is -5; expected a number above zero"),
        ("2026-01-02,ETC,0,1e15,2,0.16", "line 3: ETC: price is 0; expected a number above zero"),
        ("2026-01-02,ETC,,1e15,2,0.16", "line 3: ETC: price is not told"),
        ("2026-01-02,ETC,8.84,,2,0.16", "line 3: ETC: neither difficulty nor coins_per_hash_per_second_per_day is told"),
        ("2026-01-02,ETC,8.84,1e15,0,0.16", "line 3: ETC: block_reward_coins is 0; expected a number above zero"),
        ("02.01.2026,ETC,8.84,1e15,2,0.16", "line 3: ETC: date is '02.01.2026'; expected YYYY-MM-DD, such as 2026-01-31"),
        ("2026-02-30,ETC,8.84,1e15,2,0.16", "line 3: ETC: date is '2026-02-30'; expected YYYY-MM-DD, such as 2026-01-31"),
        ("20260102,ETC,8.84,1e15,2,0.16", "line 3: ETC: date is '20260102'; expected YYYY-MM-DD, such as 2026-01-31"),
        ("2026-W01-1,ETC,8.84,1e15,2,0.16", "line 3: ETC: date is '2026-W01-1'; expected YYYY-MM-DD, such as 2026-01-31"),
        ("2026-01-01,ETC,8.9,1e15,2,0.16", "line 3: ETC on 2026-01-01 is there twice; keep one of them"),
        ("2026-01-02,,8.84,1e15,2,0.16", "line 3: coin is ''; expected a ticker, such as ETC"),
        ("2026-01-02,E\x1b[2J,8.84,1e15,2,0.16", r"line 3: coin is 'E\x1b[2J'; expected a ticker, such as ETC"),
        (
            '2026-01-02,ETC,"1,234.5",1e15,2,0.16',
            "line 3: ETC: price is '1,234.5'; expected a number with a point, without thousands separators",
        ),
        (
            "2026-01-02,ETC,1,234.5,1e15,2,0.16",
            "line 3: 7 cells, and the first line has 6; is there a comma in a number?",
        ),
        (
            "2026-01-02,ETC,8.84,nan,2,0.16",
            "line 3: ETC: difficulty is 'nan'; expected a number with a point, without thousands separators",
        ),
        (
            "2026-01-02,ETC,٨,1e15,2,0.16",
            r"line 3: ETC: price is '\u0668'; expected a number with a point, without thousands separators",
        ),
        ("2026-01-02,ETC,1e90,1e15,2,0.16", "line 3: ETC: price is 1e+90; expected a number above zero"),
        ("2026-01-02,ETC,8,1e15,2,9e90", "line 3: ETC: energy costs 9e+90, which it never does"),
        (
            "2026-01-02,ETC,8.84,1e15,,0.16",
            "line 3: ETC on 2026-01-02: block_reward_coins is told on some days only; tell it on all of them, or on none",
        ),
        (
            "2026-01-01,RVN,8.84,1e15,2,0.17",
            "line 3: RVN on 2026-01-01: energy costs 0.17, and 0.16 by an earlier row of that day",
        ),
        ('2026-01-02,ETC,"8.84', "line 3: unexpected end of data"),
        ("2026-01-02,ETC,8.84", "line 3: 3 cells, and the first line has 6; is there a comma in a number?"),
    ],
)  # fmt: skip
def test_a_bad_row_is_a_sentence_and_the_others_stand(row: str, sentence: str) -> None:
    reading = read(GOOD_ROW, row)

    assert reading.problems == (sentence,)
    assert len(reading.history.of("ETC")) == 1


def test_a_row_in_another_currency_is_a_sentence() -> None:
    header = "date,coin,price,difficulty,currency"
    told = problem("2026-01-01,ETC,8,1e15,USD", "2026-01-02,ETC,8,1e15,EUR", header=header)

    assert told.startswith(
        "line 3: ETC: the price is in 'EUR', money is told in USD; ask in 'EUR', or with rates: no rates lead from EUR "
        "to USD on 2026-01-02"
    )


def test_a_row_in_another_currency_is_told_at_the_rate_of_its_day() -> None:
    def rate(day: int, dollars: str, *, undated: bool = False) -> Rate:
        at = datetime(2026, 1, day, tzinfo=UTC)
        return Rate(currency="EUR", worth=Money(Decimal(dollars), "USD"), taken_at=at, source="a test", undated=undated)

    rows = [f"2026-01-{day:02},ETC,8,1e15,0.1,EUR" for day in (1, 2, 5, 20)]
    text = "\n".join(["date,coin,price,difficulty,tariff,currency", *rows, "2026-01-21,ETC,8,1e15,0.1,USD", ""])
    reading = parse_history(text, currency="USD", rates=Rates([rate(2, "1.25"), rate(4, "1.5"), rate(9, "2")]))
    undated = parse_history(text, currency="USD", rates=Rates([rate(1, "1.25", undated=True)]))

    assert {row.day.day: row.price.amount for row in reading.history.of("ETC")} == {2: 10, 5: 12, 21: 8}
    assert reading.history.tariffs[date(2026, 1, 5)] == Money(Decimal("0.15"), "USD")
    assert "line 2: ETC: the price is in 'EUR', money is told in USD" in reading.problems[0]
    assert "no rate from EUR to USD on or before 2026-01-01" in reading.problems[0]
    assert "the last rate of EUR and USD before 2026-01-20 is of 2026-01-09" in reading.problems[1]
    assert [row.day.day for row in undated.history.of("ETC")] == [21]
    assert "does not say of when it is" in undated.problems[0]


def test_a_cell_too_long_for_a_table_is_a_sentence_and_what_follows_stands() -> None:
    reading = read(GOOD_ROW, "2026-01-02,ETC," + "9" * 200_000, "2026-01-03,ETC,8,1e15,2,0.16")

    assert len(reading.problems) == 1
    assert len(reading.problems[0]) < 200
    assert len(reading.history.of("ETC")) == 2


@for_each(
    ("header", "sentence"),
    [
        ("date;coin;price;schwierigkeit", "the history's column 'schwierigkeit' is not known; expected"),
        ("date,coin,price,difficulty,tarif", "the history's column 'tarif' is not known; expected"),
        ("date,coin,price", "the history's first line lacks difficulty"),
        ("coin,difficulty", "the history's first line lacks date, price"),
        ("date,coin,price,price,difficulty", "the history's first line names a column twice"),
        ("\n", "the history's column '1' is not known"),
        ("<!DOCTYPE html>", "the history's column '<!doctype html>' is not known"),
        ("x" * 200_000, "the first line: field larger than field limit"),
    ],
)
def test_a_first_line_that_is_none_of_a_history_is_refused(header: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + sentence.replace(".", r"\.")):
        parse_history(header + "\n1,2,3\n", currency="USD")


def test_a_history_without_a_good_row_is_refused_with_the_first_reason() -> None:
    with pytest.raises(ValueError, match=r"^no row of the history is good; line 2: ETC: difficulty is 0; expected"):
        read("2026-01-02,ETC,8.84,0,2,0.16")
    with pytest.raises(ValueError, match=r"^no row of the history is good$"):
        read()


@given(text=st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for header in ("", HEADER + "\n"):
        try:
            parse_history(header + text, currency="USD")
        except ValueError as error:
            assert str(error)


numbers = st.decimals(min_value=Decimal("1e-9"), max_value=Decimal("1e18"), places=9)


@given(
    rows=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20),
    tariff=st.decimals(min_value=-1, max_value=1, places=4),
)
def test_what_is_written_is_read_again(rows: list[tuple[Decimal, Decimal]], tariff: Decimal) -> None:
    days = [NEW_YEAR + timedelta(days=31 * number) for number in range(len(rows))]  # so far apart any move may be true
    written = [f"{day},ETC,{price},{work},2,{tariff}" for day, (price, work) in zip(days, rows, strict=True)]

    reading = read(*written)

    assert reading.problems == ()
    assert [(row.day, row.price.amount, row.difficulty) for row in reading.history.of("ETC")] == [
        (day, price, float(work)) for day, (price, work) in zip(days, rows, strict=True)
    ]


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = [f"2026-01-0{day},ETC,8,1e15,2,0.16" for day in range(1, 6)]
    forward, backward = read(*rows), read(*reversed(rows))

    assert backward.problems == ()
    assert backward.history.of("ETC") == forward.history.of("ETC")
    assert backward.history.common(["ETC"]) == forward.history.common(["ETC"])


def test_a_german_spreadsheet_is_the_same_history() -> None:
    english = parse_history(GOOD, currency="USD").history
    rows = [line.split(",") for line in GOOD.splitlines()]
    lines = [";".join(".".join(reversed(cell.split("-"))) if at == 0 and number else cell.replace(".", ",")
                      for at, cell in enumerate(cells)) for number, cells in enumerate(rows)]  # fmt: skip
    german = parse_history("\ufeffsep=;\r\n" + "\r\n".join([lines[0], *reversed(lines[1:])]) + "\r\n", currency="USD")

    assert german.problems == ()
    assert [german.history.of(coin) for coin in english.coins] == [english.of(coin) for coin in english.coins]


@pytest.mark.parametrize("cut", [1, 3, 8])
def test_a_history_that_was_cut_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="is the file cut short"):
        parse_history(GOOD[:-cut], currency="USD")


@pytest.mark.parametrize(("column", "what"), [("price", "price"), ("difficulty", "difficulty")])
def test_a_coin_whose_unit_changes_is_refused_wherever_its_days_are_asked_for(column: str, what: str) -> None:
    values = {"price": 8.0, "difficulty": 1e15}
    changed = {**values, column: values[column] / 1e12}
    rows = [
        f"{NEW_YEAR + timedelta(days=day)},{coin},{each['price']},{each['difficulty']:g},2,0.16"
        for day in range(90)
        for coin, each in (("ETC", values if day < 60 else changed), ("RVN", values))
    ]
    history = read(*rows).history

    for ask in (lambda: history.of("ETC"), lambda: history.common(["RVN", "ETC"])):
        with pytest.raises(ValueError, match=rf"ETC: its {what} moved 1000-fold on 2026-03-02; did its unit change"):
            ask()
    assert len(history.of("RVN")) == 90


def a_day(number: int, coin: str = "ETC", currency: str = "USD", tariff: Money | None = None) -> MarketDay:
    return MarketDay(
        day=NEW_YEAR + timedelta(days=number),
        coin=coin,
        price=Money(Decimal(8), currency),
        difficulty=1e15,
        price_per_kilowatt_hour=tariff,
    )


def test_a_history_is_in_one_currency() -> None:
    with pytest.raises(ValueError, match="ETC on 2026-01-02 is in EUR, the history in USD; convert one"):
        History([a_day(0), a_day(1, currency="EUR")], currency="USD")
    with pytest.raises(ValueError, match="ETC on 2026-01-01 is in EUR"):
        History([a_day(0, tariff=Money(Decimal("0.1"), "EUR"))], currency="USD")


def test_rows_may_be_given_in_any_order() -> None:
    history = History([a_day(2), a_day(0), a_day(1)], currency="USD")

    assert [row.day.day for row in history.of("ETC")] == [1, 2, 3]


def test_common_days_are_those_that_every_coin_has() -> None:
    history = History([a_day(0), a_day(1), a_day(2), a_day(1, "RVN"), a_day(2, "RVN"), a_day(3, "RVN")], currency="USD")

    assert [[row.coin for row in shared] for shared in history.common(["RVN", "ETC"])] == [["RVN", "ETC"]] * 2
    assert [shared[0].day.day for shared in history.common(["RVN", "ETC"])] == [2, 3]


def test_a_coin_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="KAS: the history has no day of it; it has ETC"):
        History([a_day(0)], currency="USD").of("KAS")


@pytest.mark.parametrize(
    ("row", "coins_per_work"), [("2026-01-01,ETC,8.84,4,3,", 0.75), ("2026-01-01,ETC,8.84,4,,", 0.25)]
)
def test_coins_for_a_hash_are_the_reward_by_the_difficulty(row: str, coins_per_work: float) -> None:
    (day,) = read(row).history.of("ETC")

    assert day.work == 4
    assert day.coins_per_work == coins_per_work
