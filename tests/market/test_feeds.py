"""Every feed against everything it may answer, and against garbage."""

import json
import math
import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from calculators.chain.quote import Quote
from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market import feeds
from miner_agent.market.feed import Feed, FeedReading
from miner_agent.market.feed_payload import MAXIMUM_BYTES
from miner_agent.market.feeds.forms import rpc
from tests.feed_coins import BITCOIN_UNIT, COINS

CAPTURES = Path(__file__).parents[1] / "captures" / "feeds"
FEEDS = {name: feeds.load(name) for name in feeds.names()}
FOLDERS = sorted(folder for name in FEEDS for folder in (CAPTURES / name).glob("*/"))
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
TEXT_FORMS = {"file", "tariff_csv"}  # a cut one can be whole as far as it goes
NEEDED = {"coin": "BTC", "area": "X", "product": "P", "tariff": "T"}

GARBAGE = {
    "empty": b"",
    "blank": b" \n",
    "html": b"<html><h1>502 Bad Gateway</h1></html>",
    "html with a document type": b"<!DOCTYPE html><html><body>Just a moment...</body></html>",
    "null": b"null",
    "list": b"[]",
    "list of nulls": b"[null, null]",
    "object": b"{}",
    "number": b"42",
    "truth": b"true",
    "text": b'"coins"',
    "words": b"not here\n",
    "nan": b'{"coins": NaN}',
    "infinity": b'{"coins": Infinity}',
    "too large": b'{"coins": 1e999}',
    "too small": b'{"coins": 1e-999}',
    "too many digits": b'{"coins": ' + b"9" * 5000 + b"}",
    "not utf-8": b'{"coins": "\xff\xfe"}',
    "utf-16": '{"coins": {}}'.encode("utf-16"),
    "deep": b"[" * 100_000,
    "deep object": b'{"coins":' * 10_000 + b"1" + b"}" * 10_000,
    "unclosed": b'{"coins": {"Bitcoin"',
    "two documents": b"{}{}",
    "error": b'{"error": "Invalid API key"}',
    "title and detail": b'{"title": "Forbidden", "detail": "Monthly usage exceeded"}',
    "status": b'{"status": {"error_code": 429, "error_message": "slow down"}}',
    "xml": b"<a><b/></a>",
    "xml of entities": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    "xml of a file": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "deep xml": b"<a>" * 100_000,
    "wide xml": b"<a>" + b"<b/>" * 200_000 + b"</a>",
    "csv of names": b"a,b,c\n",
    "csv of quotes": b'a,"b\n',
    "toml": b"[[quotes]]\n",
    "toml of numbers": b"a = " + b"9" * 5000 + b"\n",
    "deep toml": b"a = " + b"[" * 100_000 + b"\n",
    "wrong types": b'{"coins": 5, "data": 5, "results": 5, "unix_seconds": 5, "price": {}, "quotes": 5, "rates": "x"}',
    "rows of nothing": b'{"coins": {"X": null}, "data": [null], "results": [null], "quotes": [null], "rates": [1]}',
}


def raw_of(folder: Path) -> bytes:
    return (folder / "answer.raw").read_bytes()


def parameters_of(folder: Path) -> dict[str, str]:
    meta = tomllib.loads((folder / "meta.toml").read_text())
    found: dict[str, str] = meta.get("parameters", {})
    return found


def parsed(name: str, raw: bytes, parameters: dict[str, str] | None = None) -> FeedReading:
    return FEEDS[name].parse(raw, taken_at=NOW, coins=COINS, parameters=parameters or {})


def plain(value: Any) -> Any:
    """A reading as JSON, without what its source did not say."""
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    if is_dataclass(value) and not isinstance(value, type):
        found = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {key: held for key, held in found.items() if held not in (None, [], False)}
    if isinstance(value, tuple):
        return [plain(held) for held in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def shown(reading: FeedReading) -> str:
    return json.dumps(plain(reading), indent=2, ensure_ascii=False) + "\n"


def ids(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


@pytest.mark.parametrize("folder", FOLDERS, ids=ids)
def test_a_capture_parses_to_its_expected_reading(folder: Path, update_golden: bool) -> None:
    found = shown(parsed(folder.parent.name, raw_of(folder), parameters_of(folder)))

    expected = folder / "expected.json"
    if update_golden:
        expected.write_text(found)
    assert expected.exists(), "new capture: run pytest --update-golden and read the diff"
    assert found == expected.read_text()


@pytest.mark.parametrize("folder", FOLDERS, ids=ids)
def test_a_capture_says_where_it_comes_from(folder: Path) -> None:
    meta = tomllib.loads((folder / "meta.toml").read_text())

    assert meta["origin"] in {"recorded", "documentation"}
    assert {"written", "source", "masked"} <= meta.keys()


@pytest.mark.parametrize("folder", [one for one in FOLDERS if one.parent.name not in TEXT_FORMS], ids=ids)
def test_an_answer_cut_short_anywhere_is_right_or_refused(folder: Path) -> None:
    raw, parameters = raw_of(folder), parameters_of(folder)
    whole = parsed(folder.parent.name, raw, parameters)
    for length in range(len(raw)):
        try:
            cut = parsed(folder.parent.name, raw[:length], parameters)
        except BadPayload:
            continue
        assert cut == whole, f"cut at byte {length}"


@pytest.mark.parametrize("folder", [one for one in FOLDERS if one.parent.name in TEXT_FORMS], ids=ids)
def test_a_table_cut_short_anywhere_has_no_number_that_the_whole_one_has_not(folder: Path) -> None:
    raw, parameters = raw_of(folder), parameters_of(folder)
    written = {Decimal(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e\d+)?", raw.decode())}
    numbers = {float(number) for number in written} | written | {number / 1000 for number in written}
    units = {BITCOIN_UNIT, 1.0}  # of the table of coins, where the row's own is cut away
    for length in range(len(raw)):
        try:
            cut = parsed(folder.parent.name, raw[:length], parameters)
        except BadPayload:
            continue
        assert set(all_numbers(cut)) <= numbers | units, f"cut at byte {length}"


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_a_bad_payload_or_says_nothing_but_problems(name: str, garbage: bytes) -> None:
    for given in ({}, NEEDED):
        try:
            reading = parsed(name, garbage, given)
        except BadPayload as refusal:
            assert len(str(refusal)) < 400
            continue
        assert (reading.quotes, reading.rates, reading.slots) == ((), (), ())
        assert reading.problems


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_no_feeds_answer(garbage: bytes) -> None:
    try:
        reading = parsed(feeds.detect(garbage).name, garbage)  # it may look like one, such as a table without a row
    except BadPayload:
        return

    assert (reading.quotes, reading.rates, reading.slots) == ((), (), ())
    assert reading.problems


@pytest.mark.parametrize(
    "folder",
    [  # but for those whose columns are told in the configuration
        one for one in FOLDERS if one.parent.name != "tariff_json" and not parameters_of(one).keys() & {"start", "zone"}
    ],
    ids=ids,
)
def test_a_saved_answer_is_recognised_by_what_is_in_it(folder: Path) -> None:
    assert feeds.detect(raw_of(folder)).name == folder.parent.name


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "not an empty one"),
        (b"<!DOCTYPE html><html>", "page of HTML"),
        (b'{"title": "Error", "detail": "Monthly usage exceeded"}', "Monthly usage exceeded"),
        (b'{"error": "Invalid key"}', "Invalid key"),
        (b'{"status": {"error_message": "too many"}}', "too many"),
        (b'{"what": "is this"}', "the answer of one of: awattar"),
        (b"x" * (MAXIMUM_BYTES + 1), "at most 8 MiB"),
    ],
)
def test_what_no_feed_answers_is_refused_with_what_it_is(raw: bytes, sentence: str) -> None:
    with pytest.raises(BadPayload, match=sentence):
        feeds.detect(raw)


@pytest.mark.parametrize("name", FEEDS)
def test_every_feed_has_a_capture_and_says_what_it_gives_and_on_what_terms(name: str) -> None:
    feed = FEEDS[name]

    assert any(folder.parent.name == name for folder in FOLDERS)
    assert feed.gives
    assert feed.terms
    assert feed.documentation
    assert feed.interval_seconds >= 60
    assert feed.base_url is None or feed.base_url.startswith("https://")


def mutated(raw: bytes, seed: int) -> bytes:
    """The answer with a few bytes changed, repeated or taken out: always the same ones for a seed."""
    dice = random.Random(seed)
    text = bytearray(raw)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(text))
        match dice.randrange(6):
            case 0:
                text[at] = dice.randrange(256)
            case 1:
                del text[at : at + dice.randint(1, 20)]
            case 2:
                text[at:at] = text[at : at + dice.randint(1, 40)]
            case 3:
                text[at:at] = dice.choice([b"null", b"-1", b"1e308", b"[]", b"{}", b'"x"', b"true", b"NaN", b"1e999"])
            case 4:
                digits = [i for i, c in enumerate(text) if 0x30 <= c <= 0x39]
                if digits:
                    text[dice.choice(digits)] = dice.choice(b"0123456789-.e")
            case _:
                text[at : at + 1] = dice.choice([b'"', b",", b":", b"\\u0000", b"\\ud800", b"\x00", b"<", b">"])
        if not text:
            return b""
    return bytes(text)


def all_numbers(reading: FeedReading) -> list[float | Decimal]:
    found: list[float | Decimal] = []
    for quote in reading.quotes:
        found += [held for field in fields(quote) if isinstance(held := getattr(quote, field.name), float)]
        found += [money.amount for money in (quote.price, quote.volume_per_day) if money is not None]
    found += [rate.worth.amount for rate in reading.rates]
    found += [slot.price.amount for slot in reading.slots]
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=ids)
def test_mutated_answers_give_possible_numbers_or_a_bad_payload(folder: Path) -> None:
    raw, parameters = raw_of(folder), parameters_of(folder)
    for seed in range(400):
        try:
            reading = parsed(folder.parent.name, mutated(raw, seed), parameters)
        except BadPayload:
            continue
        assert all(math.isfinite(number) for number in all_numbers(reading)), seed
        assert all(quote.price is None or quote.price.amount > 0 for quote in reading.quotes), seed
        assert all(slot.start < slot.end for slot in reading.slots), seed
        assert all(one.end <= two.start for one, two in zip(reading.slots, reading.slots[1:], strict=False)), seed
        assert all("\n" not in problem and len(problem) <= 256 for problem in reading.problems), seed


# --- whose numbers they are -------------------------------------------------------------------------------------------


def whattomine(**rows: Mapping[str, object]) -> FeedReading:
    plain_row = {"algorithm": "KawPow", "difficulty": 5, "nethash": 7, "block_time": "60", "block_reward": 1}
    return parsed(
        "whattomine", json.dumps({"coins": {name: {**plain_row, **row} for name, row in rows.items()}}).encode()
    )


def quote_of(reading: FeedReading, coin: str) -> Quote:
    return next(quote for quote in reading.quotes if quote.coin == coin)


def test_bitcoins_price_is_in_usd_and_every_other_in_bitcoin() -> None:
    reading = whattomine(
        Bitcoin={"tag": "BTC", "algorithm": "SHA-256", "exchange_rate": 86000, "exchange_rate_curr": "BTC"},
        Ravencoin={"tag": "RVN", "exchange_rate": "2.1e-7", "exchange_rate_curr": "BTC"},
    )

    assert quote_of(reading, "BTC").price == Money(Decimal(86000), "USD")
    assert quote_of(reading, "RVN").price == Money(Decimal("2.1e-7"), "BTC")
    assert [(rate.currency, rate.worth) for rate in reading.rates] == [("BTC", Money(Decimal(86000), "USD"))]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"tag": "BTC", "algorithm": "SHA-256", "exchange_rate": 1, "exchange_rate_curr": "BTC"}, "no price in USD"),
        ({"tag": "RVN", "exchange_rate": 900.5, "exchange_rate_curr": "BTC"}, "in another currency"),
        ({"tag": "RVN", "exchange_rate": 0}, "a price is above zero"),
        ({"tag": "RVN", "exchange_rate": -1}, "a price is above zero"),
    ],
)
def test_a_price_that_cannot_be_one_is_named_and_the_rest_of_its_row_stands(
    row: dict[str, object], sentence: str
) -> None:
    reading = whattomine(Coin=row)

    assert [(quote.coin, quote.price, quote.difficulty) for quote in reading.quotes] == [(row["tag"], None, 5.0)]
    assert str(row["tag"]) in reading.problems[0]
    assert sentence in reading.problems[0]


@pytest.mark.parametrize("difficulty", [0, -3, "0", "n/a", True, "1,234", [1], "1e-999", "-1e5"])
def test_a_difficulty_that_is_none_costs_its_row_alone(difficulty: object) -> None:
    reading = whattomine(Bad={"tag": "ERG", "algorithm": "Autolykos", "difficulty": difficulty}, Good={"tag": "RVN"})

    assert [quote.coin for quote in reading.quotes] == ["RVN"]
    assert len(reading.problems) == 1
    assert "difficulty" in reading.problems[0]
    assert reading.problems[0].startswith("ERG: ")


def test_a_coin_that_is_there_twice_is_not_used_and_the_others_are() -> None:
    reading = whattomine(
        One={"tag": "RVN"}, Two={"tag": "RVN", "difficulty": 6}, Three={"tag": "CFX", "algorithm": "Octopus"}
    )

    assert [quote.coin for quote in reading.quotes] == ["CFX"]
    assert reading.problems == (
        "RVN: it is 2 times in the answer; which row is right cannot be known, so none is used",
    )


def test_of_two_coins_with_one_ticker_the_one_with_our_algorithm_counts() -> None:
    reading = whattomine(One={"tag": "RVN", "algorithm": "X16R", "difficulty": 9}, Two={"tag": "RVN"})

    assert [(quote.coin, quote.difficulty) for quote in reading.quotes] == [("RVN", 5.0)]
    assert "mined with X16R, ours with kawpow" in reading.problems[0]


def test_a_key_that_is_there_twice_costs_its_coin_alone() -> None:
    row = '{"ticker": "%s", "algorithm": "%s", "network": {"difficulty": "5"}}'
    etc, rvn = row % ("ETC", "Etchash"), row % ("RVN", "Kawpow")
    reading = parsed("hashrate_no", f'{{"ETC": {etc}, "RVN": {rvn}, "ETC": {etc}}}'.encode())

    assert [quote.coin for quote in reading.quotes] == ["RVN"]
    assert reading.problems == ("hashrate_no.ETC is there twice; expected an object",)


def test_the_unit_of_a_difficulty_is_its_sources() -> None:
    hashrate = parsed(
        "hashrate_no", b'{"KAS": {"ticker": "KAS", "algorithm": "KHeavyHash", "network": {"difficulty": "5"}}}'
    )
    minerstat = parsed("minerstat", b'[{"coin": "KAS", "type": "coin", "algorithm": "KHeavyHash", "difficulty": 5}]')
    unknown = parsed("whattomine", b'{"coins": {"Kaspa": {"tag": "KAS", "algorithm": "kHeavyHash", "difficulty": 5}}}')

    assert hashrate.quotes[0].hashes_per_difficulty == 1
    assert minerstat.quotes[0].hashes_per_difficulty == BITCOIN_UNIT
    assert unknown.quotes[0].hashes_per_difficulty is None


def test_a_coin_that_we_do_not_know_is_quoted_without_a_unit() -> None:
    reading = whattomine(New={"tag": "XYZ", "algorithm": "Lyra2REv2"}, Sha={"tag": "BTCS", "algorithm": "SHA256"})

    assert [(quote.coin, quote.algorithm, quote.hashes_per_difficulty) for quote in reading.quotes] == [
        ("XYZ", "lyra2rev2", None),
        ("BTCS", "sha256d", None),
    ]


def test_one_chain_with_several_algorithms_is_told_apart_by_them() -> None:
    reading = whattomine(
        Sha={"tag": "DGB", "algorithm": "SHA-256", "difficulty": 5},
        Scrypt={"tag": "DGB", "algorithm": "Scrypt", "difficulty": 6},
        Odo={"tag": "DGB", "algorithm": "Odocrypt", "difficulty": 7},
    )

    assert {quote.coin: quote.difficulty for quote in reading.quotes} == {"DGB-SHA": 5.0, "DGB-SCRYPT": 6.0}
    assert "Odocrypt" in reading.problems[0]


def test_nicehash_is_no_coin() -> None:
    reading = whattomine(Nicehash={"tag": "NICEHASH", "difficulty": 1, "exchange_rate": 2}, Good={"tag": "RVN"})

    assert [quote.coin for quote in reading.quotes] == ["RVN"]
    assert reading.problems == ()


def test_the_reward_of_an_hour_is_a_yield_of_a_day() -> None:
    reading = parsed("minerstat", b'[{"coin": "RVN", "type": "coin", "algorithm": "KawPow", "reward": 2.5e-9}]')

    assert reading.quotes[0].coins_per_hash_per_second_per_day == pytest.approx(6e-8, rel=1e-12)


def test_a_row_from_tomorrow_is_refused_and_says_why() -> None:
    reading = whattomine(Late={"tag": "RVN", "timestamp": NOW.timestamp() + 90_000})

    assert reading.quotes == ()
    assert "is this clock right?" in reading.problems[0]


def test_a_thousand_bad_rows_are_a_hundred_problems_and_a_count() -> None:
    reading = whattomine(**{f"C{n}": {"tag": f"C{n}", "difficulty": 0} for n in range(1000)})

    assert len(reading.problems) == 101
    assert reading.problems[-1] == "and 900 more"


def test_more_coins_than_there_are_is_refused() -> None:
    with pytest.raises(BadPayload, match="at most 2,000 coins"):
        whattomine(**{f"C{n}": {"tag": f"C{n}"} for n in range(2001)})


def test_a_name_from_outside_cannot_forge_a_line() -> None:
    reading = whattomine(**{"Evil\nERROR all is lost\x1b[31m": {"tag": "RVN", "difficulty": 0}})

    assert len(reading.problems) == 1
    assert reading.problems[0].isprintable()


# --- nodes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in FEEDS if FEEDS[name].requests is not None])
def test_only_methods_that_read_are_asked_of_a_node(name: str) -> None:
    settings = FEEDS[name].settings(
        base_url=FEEDS[name].base_url or "http://127.0.0.1:1",
        parameters={key: NEEDED[key] for key in NEEDED if key in {one.name for one in FEEDS[name].parameters}},
        key_file=Path("key") if FEEDS[name].key else None,
    ) if name not in {"bitcoind", "monerod", "geth"} else FEEDS[name].settings(
        base_url="http://127.0.0.1:1", parameters={"coin": "BTC"}
    )  # fmt: skip
    requests = FEEDS[name].requests
    assert requests is not None
    for request in requests(settings.parameters, now=NOW, coins=COINS):
        assert request.path.startswith("/")
        if request.body is None:
            continue
        calls = json.loads(request.body)
        for call in calls if isinstance(calls, list) else [calls]:
            assert call["method"] in rpc.READ_ONLY
            assert call["id"] == f"BTC/{call['method']}"


@pytest.mark.parametrize("method", ["stop", "sendrawtransaction", "submitblock", "start_mining", "eth_sendTransaction"])
def test_no_other_method_can_be_asked(method: str) -> None:
    with pytest.raises(ValueError, match="only read"):
        rpc.body("BTC", [(method, [])])


@pytest.mark.parametrize(
    ("name", "answer", "sentence"),
    [
        ("bitcoind", {"difficulty": 5, "networkhashps": 7, "chain": "test"}, "the main chain"),
        ("monerod", {"difficulty": 5, "target": 120, "nettype": "stagenet"}, "the main network"),
        ("geth", {"difficulty": "0x0", "timestamp": "0x6907a000"}, "is not mined"),
        ("geth", {"difficulty": "0x5", "timestamp": "0xffffffffffff"}, "since 1970"),
        ("bitcoind", {"difficulty": 0, "networkhashps": 7}, "above zero"),
    ],
)
def test_a_node_of_another_chain_gives_no_quote(name: str, answer: dict[str, object], sentence: str) -> None:
    coin = {"bitcoind": "BTC", "monerod": "XMR", "geth": "ETC"}[name]
    reading = parsed(name, json.dumps(answer).encode(), {"coin": coin})

    assert reading.quotes == ()
    assert sentence in reading.problems[0]


def test_a_nodes_answer_that_says_nothing_of_its_coin_asks_for_it() -> None:
    raw = b'{"difficulty": 5, "networkhashps": 7, "chain": "main"}'
    with pytest.raises(BadPayload, match="parameter coin"):
        parsed("bitcoind", raw)
    alone = FEEDS["bitcoind"].parse(raw, taken_at=NOW, coins={"BTC": COINS["BTC"]})

    assert alone.quotes[0].coin == "BTC"


def test_a_node_of_another_coin_than_configured_is_refused() -> None:
    raw = json.dumps(
        [
            {"id": 1, "result": {"difficulty": "0x5", "timestamp": "0x6907a000"}},
            {"id": "ETC/eth_chainId", "result": "0x3d"},
        ]
    ).encode()

    with pytest.raises(BadPayload, match="ETC"):
        parsed("geth", raw, {"coin": "ETHW"})


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


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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


# --- settings --------------------------------------------------------------------------------------------------------


def settings(feed: str, **given: Any) -> Any:
    return FEEDS[feed].settings(**given)


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("whattomine", {"parameters": {"path": "x"}}, "'path' is not known; known: paths"),
        ("bitcoind", {"base_url": "http://127.0.0.1:8332"}, "parameter coin is missing"),
        ("bitcoind", {"parameters": {"coin": "BTC"}}, "base_url is missing"),
        ("hashrate_no", {}, "without a key"),
        ("ecb", {"key_file": Path("key")}, "takes no key"),
        ("file", {}, "set file"),
        ("ecb", {"interval_seconds": 1}, "interval_seconds = 1"),
        ("ecb", {"interval_seconds": math.nan}, "interval_seconds = nan"),
        ("ecb", {"deadline_seconds": 0}, "deadline_seconds = 0"),
        ("ecb", {"name": "../ecb"}, "no name for a feed"),
        ("ecb", {"base_url": "ftp://x"}, "neither https"),
        ("ecb", {"base_url": "https://user:secret@x"}, "no user and no password"),
        ("ecb", {"base_url": "https://x/?key=secret"}, "more than scheme"),
        ("ecb", {"base_url": "https://x:99999"}, "no address"),
        ("ecb", {"base_url": "https://x y"}, "more than scheme"),
        ("ecb", {"base_url": "https://"}, "more than scheme"),
        ("minerstat", {"base_url": "http://minerstat.example", "key_file": Path("key")}, "in the clear"),
        ("minerstat", {"base_url": "http://8.8.8.8", "key_file": Path("key")}, "in the clear"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_what_to_write(
    name: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        settings(name, **given)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("whattomine", {}),
        ("bitcoind", {"base_url": "http://192.168.1.5:8332", "parameters": {"coin": "BTC"}, "key_file": Path("c")}),
        ("monerod", {"base_url": "http://[::1]:18081", "parameters": {"coin": "XMR"}}),
        ("file", {"file": Path("quotes.toml")}),
        ("hashrate_no", {"file": Path("saved.json")}),
        ("tariff_json", {"base_url": "https://prices.example/api", "parameters": {"currency": "EUR"}}),
    ],
)
def test_settings_that_can_be_used_hold_every_parameter(name: str, given: dict[str, Any]) -> None:
    found = settings(name, **given)

    assert found.feed == name
    assert found.parameters.keys() == {parameter.name for parameter in FEEDS[name].parameters}
    assert isinstance(found.parameters, MappingProxyType)


@pytest.mark.parametrize("path", ["../admin", "//evil.example/x", "x y", "", "a\r\nHost: b"])
def test_a_path_that_leaves_its_source_is_refused(path: str) -> None:
    feed: Feed = FEEDS["whattomine"]
    assert feed.requests is not None
    with pytest.raises(ValueError, match="write paths such as"):
        feed.requests({"paths": path}, now=NOW, coins=COINS)


def test_parameters_cannot_leave_their_place_in_the_address() -> None:
    feed = FEEDS["entsoe"]
    assert feed.requests is not None
    (request,) = feed.requests({"area": "X&documentType=A65#"}, now=NOW, coins=COINS)

    assert request.path == (
        "/api?documentType=A44&in_Domain=X%26documentType%3DA65%23&out_Domain=X%26documentType%3DA65%23"
        "&periodStart=202611010000&periodEnd=202611040000"
    )


def test_prices_are_asked_for_by_ids_that_are_nobody_elses() -> None:
    feed = FEEDS["coingecko"]
    assert feed.requests is not None
    (request,) = feed.requests({"currency": "usd", "ids": "ERG=my-coin"}, now=NOW, coins=COINS)
    asked = request.path.partition("ids=")[2].split("%2C")

    assert {"bitcoin", "ethereum-classic", "nervos-network", "conflux-token", "digibyte", "my-coin"} <= set(asked)
    assert "ergo" not in asked


def test_a_token_that_has_our_coins_name_but_another_ticker_is_left_out() -> None:
    market = {"id": "nexa", "symbol": "nxa", "current_price": 5}
    reading = parsed("coingecko", json.dumps([market]).encode())
    told = parsed("coingecko", json.dumps([market]).encode(), {"ids": "NEXA=nexa"})

    assert reading.quotes == ()
    assert reading.problems == ("NEXA: whether 'nexa' is this coin is not sure; if so, set ids = NEXA=nexa",)
    assert [(quote.coin, quote.price) for quote in told.quotes] == [("NEXA", Money(Decimal(5), "USD"))]


def test_a_price_without_a_ticker_counts_for_ids_that_are_sure() -> None:
    reading = parsed("coingecko", b'{"nexa": {"usd": 5}, "monero": {"usd": 500}}')

    assert [quote.coin for quote in reading.quotes] == ["XMR"]
    assert "not sure" in reading.problems[0]


def test_a_market_that_is_there_twice_is_not_used() -> None:
    market = {"id": "monero", "symbol": "xmr", "current_price": 500}
    reading = parsed("coingecko", json.dumps([market, {**market, "current_price": 5}]).encode())

    assert reading.quotes == ()
    assert "XMR: it is 2 times" in reading.problems[0]


@pytest.mark.parametrize("folder", [one for one in FOLDERS if one.parent.name != "tariff_json"], ids=ids)
def test_a_file_that_an_editor_began_with_a_byte_order_mark_reads_the_same(folder: Path) -> None:
    raw, parameters = raw_of(folder), parameters_of(folder)

    assert parsed(folder.parent.name, b"\xef\xbb\xbf" + raw, parameters) == parsed(folder.parent.name, raw, parameters)
    if not parameters:
        assert feeds.detect(b"\xef\xbb\xbf" + raw).name == folder.parent.name
