"""Quotes and prices of feeds and nodes: whose numbers they are, and what one bad row costs."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from calculators.chain.quote import Quote
from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market import feeds
from miner_agent.market.feed import FeedReading
from miner_agent.market.feeds.forms import rpc
from miner_agent.tables.coin_table import load_coins
from tests.feed_coins import BITCOIN_UNIT, COINS
from tests.for_each import for_each
from tests.market.parsed_feeds import FEEDS, NEEDED, NOW, parsed

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


@for_each("difficulty", [0, -3, "0", "n/a", True, "1,234", [1], "1e-999", "-1e5"])
def test_a_difficulty_that_is_none_costs_its_row_alone(difficulty: object) -> None:
    reading = whattomine(Bad={"tag": "ERG", "algorithm": "Autolykos", "difficulty": difficulty}, Good={"tag": "RVN"})

    assert [quote.coin for quote in reading.quotes] == ["RVN"]
    assert len(reading.problems) == 1
    assert "difficulty" in reading.problems[0]
    assert reading.problems[0].startswith("ERG: ")


def test_a_detail_that_cannot_be_believed_costs_itself_alone() -> None:
    """Of each source a figure beside the difficulty and what was made of its row."""
    wtm = whattomine(Coin={"tag": "RVN", "nethash": 0, "exchange_rate_vol": "1,629,067", "last_block": -1})
    hashrate = parsed(
        "hashrate_no",
        b'{"RVN": {"ticker": "RVN", "algorithm": "KawPow", "network": {"difficulty": "5", "hashrate": "0"},'
        b' "price": {"USD": "n/a", "volume": "1,629,067"}, "estimate": {"yield": "-2"}}}',
    )
    stat = parsed(
        "minerstat",
        b'[{"coin": "RVN", "type": "coin", "algorithm": "KawPow", "difficulty": 5, "network_hashrate": 0,'
        b' "volume": "1,629,067", "price": "0.02", "reward": 0}]',
    )
    node = parsed("bitcoind", b'{"difficulty": 5, "networkhashps": 0, "chain": "main", "blocks": 7}', {"coin": "RVN"})
    own = parsed("file", b"coin,difficulty,network_hashes_per_second,height,volume_per_day\nRVN,5,0,-3,x\n")

    for reading, details in ((wtm, 3), (hashrate, 4), (stat, 3), (node, 1), (own, 3)):
        quote = quote_of(reading, "RVN")
        assert (quote.difficulty, quote.network_hashes_per_second, quote.volume_per_day) == (5.0, None, None)
        assert len(reading.problems) == details
        assert all(
            each.startswith("RVN: ") and each.endswith("the rest of its row stands") for each in reading.problems
        )
    assert quote_of(stat, "RVN").price == Money(Decimal("0.02"), "USD")


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


def test_each_algorithm_of_a_chain_has_its_entry_of_the_built_in_table() -> None:
    rows = [("QUAI", "SHA-256"), ("QUAI", "Scrypt"), ("QUAI", "KawPow"), ("EPIC", "ProgPow"), ("EPIC", "RandomX")]
    named = {
        f"{tag} {algorithm}": {"tag": tag, "algorithm": algorithm, "difficulty": 5, "nethash": 7, "block_time": 60}
        for tag, algorithm in rows
    }
    reading = FEEDS["whattomine"].parse(json.dumps({"coins": named}).encode(), taken_at=NOW, coins=load_coins())

    assert reading.problems == ()
    assert {(quote.coin, quote.algorithm) for quote in reading.quotes} == {
        ("QUAI-SHA", "sha256d"),
        ("QUAI-SCRYPT", "scrypt"),
        ("QUAI", "kawpow"),
        ("EPIC-PROGPOW", "progpow-epic"),
        ("EPIC", "randomx-epic"),
    }


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


@for_each("name", [name for name in FEEDS if FEEDS[name].requests is not None])
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


PAID = {"payee": "x", "script": "76a9"}


@for_each(
    ("template", "reward"),
    [
        ({}, 5000),
        ({"smartnode": [{**PAID, "amount": 1000e8}], "founder": {**PAID, "amount": 250e8}}, 3750),
        (
            {"smartnode": 1000e8, "smartnode_payments_started": True, "founder": 250e8, "founder_payments_started": 1},
            3750,
        ),
        ({"masternode": [{**PAID, "amount": 1000e8}], "masternode_payments_enforced": True, "superblock": []}, 4000),
        ({"superblock": [{**PAID, "amount": 1e8}, {**PAID, "amount": 2e8}], "superblocks_started": True}, 4997),
        ({"znode_payments_started": True}, None),
        ({"founder_payments_started": False}, 5000),
        ({"coinbase_devreward": {"scriptpubkey": "76a9", "value": 250e8}}, None),
        ({"masternode": {"payee": "x"}}, None),
        ({"transactions": [{"data": "00", "fee": 7, "amount": 5}], "noncerange": "00ff", "height": 5}, 5000),
    ],
)
def test_whoever_a_template_pays_beside_the_miner_is_not_the_miner(
    template: Mapping[str, object], reward: float | None
) -> None:
    whole = {"previousblockhash": "00", "coinbasevalue": 5000e8, "coinbaseaux": {"flags": ""}, **template}
    answers = [{"difficulty": 5, "networkhashps": 7, "chain": "main"}, whole]
    reading = parsed("bitcoind", json.dumps(answers).encode(), {"coin": "DASH"})

    assert quote_of(reading, "DASH").block_reward_coins == reward


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


def test_prices_are_asked_for_by_ids_that_are_nobody_elses() -> None:
    feed = FEEDS["coingecko"]
    assert feed.requests is not None
    (request,) = feed.requests({"currency": "usd", "ids": "ERG=my-coin"}, now=NOW, coins=COINS)
    asked = request.path.partition("ids=")[2].split("%2C")

    assert {"bitcoin", "ethereum-classic", "nervos-network", "conflux-token", "digibyte", "my-coin"} <= set(asked)
    assert "ergo" not in asked


def test_a_token_that_has_our_coins_name_but_another_ticker_is_left_out() -> None:
    market = {"id": "nexa", "symbol": "nxa", "current_price": 5}
    reading = parsed("coingecko", json.dumps([market]).encode(), {"currency": "usd"})
    told = parsed("coingecko", json.dumps([market]).encode(), {"currency": "usd", "ids": "NEXA=nexa"})

    assert reading.quotes == ()
    assert reading.problems == ("NEXA: whether 'nexa' is this coin is not sure; if so, set ids = NEXA=nexa",)
    assert [(quote.coin, quote.price) for quote in told.quotes] == [("NEXA", Money(Decimal(5), "USD"))]


def test_a_price_without_a_ticker_counts_for_ids_that_are_sure() -> None:
    reading = parsed("coingecko", b'{"nexa": {"usd": 5}, "monero": {"usd": 500}}')

    assert [quote.coin for quote in reading.quotes] == ["XMR"]
    assert "not sure" in reading.problems[0]


def test_prices_whose_currency_nobody_tells_are_refused() -> None:
    raw = json.dumps([{"id": "monero", "symbol": "xmr", "current_price": 7.62, "ath": 9, "atl": 1}]).encode()

    with pytest.raises(BadPayload, match="does not say which currency its prices are in"):
        parsed("coingecko", raw)
    assert parsed("coingecko", raw, {"currency": "eur"}).quotes[0].price == Money(Decimal("7.62"), "EUR")


@pytest.mark.parametrize(
    ("prices", "price"),
    [
        ('"eur": 7.62, "eur_24h_vol": 5', Money(Decimal("7.62"), "EUR")),
        ('"czk": 190, "usd": 8.84', Money(Decimal("8.84"), "USD")),
        ('"eur": 7.62, "last_updated_at": 1793577600', Money(Decimal("7.62"), "EUR")),
    ],
)
def test_prices_under_the_codes_of_their_currencies_tell_them(prices: str, price: Money) -> None:
    assert parsed("coingecko", f'{{"monero": {{{prices}}}}}'.encode()).quotes[0].price == price


def test_a_market_that_is_there_twice_is_not_used() -> None:
    market = {"id": "monero", "symbol": "xmr", "current_price": 500}
    reading = parsed("coingecko", json.dumps([market, {**market, "current_price": 5}]).encode(), {"currency": "usd"})

    assert reading.quotes == ()
    assert "XMR: it is 2 times" in reading.problems[0]


# --- rates and tables -------------------------------------------------------------------------------------------------


DAILY = b"Date, USD, JPY, CZK, \n27 November 2026, 1.1575, 180.92, 24.196, \n"
LONG = b"Date,USD,JPY,CYP,\n2026-11-27,1.1575,180.92,N/A,\n2026-11-26,1.1566,180.5,N/A,\n2026-02-30,1,1,1,\n"


def test_the_central_banks_own_tables_are_read_as_its_xml_is() -> None:
    for raw, rates in ((DAILY, 3), (DAILY.rstrip(), 3), (LONG, 4)):
        assert feeds.detect(raw).name == "ecb"
        reading = parsed("ecb", raw)
        assert len(reading.rates) == rates
        first = reading.rates[0]
        assert (first.currency, first.worth) == ("EUR", Money(Decimal("1.1575"), "USD"))
        assert first.taken_at == datetime(2026, 11, 27, tzinfo=UTC)
    assert "a day such as" in parsed("ecb", LONG).problems[0]
    with pytest.raises(BadPayload, match="cut short"):
        parsed("ecb", DAILY.rstrip()[:-4])


def test_quotes_and_rates_of_a_german_spreadsheet_are_read() -> None:
    quotes = parsed("file", b"coin;price;currency;taken_at;difficulty\r\nRVN;0,0123;EUR;2026-11-01T00:00Z;70.000,5\r\n")
    rates = parsed("file", b"date;from;to;rate\r\n31.10.2026;EUR;USD;1,16\r\n")

    assert quote_of(quotes, "RVN").price == Money(Decimal("0.0123"), "EUR")
    assert quote_of(quotes, "RVN").difficulty == 70_000.5
    assert rates.rates[0].worth == Money(Decimal("1.16"), "USD")
    assert rates.rates[0].taken_at == datetime(2026, 10, 31, tzinfo=UTC)
