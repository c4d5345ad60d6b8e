"""What can be believed of a coin, and what cannot: every trap that real sources have set."""

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.coin import Coin
from calculators.chain.confidence import Confidence, apart, judged
from calculators.chain.crosscheck import Checked, crosscheck
from calculators.chain.difficulty_factor import KNOWN_FACTORS, derived_factor
from calculators.chain.price_check import price_findings
from calculators.chain.quote import Quote
from calculators.chain.rewards import BlockReward
from calculators.chain.witnesses import reward_basis
from calculators.money import Money
from tests.for_each import for_each
from tests.quotes import NOON, PLAIN, quote, usd

BY_DIFFICULTY = 86_400 * 1.6384 / 1.94e15


def checked(*quotes: Quote, coin: Coin | None = None, rule: BlockReward | None = None) -> Checked:
    return crosscheck(quotes=quotes, now=NOON, coin=coin, reward_by_rule=rule)


def confidence(*quotes: Quote, coin: Coin | None = None, rule: BlockReward | None = None) -> Confidence:
    return judged(checked(*quotes, coin=coin, rule=rule).findings)


def with_network(factor: float, **differences: object) -> Quote:
    """A quote whose network hashrate is so many times what its difficulty says."""
    return quote(network_hashes_per_second=1.94e15 / 14.5 * factor, **differences)


def test_two_estimates_that_agree_are_believed() -> None:
    assert confidence(quote()) == Confidence(level="high")
    assert checked(quote()).witness.coins_per_hash_per_second_per_day == pytest.approx(BY_DIFFICULTY)


@for_each(
    ("factor", "level"),
    [
        (1.05, "high"),
        (0.92, "high"),
        (1.15, "medium"),
        (1.25, "low"),
        (0.79, "low"),
        (1.31, "refused"),
        (0.7, "refused"),
    ],
)
def test_the_further_two_estimates_are_apart_the_less_is_believed(factor: float, level: str) -> None:
    found = confidence(with_network(factor))

    assert found.level == level
    if level != "high":
        assert found.reasons[0].startswith("ETC: whattomine's network rate gives ")


def test_a_network_rate_that_was_computed_from_the_difficulty_is_no_second_estimate() -> None:
    found = confidence(with_network(1))

    assert found.level == "medium"
    assert found.reasons == (
        "ETC: whattomine computes the network's hashrate from the difficulty: that is one estimate, not two",
    )


def test_a_second_source_makes_one_estimate_two() -> None:
    other = with_network(1, source="minerstat", difficulty=1.9e15)

    assert confidence(with_network(1), other).level == "high"


def test_a_source_that_mixes_units_is_outvoted_by_two_others() -> None:
    mixed = with_network(2152, source="mixed")
    assert confidence(mixed).level == "refused"

    found = checked(mixed, quote(source="node"), quote(source="minerstat"))
    assert judged(found.findings).level == "low"
    assert found.witness.coins_per_hash_per_second_per_day == pytest.approx(BY_DIFFICULTY)
    assert any("mixed's network rate is 2" in finding.reason for finding in found.findings)


def test_two_sources_that_contradict_each_other_are_both_refused() -> None:
    doubled = quote(source="other", difficulty=3.88e15, network_hashes_per_second=2.6e14)

    assert confidence(quote(), doubled).level == "refused"


def test_two_sources_against_two_settle_nothing() -> None:
    def doubled(source: str) -> Quote:
        return quote(source=source, difficulty=3.88e15, network_hashes_per_second=2.6e14)

    found = confidence(quote(), quote(source="node"), doubled("one"), doubled("other"))
    assert found.level == "refused"
    assert confidence(quote(), quote(source="node"), doubled("one")).level == "low"


def test_what_is_consistent_in_itself_is_still_compared_with_a_second_source() -> None:
    # A table of January 2021 agreed with itself on 81 rows and was 27 % above the difficulty of its day.
    itself = quote(source="table", difficulty=1.94e15 * 1.27, network_hashes_per_second=1.3e14 * 1.27)
    assert confidence(itself).level == "high"

    found = confidence(quote(), itself)
    assert found.level == "low"
    assert "table's difficulty gives -21 % against whattomine's difficulty" in found.reasons[0]


def test_a_row_of_a_market_for_hashrate_is_no_coin() -> None:
    # WhatToMine's NICEHASH rows: difficulty 1, reward 1, and a price in BTC for so many hashes.
    row = Quote(
        coin="NICEHASH",
        algorithm="ethash",
        source="whattomine",
        taken_at=NOON,
        difficulty=1,
        hashes_per_difficulty=1,
        network_hashes_per_second=6_466_835_193_590,
        block_time_seconds=1,
        block_reward_coins=1,
        price=Money(Decimal("1.99893663379386"), "BTC"),
    )
    assert confidence(row).level == "refused"


@for_each(
    ("factor", "hint"),
    [
        (1000, "a decimal prefix"),
        (1e-6, "a decimal prefix"),
        (65_536 * 1.02, "a pool's shares is taken for the node's"),
        (2**32, "units of 2**32 hashes"),
        (1 / 8192, "solutions are taken for units of difficulty"),
        (1.9, "units, hash of merged chains or of several algorithms may be mixed"),
    ],
)
def test_a_reason_guesses_at_the_unit_that_slipped(factor: float, hint: str) -> None:
    found = confidence(with_network(factor))

    assert found.level == "refused"
    assert hint in found.reasons[0]


def test_a_published_yield_speaks_against_its_source_but_not_for_it() -> None:
    agrees = with_network(1, coins_per_hash_per_second_per_day=BY_DIFFICULTY)
    assert confidence(agrees).level == "medium"

    # Half of it: the chain is shared by two algorithms, and the difficulty alone says twice too much.
    shared = with_network(1, coins_per_hash_per_second_per_day=BY_DIFFICULTY / 2)
    assert confidence(shared).level == "refused"
    assert "whattomine's published yield gives -50 %" in confidence(shared).reasons[0]


def test_an_hourly_yield_taken_for_a_daily_one_is_named() -> None:
    hourly = quote(coins_per_hash_per_second_per_day=BY_DIFFICULTY / 24)

    assert any("an hour is taken for a day" in reason for reason in confidence(hourly).reasons)


def test_a_yield_alone_is_an_estimate_that_nothing_checks() -> None:
    # minerstat's rows of pools tell no difficulty.
    row = Quote(
        coin="ETHW",
        algorithm="ethash",
        source="minerstat",
        taken_at=NOON,
        coins_per_hash_per_second_per_day=9.9e-10,
        price=usd("2.83"),
    )
    found = checked(row)

    assert found.witness.method == "published"
    assert judged(found.findings) == Confidence(
        level="medium", reasons=("ETHW: only minerstat's own yield is known; nothing checks it",)
    )


def test_a_wrongly_listed_time_between_blocks_is_mended_by_the_chains_own() -> None:
    # Alephium makes two blocks a second; a source still lists one.
    coin = Coin(ticker="ALPH", name="Alephium", algorithm="blake3", block_time_seconds=0.5)
    listed = Quote(
        coin="ALPH",
        algorithm="blake3",
        source="hashrate_no",
        taken_at=NOON,
        difficulty=1e15,
        hashes_per_difficulty=16,
        network_hashes_per_second=16e15 / 0.5 * 1.018,
        block_time_seconds=1,
        block_reward_coins=0.1433,
    )
    assert confidence(listed).level == "refused"

    found = confidence(listed, coin=coin)
    assert found.level == "medium"
    assert found.reasons == ("ALPH: hashrate_no lists a time between blocks that its own difficulty does not fit",)


def test_a_measured_time_between_blocks_is_believed_far_from_the_aim() -> None:
    # Half of the hashrate left: blocks come in twice the time, and difficulty and rate agree on that.
    coin = Coin(ticker="ETC", name="Ethereum Classic", algorithm="etchash", block_time_seconds=14.5)
    slow = quote(difficulty=1.94e15, network_hashes_per_second=1.94e15 / 29 * 1.02, block_time_seconds=29)

    assert confidence(slow, coin=coin) == Confidence(level="high")


def test_a_mismatch_names_the_time_between_blocks_where_that_is_the_odd_one() -> None:
    coin = Coin(ticker="ETC", name="Ethereum Classic", algorithm="etchash", block_time_seconds=14.5)
    odd = with_network(1.2, block_time_seconds=70)

    assert "whattomine lists 70 s between blocks, the chain aims at 14.5 s" in confidence(odd, coin=coin).reasons[0]


def test_the_aim_of_the_chain_serves_where_a_source_tells_no_time_between_blocks() -> None:
    coin = Coin(ticker="ETC", name="Ethereum Classic", algorithm="etchash", block_time_seconds=14.5)
    found = checked(quote(difficulty=None, block_time_seconds=None), coin=coin)

    assert found.witness.method == "network"
    assert found.witness.filled_from == {"block_time_seconds": "aim of the chain"}


def test_the_rule_of_the_chain_serves_where_a_node_tells_no_reward() -> None:
    rule = BlockReward(subsidy_coins=1.6384, block_coins=1.6384, miner_coins=1.6384)
    found = checked(quote(source="node", block_reward_coins=None, network_hashes_per_second=None), rule=rule)

    assert found.witness.coins_per_hash_per_second_per_day == pytest.approx(BY_DIFFICULTY)
    assert found.witness.filled_from == {"block_reward_coins": "rule of the chain"}


def test_of_a_listed_whole_block_the_miners_part_is_taken() -> None:
    rule = BlockReward(subsidy_coins=1.6384, block_coins=1.6384, miner_coins=1.6384 * 0.8)
    found = checked(quote(), rule=rule)

    assert found.witness.coins_per_hash_per_second_per_day == pytest.approx(BY_DIFFICULTY * 0.8)
    assert judged(found.findings).level == "medium"
    assert "the miner's part of 1.6384" in judged(found.findings).reasons[0]


def test_a_reward_that_the_chain_does_not_pay_is_refused() -> None:
    # DASH listed as 1.049, where the miner gets 0.4109; FLUX listed as 1,629,067.
    rule = BlockReward(subsidy_coins=2.0547, block_coins=1.6438, miner_coins=0.4109)
    for listed in (1.049, 1_629_067.0):
        found = confidence(quote(block_reward_coins=listed), rule=rule)
        assert found.level == "refused"
        assert "by the rule of the chain the miner gets 0.4109" in found.reasons[-1]

    assert confidence(quote(block_reward_coins=0.42), rule=rule) == Confidence(level="high")  # fees of transactions


def test_a_day_of_high_fees_refuses_no_coin() -> None:
    # In December 2023 fees of transactions were 40 % on top of Bitcoin's subsidy.
    rule = BlockReward(subsidy_coins=1.6384, block_coins=1.6384, miner_coins=1.6384)
    found = confidence(quote(block_reward_coins=1.6384 * 1.4), rule=rule)

    assert found.level == "low"
    assert confidence(quote(block_reward_coins=1.6384 / 1.4), rule=rule).level == "refused"


def test_a_rule_that_pays_nothing_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="ETC: by the rule of its chain a block pays the miner nothing"):
        checked(quote(), rule=BlockReward(subsidy_coins=0, block_coins=0, miner_coins=0))


def test_sources_that_list_different_rewards_are_named() -> None:
    found = confidence(quote(), quote(source="other", block_reward_coins=1.9, network_hashes_per_second=None))

    assert any("a block pays 1.6384 coins by whattomine, 1.9 by other" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("listed", "basis"), [(1.5625, "whole"), (1.25, "miner"), (1.27, "miner"), (1.4, None), (0.4, None)]
)
def test_the_basis_of_a_reward_is_told_by_what_it_fits(listed: float, basis: str | None) -> None:
    zcash = BlockReward(subsidy_coins=1.5625, block_coins=1.5625, miner_coins=1.25)

    assert reward_basis(listed_coins=listed, rule=zcash) == basis


def test_where_all_is_the_miners_a_whole_block_is_the_miners() -> None:
    bitcoin = BlockReward(subsidy_coins=3.125, block_coins=3.125, miner_coins=3.125)

    assert reward_basis(listed_coins=3.1444, rule=bitcoin) == "miner"


@pytest.mark.parametrize(
    ("age", "level", "words"),
    [
        (timedelta(minutes=30), "high", None),
        (timedelta(minutes=31), "medium", "is 31 min old"),
        (timedelta(hours=5), "medium", "is 5 h old"),
        (timedelta(days=90), "low", "is 90 days old"),
        (timedelta(minutes=-6), "low", "which is yet to come"),
    ],
)
def test_an_old_quote_is_named_with_its_age(age: timedelta, level: str, words: str | None) -> None:
    found = confidence(quote(taken_at=NOON - age))

    assert found.level == level
    assert bool(words) == bool(found.reasons)
    assert words is None or words in found.reasons[0]


def test_a_source_that_says_it_lags_is_named_and_passed_over() -> None:
    lagging = quote(lagging=True)
    assert confidence(lagging) == Confidence(
        level="low", reasons=("ETC: whattomine says itself that its figures lag behind",)
    )

    found = checked(lagging, quote(source="hashrate_no", difficulty=1.9e15))
    assert found.witness.quote.source == "hashrate_no"
    assert judged(found.findings).level == "high"


def test_a_difficulty_of_last_month_does_not_refute_todays() -> None:
    old = quote(source="builtin", taken_at=NOON - timedelta(days=30), difficulty=1e15, network_hashes_per_second=7e13)
    found = checked(old, quote())

    assert found.witness.quote.source == "whattomine"
    assert judged(found.findings) == Confidence(level="high")


def test_a_price_of_today_does_not_make_a_difficulty_of_last_week_unknown() -> None:
    week = quote(taken_at=NOON - timedelta(days=7))
    told = Quote(coin="ETC", algorithm="etchash", source="coingecko", taken_at=NOON, price=quote().price)
    found = checked(week, told)

    assert found.witness.quote.source == "whattomine"
    assert any("is 7 days old" in finding.reason for finding in found.findings)


def test_a_clock_that_runs_ahead_elsewhere_does_not_make_today_old() -> None:
    ahead = quote(source="other", taken_at=NOON + timedelta(days=300))

    assert checked(quote(), ahead).witness.quote.source == "whattomine"


@for_each("factor", KNOWN_FACTORS)
def test_a_factor_is_found_from_one_answer(factor: float) -> None:
    answer = quote(
        difficulty=1.94e15 / factor,
        hashes_per_difficulty=None,
        coins_per_hash_per_second_per_day=BY_DIFFICULTY * 1.013,
        network_hashes_per_second=1.94e15 / 14.5 * 0.99,
    )
    assert derived_factor(answer).hashes_per_difficulty == factor

    found = checked(answer)
    assert found.witness.method == "difficulty"
    assert found.witness.filled_from == {"hashes_per_difficulty": "derived from whattomine"}
    assert judged(found.findings).level == "medium"


@pytest.mark.parametrize(
    ("by_yield", "by_network", "words"),
    [(1.0, 1.3, "1 hashes by its yield, 1.3 by its network rate"), (26.29, 26.0, "are near no unit in use"), (1.0, 1.03, "are near no unit in use")],
)  # fmt: skip
def test_a_factor_that_is_not_borne_out_is_unknown_and_the_network_rate_is_used(
    by_yield: float, by_network: float, words: str
) -> None:
    answer = quote(
        hashes_per_difficulty=None,
        coins_per_hash_per_second_per_day=BY_DIFFICULTY / by_yield,
        network_hashes_per_second=1.94e15 / 14.5 * by_network,
    )
    assert derived_factor(answer).hashes_per_difficulty is None

    found = checked(answer)
    assert found.witness.method == "network"
    assert any("factor unknown" in finding.reason and words in finding.reason for finding in found.findings)
    assert judged(found.findings).level in {"low", "refused"}


def test_a_factor_needs_a_yield() -> None:
    found = confidence(quote(hashes_per_difficulty=None))

    assert found.level == "low"
    assert "ETC: factor unknown: whattomine does not tell enough to find it" in found.reasons


def test_a_confirmed_factor_is_not_derived_again() -> None:
    assert confidence(quote(coins_per_hash_per_second_per_day=BY_DIFFICULTY)) == Confidence(level="high")


@pytest.mark.parametrize(
    "useless",
    [
        {"difficulty": None, "network_hashes_per_second": None},
        {"block_reward_coins": None},
        {"hashes_per_difficulty": None, "network_hashes_per_second": None},
        {"difficulty": None, "block_time_seconds": None},
    ],
)
def test_a_quote_that_tells_too_little_says_what_is_missing(useless: dict[str, None]) -> None:
    with pytest.raises(
        ValueError, match="ETC: nothing to estimate from: whattomine must tell difficulty with its factor"
    ):
        checked(quote(**useless))


@for_each("bad", [0.0, -1.0, math.nan, math.inf, 1e-300, 1e300])
@for_each("name", ["difficulty", "block_reward_coins", "network_hashes_per_second"])
def test_a_figure_that_no_chain_has_names_its_coin(name: str, bad: float) -> None:
    with pytest.raises(ValueError, match=f"ETC: {name} is"):
        quote(**{name: bad})


def test_quotes_of_two_coins_are_not_compared() -> None:
    with pytest.raises(ValueError, match="ETC on etchash and ETHW on ethash cannot be one estimate"):
        checked(quote(), quote(coin="ETHW", algorithm="ethash"))
    with pytest.raises(ValueError, match="ETC: the moment of an estimate needs its zone"):
        crosscheck(quotes=[quote()], now=NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no source has told anything"):
        checked()
    with pytest.raises(ValueError, match="ETC: its quotes were given with the row of ETHW"):
        checked(quote(), coin=Coin(ticker="ETHW", name="EthereumPoW", algorithm="ethash"))


@given(one=st.floats(min_value=1e-20, max_value=1e20), other=st.floats(min_value=1e-20, max_value=1e20))
def test_a_distance_is_the_same_from_both_ends(one: float, other: float) -> None:
    assert apart(one, other) == apart(other, one) >= 0


def prices(*quotes: Quote, coins_per_day: float | None = None) -> Confidence:
    found = price_findings(quotes=quotes, priced=quotes[0], now=NOON, coins_per_day=coins_per_day)
    return judged(found)


def test_a_price_of_one_source_with_a_deep_market_is_believed() -> None:
    assert prices(quote()) == Confidence(level="high")


def test_a_price_of_one_thin_source_is_named() -> None:
    unknown = prices(quote(volume_per_day=None))
    assert unknown.level == "medium"
    assert "of one source, whattomine, which does not tell how much is traded" in unknown.reasons[0]

    # 1.6384 coins every 14.5 s are 9,763 a day; 5,000 dollars buy 566.
    thin = prices(quote(volume_per_day=usd(5000)))
    assert thin.level == "low"
    assert "of a thin market: 565.6 coins a day traded, 9,763 mined" in thin.reasons[0]

    assert prices(quote(markets=1)).level == "low"
    assert prices(quote(volume_per_day=None, markets=12)) == Confidence(level="high")


def test_a_sale_that_would_move_the_price_is_named() -> None:
    big = prices(quote(), coins_per_day=100_000)

    assert big.level == "low"
    assert "100,000 of 6,787,000 coins a day are yours" in big.reasons[0]


def test_a_second_source_of_prices_makes_a_thin_one_less_alone() -> None:
    assert prices(quote(volume_per_day=None), quote(source="coingecko", price=usd("8.80"))) == Confidence(level="high")


@pytest.mark.parametrize(("other", "level"), [("9.5", "medium"), ("10.8", "low"), ("12", "refused")])
def test_prices_that_differ_are_named(other: str, level: str) -> None:
    found = prices(quote(), quote(source="coingecko", price=usd(other)))

    assert found.level == level
    assert f"8.84 USD by whattomine and {other} by coingecko" in found.reasons[0]


def test_a_price_of_another_day_is_not_compared_and_an_old_one_is_named() -> None:
    old = quote(source="coingecko", price=usd(20), price_taken_at=NOON - timedelta(days=3))

    assert prices(quote(), quote(source="broken", price=Money(Decimal("1e-400"), "USD"))) == Confidence(level="high")
    assert prices(quote(), old) == Confidence(level="high")
    assert "ETC: coingecko's price is 3 days old" in prices(old, quote()).reasons


@pytest.mark.parametrize("amount", ["0", "-1", "1e-400"])
def test_a_price_that_no_coin_has_is_a_sentence(amount: str) -> None:
    with pytest.raises(ValueError, match=r"ETC: whattomine gives a price of .*; expected one above zero"):
        prices(quote(price=Money(Decimal(amount), "USD")))
    with pytest.raises(ValueError, match="ETC: whattomine tells no price"):
        prices(replace(PLAIN, price=None))
