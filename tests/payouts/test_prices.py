"""Prices that the books keep, and what they value."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from miner_agent.bookkeeping.events_file import UnfitFile
from miner_agent.payouts.price_table import PriceTerms, parse_price_table
from miner_agent.payouts.pricing import KeptPrices
from miner_agent.storage.ledger.side_tables import KeptQuote
from tests.bookkeeping.books import entries_in, events_file, imported, payout, sale
from tests.cli.every_command import Done, ended
from tests.for_each import for_each

AT = datetime(2025, 5, 5, tzinfo=UTC)
DAYS = b"date,coin,price,difficulty,currency\n2025-05-05,XMR,280.5,1,USD\n2025-05-06,XMR,290,1,USD\n2025-05-05,ETC,20,,USD\n"


def unpriced(told: str, **more: str) -> dict[str, object]:
    return payout(told, **more) | {"price": None, "value": None}


def prices(folder: Path, raw: bytes, *options: str) -> Done:
    (folder / "prices.csv").write_bytes(raw)
    return ended("prices", "import", str(folder / "prices.csv"), *options, "--state-dir", str(folder))


def values(folder: Path) -> dict[str, str | None]:
    return {
        one.event.id: None if one.event.value is None else f"{one.event.value:f}"  # type: ignore[attr-defined]
        for one in entries_in(folder)
        if one.event.kind in {"payout", "sale"}
    }


def test_what_lacks_a_price_is_priced_by_a_new_entry_once(folder: Path) -> None:
    imported(
        folder,
        events_file(
            unpriced("a"), unpriced("b", time="2025-05-06T23:59:59Z"), unpriced("late", time="2025-05-07T00:00:00Z"),
            payout("priced"), unpriced("other", asset="LTC"), sale("s", value=None, price=None),
        ),
    )  # fmt: skip
    would = prices(folder, DAYS, "--dry-run")
    before = values(folder)
    first, again = prices(folder, DAYS, "--json"), prices(folder, DAYS, "--json")

    assert (would.returncode, first.returncode, again.returncode) == (0, 0, 0), first.stderr
    assert "2 would be priced, 3 still without" in would.stdout
    assert before["a"] is None
    assert values(folder) == {
        "a": "42.075", "b": "43.5", "late": None, "priced": "42.00", "other": None, "s": None,
    }  # fmt: skip
    assert (json.loads(first.stdout)["priced"], json.loads(first.stdout)["kept"]) == (["price/a", "price/b"], 3)
    assert (json.loads(again.stdout)["priced"], json.loads(again.stdout)["kept"]) == ([], 0)


def test_an_exchange_rate_brings_a_price_into_the_books_currency(folder: Path) -> None:
    imported(folder, events_file(unpriced("a"), currency="EUR"))
    assert prices(folder, DAYS).stdout.startswith("3 prices read, 3 of them kept anew; 0 priced, 1 still")
    done = prices(folder, b"time;rate\n2025-05-05;0,8\n", "--asset", "USD", "--currency", "EUR")

    assert done.returncode == 0, done.stderr
    assert values(folder) == {"a": "33.66"}


def test_what_is_booked_later_is_priced_by_the_prices_that_are_kept(folder: Path) -> None:
    imported(folder, events_file())
    assert prices(folder, DAYS).returncode == 0
    (folder / "p.csv").write_text("Date,Amount\n2025-05-05T08:15:30Z,0.15\n")
    options = ("--pool", "x", "--asset", "XMR", "--wallet", "w", "--columns", "time=Date,amount=Amount")
    done = ended("payouts", "import", str(folder / "p.csv"), *options, "--state-dir", str(folder))

    assert done.returncode == 0, done.stderr
    assert list(values(folder).values()) == ["42.075"]


def test_an_old_price_and_one_of_later_are_none() -> None:
    kept = KeptPrices([KeptQuote(asset="XMR", currency="USD", at=AT, price=Decimal(280), source="x")])
    day = timedelta(days=1)

    assert kept.of("XMR", "USD", AT) is not None
    assert kept.of("XMR", "USD", AT + day) is None
    assert kept.of("XMR", "USD", AT - timedelta(seconds=1)) is None
    assert kept.of("XMR", "EUR", AT) is None


def test_a_rate_is_used_the_other_way_round_too() -> None:
    kept = KeptPrices(
        [
            KeptQuote(asset="XMR", currency="USD", at=AT, price=Decimal(280), source="x"),
            KeptQuote(asset="EUR", currency="USD", at=AT, price=Decimal("1.25"), source="y"),
        ]
    )
    found = kept.of("XMR", "EUR", AT)

    assert found is not None
    assert (found.price, found.source) == (Decimal(224), "x in USD, y")


@for_each(
    ("raw", "sentence"),
    [
        (b"day,price\n2025-05-05,1\n", "which column is the time?"),
        (b"date,price\n2025-05-05,1\n", "line 2: no column says of which coin"),
        (b"date,coin,price\n2025-05-05,XMR,1\n", "line 2: no column says in which currency"),
        (b"date,coin,price usd\n2025-05-05,XMR,0\n", '"0" is not above zero'),
        (b"date,coin,price usd\n2025-05-05 10:00,XMR,1\n", "has no time zone"),
        (b"date,coin,price usd\n2025-05-05,XMR,1 000\n", "is no number"),
    ],
)
def test_what_is_no_price_is_one_sentence(raw: bytes, sentence: str) -> None:
    terms = PriceTerms(columns={}, asset=None, currency=None, zone=None, source="x")
    with pytest.raises(UnfitFile) as refused:
        parse_price_table(raw, terms, "p.csv")

    assert sentence in str(refused.value)


def test_coin_metrics_names_its_currency_in_the_column() -> None:
    terms = PriceTerms(columns={}, asset="XMR", currency=None, zone=None, source="x")
    (quote,) = parse_price_table(b"time,PriceUSD,DiffMean\n2025-05-05,280.5,1\n2025-05-06,,1\n", terms, "p.csv")

    assert (quote.currency, quote.price, quote.at) == ("USD", Decimal("280.5"), AT)
