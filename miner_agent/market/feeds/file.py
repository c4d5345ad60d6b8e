"""A file of one's own with quotes and rates of exchange: TOML, JSON or CSV. ``docs/feeds.md`` describes it.

The keys of a quote are those of ``calculators.chain.quote.Quote``, its price and its traded volume in the currency of
the row. A key that is not known is refused, so that a misspelt one is not passed over.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.exchange import Rate
from calculators.money import Money
from calculators.nearest_words import suggestion
from miner_agent.errors import BadPayload
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, SavedAnswer
from miner_agent.market.feed_payload import FeedDoc, csv_header, csv_rows, json_of, refuse_no_answer
from miner_agent.market.feeds.forms.gather import Gathering, shortened
from miner_agent.sources.foreign_json import BYTE_ORDER_MARK, decoded
from miner_agent.text import clean_or_none

NODE = "node"  # whose unit a difficulty has where neither the row nor its source says another
TABLES = frozenset({"quotes", "rates"})
NOTES = frozenset({"note", "source"})  # free text beside the tables
QUOTE_KEYS = frozenset(
    {
        "coin", "algorithm", "source", "taken_at", "difficulty", "hashes_per_difficulty", "network_hashes_per_second",
        "block_time_seconds", "block_reward_coins", "coins_per_hash_per_second_per_day", "price", "currency",
        "price_taken_at", "volume_per_day", "height", "markets", "lagging",
    }
)  # fmt: skip
RATE_KEYS = frozenset({"date", "from", "to", "rate", "source"})


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    quotes, rates = _tables(raw)
    gathering = Gathering(source="file", coins=coins, taken_at=taken_at)
    gathering.each(quotes, lambda row: _quote(row, gathering))
    found = [rate for row in rates if (rate := _or_problem(_rate, row, gathering)) is not None]
    read = gathering.reading()
    if not (quotes or rates):
        raise BadPayload("file", raw[:40], "at least one quote or rate")
    return FeedReading(quotes=read.quotes, rates=(*read.rates, *found), problems=shortened(gathering.problems))


def _tables(raw: bytes) -> tuple[list[FeedDoc], list[FeedDoc]]:
    """The rows of quotes and of rates."""
    if "coin" in csv_header(raw):
        return list(csv_rows(raw, "file")), []
    if {"from", "to", "rate"} <= set(csv_header(raw)):
        return [], list(csv_rows(raw, "file"))
    start = raw.removeprefix(BYTE_ORDER_MARK).lstrip()[:1]
    document = json_of(raw, "file") if start == b"{" else _toml(raw)
    if not document.is_object():
        document.expected("the tables quotes and rates")
    for key, place in document.entries():
        if key not in TABLES | NOTES:
            place.expected("nothing: a file has the tables quotes and rates")
    return list(document.items("quotes")), list(document.items("rates"))


def _toml(raw: bytes) -> FeedDoc:
    refuse_no_answer(raw, "file")
    text = decoded(raw, "file")
    if not text.endswith("\n"):
        raise BadPayload("file", text[-40:], "a line end after the last line; is the file cut short?")
    try:
        return FeedDoc(tomllib.loads(text, parse_float=Decimal), "file")
    except tomllib.TOMLDecodeError as error:
        raise BadPayload("file", text[:40], f"TOML, JSON or CSV (as TOML: {error})") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise BadPayload("file", text[:40], "TOML with numbers and levels of a sensible size") from None


def _quote(row: FeedDoc, gathering: Gathering) -> Quote:
    _refuse_unknown(row, QUOTE_KEYS)
    source = clean_or_none(row.text_or_none("source"))
    meant = gathering.meant(row.text("coin"), row.text_or_none("algorithm"), source=source or NODE)
    detail = gathering.detail
    return Quote(
        coin=meant.ticker,
        algorithm=meant.algorithm,
        source=source or "file",
        taken_at=gathering.when(row, "taken_at"),
        difficulty=row.positive_or_none("difficulty"),
        hashes_per_difficulty=row.positive_or_none("hashes_per_difficulty") or meant.hashes_per_difficulty,
        network_hashes_per_second=detail(row.positive_or_none, "network_hashes_per_second"),
        block_time_seconds=detail(row.positive_or_none, "block_time_seconds"),
        block_reward_coins=detail(row.positive_or_none, "block_reward_coins"),
        coins_per_hash_per_second_per_day=detail(row.positive_or_none, "coins_per_hash_per_second_per_day"),
        price=gathering.price(meant.ticker, _money(row, "price")),
        price_taken_at=None if row.at("price_taken_at").value is None else gathering.when(row, "price_taken_at"),
        volume_per_day=detail(lambda: _money(row, "volume_per_day")),
        height=detail(row.count_or_none, "height"),
        markets=detail(row.count_or_none, "markets"),
        lagging=_truth(row.at("lagging")),
    )


def _rate(row: FeedDoc) -> Rate:
    _refuse_unknown(row, RATE_KEYS)
    return Rate(
        currency=row.text("from").upper(),
        worth=Money(row.decimal("rate"), row.text("to").upper()),
        taken_at=row.day("date"),
        source=clean_or_none(row.text_or_none("source")) or "file",
    )


def _or_problem(read: Callable[[FeedDoc], Rate], row: FeedDoc, gathering: Gathering) -> Rate | None:
    try:
        return read(row)
    except (BadPayload, ValueError) as error:
        gathering.problem(str(error))
        return None


def _refuse_unknown(row: FeedDoc, known: Iterable[str]) -> None:
    if not row.is_object():
        row.expected("as many values as there are names")
    for key, place in row.entries():
        if key not in known and place.value is not None and place.value != "":
            place.expected(f"no such key; {suggestion(key, known, otherwise='docs/feeds.md has them all')}")


def _money(row: FeedDoc, name: str) -> Money | None:
    amount = row.decimal_or_none(name)
    if amount is None:
        return None
    return Money(amount, row.text("currency").upper())


def _truth(place: FeedDoc) -> bool:
    if isinstance(place.value, str):
        if place.value.lower() not in {"", "true", "false"}:
            place.expected("true or false")
        return place.value.lower() == "true"
    return place.truth_or_none() or False


def _recognises(seen: SavedAnswer) -> bool:
    if seen.json is not None:
        keys = seen.json.keys()
        return bool(keys & TABLES) and keys <= TABLES | NOTES
    header = set(csv_header(seen.raw))
    return seen.xml_root is None and (
        "coin" in header
        or {"from", "to", "rate"} <= header
        or any(line.strip() in {b"[[quotes]]", b"[[rates]]"} for line in seen.raw.splitlines())
    )


FEED = Feed(
    name="file",
    title="a file of your own",
    kind="market",
    gives="quotes and rates of exchange, as you write them",
    also_rates=True,
    parse=parse,
    recognises=_recognises,
    requests=None,
    interval_seconds=900,
    terms="Your own file.",
    documentation="docs/feeds.md",
)
