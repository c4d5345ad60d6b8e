"""Rewards by rule, against rewards that were paid."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.coin import Coin
from calculators.chain.heights import reckoned_height
from calculators.chain.reward_rules import RULES
from calculators.chain.rewards import Moment, block_reward, next_step
from calculators.chain.uncles import uncle_part_at_depth, with_uncles
from miner_agent.tables.coin_table import load_coins
from tests.for_each import for_each


def coin(
    ticker: str,
    rule: str,
    parameters: dict[str, float],
    *,
    miner_part: float | None = None,
    block_time_seconds: float | None = None,
) -> Coin:
    return Coin(
        ticker=ticker,
        name=ticker,
        algorithm="any",
        reward_rule=rule,
        reward_parameters=parameters,
        miner_part=miner_part,
        block_time_seconds=block_time_seconds,
    )


BTC = coin("BTC", "halvings", {"coins": 50, "interval_blocks": 210_000})
XEC = coin("XEC", "halvings", {"coins": 50_000_000, "interval_blocks": 210_000}, miner_part=0.58)
LTC = coin("LTC", "halvings", {"coins": 50, "interval_blocks": 840_000})
VTC = coin("VTC", "halvings", {"coins": 50, "interval_blocks": 840_000})
RVN = coin("RVN", "halvings", {"coins": 5000, "interval_blocks": 2_100_000})
DOGE = coin("DOGE", "constant", {"coins": 10_000, "from_height": 600_000})
ZEC = coin("ZEC", "halvings", {"coins": 3.125, "from_height": 1_046_400, "interval_blocks": 1_680_000}, miner_part=0.8)
ETC = coin("ETC", "decay", {"coins": 5, "ratio": 0.8, "interval_blocks": 5_000_000, "from_height": 1})
DASH = coin(
    "DASH",
    "decay",
    {
        "coins": 5,
        "ratio": 13 / 14,
        "interval_blocks": 210_240,
        "from_height": 1,
        "block_part_from_328008": 0.9,
        "block_part_from_1987776": 0.8,
        "miner_part_from_328008": 0.45,
        "miner_part_from_1987776": 0.2,
    },
)
DCR = coin(
    "DCR",
    "decay",
    {
        "coins": 31.19582664,
        "ratio": 100 / 101,
        "interval_blocks": 6144,
        "miner_part_from_0": 0.6,
        "miner_part_from_657280": 0.1,
        "miner_part_from_794368": 0.01,
    },
)
DGB = coin("DGB", "decay", {"coins": 1078.5, "ratio": 0.98884, "interval_blocks": 175_200, "from_height": 1_430_000})
XMR = coin("XMR", "cryptonote", {"speed": 19, "decimals": 12, "tail_coins": 0.6})
KAS = coin(
    "KAS",
    "chromatic",
    {"coins_per_second": 440, "start_unix_seconds": datetime(2022, 5, 6, 4, tzinfo=UTC).timestamp()},
    block_time_seconds=0.1,
)


@for_each(
    ("chain", "height", "miner_coins"),
    [
        (BTC, 0, 50),
        (BTC, 209_999, 50),
        (BTC, 210_000, 25),
        (BTC, 840_000, 3.125),
        (BTC, 1_049_999, 3.125),
        (XEC, 900_000, 1_812_500),  # of 3,125,000
        (LTC, 1_679_999, 25),  # until 2019-08-05
        (LTC, 1_680_000, 12.5),
        (LTC, 2_900_000, 6.25),
        (RVN, 4_300_000, 1250),
        (DOGE, 6_000_000, 10_000),
        (ZEC, 3_300_000, 1.25),  # 80 % of 1.5625
        (ETC, 5_000_000, 5),
        (ETC, 5_000_001, 4),
        (ETC, 25_000_001, 1.6384),
        (DGB, 10_540_399, 608.48163085),  # both sides of a step, as josiah-digibyte.medium.com quotes them
        (DGB, 10_540_400, 601.69097584),
    ],
    ids=lambda value: value.ticker if isinstance(value, Coin) else str(value),
)
def test_a_block_pays_what_it_paid(chain: Coin, height: int, miner_coins: float) -> None:
    paid = block_reward(coin=chain, moment=Moment(height=height)).miner_coins

    assert paid == pytest.approx(miner_coins, rel=1e-9)


@pytest.mark.parametrize(
    ("height", "block_coins"), [(4 * 210_240 + 1, 3.3456), (5 * 210_240 + 1, 3.1066), (12 * 210_240 + 1, 1.6438)]
)
def test_a_block_of_dash_pays_what_superblocks_leave(height: int, block_coins: float) -> None:
    paid = block_reward(coin=DASH, moment=Moment(height=height))

    assert paid.block_coins == pytest.approx(block_coins, abs=5e-5)
    assert paid.miner_coins == pytest.approx(block_coins / (4 if height > 1_987_776 else 2), abs=5e-5)


def test_digibyte_has_fallen_130_times_to_250() -> None:
    paid = block_reward(coin=DGB, moment=Moment(height=1_430_000 + 130 * 175_200)).miner_coins

    assert paid == pytest.approx(250.73, abs=5e-3)


def test_decred_pays_for_work_less_and_less_of_what_it_makes() -> None:
    parts = [
        (found := block_reward(coin=DCR, moment=Moment(height=height))).miner_coins / found.subsidy_coins
        for height in (657_279, 657_280, 794_367, 794_368)
    ]

    assert parts == pytest.approx([0.6, 0.1, 0.1, 0.01])
    first = block_reward(coin=DCR, moment=Moment(height=6143)).subsidy_coins
    second = block_reward(coin=DCR, moment=Moment(height=6144)).subsidy_coins
    assert (first, second) == pytest.approx((31.19582664, 30.88695707))


@pytest.mark.parametrize(
    ("emitted", "coins"),
    [
        (0, 35.184372088831),
        (2**63, 17.592186044415),
        (18_132_000 * 10**12, 0.600327),  # the last week before the tail
        (18_140_000 * 10**12, 0.6),
        (2**64 + 10**18, 0.6),
    ],
)
def test_monero_pays_a_part_of_what_is_left_and_then_its_tail(emitted: int, coins: float) -> None:
    paid = block_reward(coin=XMR, moment=Moment(emitted_atomic_units=emitted)).miner_coins

    assert paid == pytest.approx(coins, rel=1e-6)


@pytest.mark.parametrize(
    ("at", "coins_per_second"),
    [
        (datetime(2022, 5, 20, tzinfo=UTC), 440),
        (datetime(2023, 5, 20, tzinfo=UTC), 220),
        (datetime(2024, 2, 16, tzinfo=UTC), 130.8128),
        (datetime(2026, 10, 1, tzinfo=UTC), 21.8268),
    ],
)
def test_kaspa_pays_by_the_month_whatever_its_block_time(at: datetime, coins_per_second: float) -> None:
    paid = block_reward(coin=KAS, moment=Moment(at=at)).miner_coins

    assert paid * 10 == pytest.approx(coins_per_second, rel=2e-6)


def test_rewards_by_rule_are_those_that_sources_list(captured: Path) -> None:
    with (captured / "market/snapshots/hashrate_no_coins_2026-10_subset.csv").open() as file:
        listed = {row["ticker"]: float(row["block_reward"]) for row in csv.DictReader(file)}
    by_rule = {
        chain.ticker: block_reward(coin=chain, moment=Moment(height=height)).miner_coins
        for chain, height in ((BTC, 966_000), (RVN, 4_500_000), (VTC, 2_600_000), (DOGE, 6_400_000))
    }
    assert by_rule == {ticker: pytest.approx(listed[ticker], rel=1e-9) for ticker in by_rule}
    ethereum_classic = block_reward(coin=ETC, moment=Moment(height=26_000_000)).miner_coins
    assert listed["ETC"] == pytest.approx(ethereum_classic, rel=1e-3)  # with fees

    minerstat = json.loads((captured / "market/snapshots/minerstat_2024-02-16.json").read_text())["rows"]
    (kaspa,) = (row for row in minerstat if row["coin"] == "KAS")
    at = datetime.fromtimestamp(kaspa["updated"], UTC)
    assert 10 * block_reward(coin=KAS, moment=Moment(at=at)).miner_coins == pytest.approx(kaspa["reward_block"])


def test_the_next_step_tells_how_far_and_how_deep() -> None:
    step = next_step(coin=BTC, moment=Moment(height=1_049_999))
    assert step is not None
    assert (step.blocks, step.ratio, step.seconds) == (1, 0.5, None)

    step = next_step(coin=KAS, moment=Moment(at=datetime(2022, 5, 6, 5, tzinfo=UTC)))
    assert step is not None
    assert step.seconds == 2_629_800 - 3600
    assert step.ratio**12 == pytest.approx(0.5)

    assert next_step(coin=DOGE, moment=Moment(height=6_000_000)) is None
    assert next_step(coin=XMR, moment=Moment(emitted_atomic_units=0)) is None


@given(st.integers(min_value=0, max_value=40_000_000))
def test_after_the_next_step_a_block_pays_what_the_step_said(height: int) -> None:
    for chain in (BTC, ETC, DCR):
        if height == 0 and chain is ETC:
            continue
        step = next_step(coin=chain, moment=Moment(height=height))
        assert step is not None
        assert step.blocks is not None
        now, last, then = (
            block_reward(coin=chain, moment=Moment(height=reached)).miner_coins
            for reached in (height, height + step.blocks - 1, height + step.blocks)
        )
        assert last == now
        assert then == pytest.approx(now * step.ratio)


def test_a_tail_ends_the_halvings() -> None:
    chain = coin("TEST", "halvings", {"coins": 8, "interval_blocks": 10, "tail_coins": 3})

    paid = [block_reward(coin=chain, moment=Moment(height=height)).miner_coins for height in (9, 10, 20, 500)]
    assert paid == [8, 4, 3, 3]
    assert next_step(coin=chain, moment=Moment(height=20)) is None


def test_uncles_add_coins_to_the_chain_and_take_some_from_a_proof() -> None:
    classic = with_uncles(block_coins=4, uncles_per_block=0.032, uncle_part=1 / 32)
    assert classic.coins_per_block == pytest.approx(4.008)

    first_era = with_uncles(block_coins=5, uncles_per_block=0.08, uncle_part=uncle_part_at_depth(1))
    assert 5.22 < first_era.coins_per_block < 5.55

    ethereum = with_uncles(block_coins=3, uncles_per_block=0.2, uncle_part=uncle_part_at_depth(2))
    # Of 120 proofs 100 were blocks of 3 and 20 were uncles of 3 * 6/8, each of which paid its nephew 3/32.
    assert ethereum.coins_per_proof * 120 == pytest.approx(100 * 3 + 20 * 2.25 + 20 * 3 / 32)
    assert with_uncles(block_coins=2, uncles_per_block=0, uncle_part=0.5).coins_per_proof == 2
    with pytest.raises(ValueError, match="1 to 6"):
        uncle_part_at_depth(7)


@for_each(
    ("chain", "moment", "sentence"),
    [
        (BTC, Moment(), "BTC: its reward goes by height"),
        (XMR, Moment(height=3_000_000), "XMR: its reward goes by emitted atomic units"),
        (KAS, Moment(at=datetime(2021, 12, 1, tzinfo=UTC)), "KAS: its rule starts"),
        (KAS, Moment(at=datetime(2026, 1, 1)), "KAS: a chain's time needs its zone"),  # noqa: DTZ001
        (DOGE, Moment(height=5), "DOGE: its rule is known from height 600000 on"),
        (DASH, Moment(height=5), "DASH: its block_part is known from height 328008 on"),
        (BTC, Moment(height=-1), "BTC: height of -1"),
        (coin("X", "halvings", {"coins": 50}), Moment(height=1), "X: reward_parameters lack interval_blocks"),
        (coin("X", "constant", {"coins": 5, "coin": 5}), Moment(height=1), "X: reward_parameters have coin, which"),
        (coin("X", "constant", {"coins": 0}), Moment(height=1), "X: reward_parameters: coins is 0"),
        (coin("X", "constant", {"coins": float("nan")}), Moment(height=1), "X: reward_parameters: coins is nan"),
        (coin("X", "decay", {"coins": 5, "interval_blocks": 0.5, "ratio": 0.5}), Moment(height=1), "interval_blocks"),
        (coin("X", "decay", {"coins": 5, "interval_blocks": 5, "ratio": 1.5}), Moment(height=1), "ratio is 1.5"),
        (coin("X", "halving", {}), Moment(height=1), "X: reward_rule is 'halving'; expected one of constant, halvings"),
        (coin("X", "constant", {"coins": 5}, miner_part=1.2), Moment(height=1), "X: miner_part is 1.2"),
        (coin("X", "constant", {"coins": 5, "block_part_from_0": 0.8}, miner_part=0.9), Moment(height=1), "X: the miner's part, 0.9, is more than the 0.8"),
        (coin("X", "constant", {"coins": 5, "miner_part_from_x": 0.2}), Moment(height=1), "X: miner_part_from_x"),
        (coin("X", "cryptonote", {"speed": 19, "decimals": 900}), Moment(emitted_atomic_units=1), "X: .*decimals"),
        (coin("X", "chromatic", {"coins_per_second": 1, "start_unix_seconds": 1}), Moment(at=datetime(2026, 1, 1, tzinfo=UTC)), "X: .*block_time_seconds"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_used_says_why(chain: Coin, moment: Moment, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        block_reward(coin=chain, moment=moment)


def test_a_height_that_nobody_told_is_enough_for_a_reward_that_does_not_change() -> None:
    assert block_reward(coin=DOGE, moment=Moment()).miner_coins == 10_000
    assert set(RULES) == {
        "constant",
        "halvings",
        "decay",
        "linear",
        "table",
        "voted",
        "by difficulty",
        "cryptonote",
        "chromatic",
    }


COINS = load_coins()


@for_each(
    ("ticker", "height", "miner_coins"),
    [
        ("ERG", 655_199, 67.5),
        ("ERG", 655_200, 66),
        ("ERG", 720_000, 63),
        ("ERG", 777_216, 63),
        ("ERG", 777_217, 51),  # EIP-27: 12 of it are held back
        ("ERG", 1_756_799, 6),
        ("ERG", 1_756_800, 3),
        ("ERG", 2_000_000, 3),  # as hashrate.no lists it
        ("FIRO", 1_200_000, 0.3125),  # as hashrate.no lists it
        ("RXD", 209_999, 50_000),
        ("RXD", 210_000, 25_000),
        ("RXD", 420_000, 12_500),
        ("NEXA", 1_049_999, 10_000_000),
        ("NEXA", 1_127_000, 5_000_000),  # as hashrate.no lists it
        ("EVR", 1, 2778 * 0.9),
        ("EVR", 2_065_000, 1389 * 0.9),  # of the 1389 that hashrate.no lists
        ("IRON", 2, 20),  # the node's own test
        ("IRON", 1_818_000, 17.25),  # as hashrate.no lists it
        ("DGB-SHA", 10_540_399, 608.48163085),
        ("DGB-SCRYPT", 10_540_400, 601.69097584),
        ("DCR", 6143, 31.19582664 * 0.6),
        ("DCR", 794_368, 31.19582664 * (100 / 101) ** 129 * 0.01),
        ("ZEC", 1, 0.000625 * 0.8),  # the slow start
        ("ZEC", 9_999, 6.249375 * 0.8),
        ("ZEC", 10_000, 6.250625 * 0.8),
        ("ZEC", 19_999, 12.5 * 0.8),
        ("ZEC", 20_000, 10),
        ("ZEC", 653_599, 10),
        ("ZEC", 653_600, 5),
        ("ZEC", 1_046_400, 2.5),
        ("ZEC", 2_726_400, 1.25),
        ("DOGE", 145_000, 250_000),
        ("DOGE", 500_000, 15_625),
        ("DOGE", 600_000, 10_000),
        ("ETC", 1, 5),
        ("ETC", 20_000_001, 2.048),
        ("DASH", 313_521, 5 * 13 / 14 * 0.5),
        ("DASH", 1_900_000, 2.3097 * 0.423),  # told of height 1,892,161: 57.7 % are the masternode's
        ("DASH", 2_550_000, 0.41094),
    ],
)
def test_the_table_of_coins_pays_what_is_published(ticker: str, height: int, miner_coins: float) -> None:
    paid = block_reward(coin=COINS[ticker], moment=Moment(height=height)).miner_coins

    assert paid == pytest.approx(miner_coins, rel=1e-4)


@pytest.mark.parametrize(
    ("day", "coins_an_epoch"), [((2020, 1, 1), 1_917_808), ((2023, 12, 1), 958_904), ((2028, 1, 1), 479_452)]
)
def test_nervos_pays_by_epochs_of_four_hours(day: tuple[int, int, int], coins_an_epoch: float) -> None:
    paid = block_reward(coin=COINS["CKB"], moment=Moment(at=datetime(*day, tzinfo=UTC))).miner_coins

    assert paid * 1800 == pytest.approx(coins_an_epoch, rel=1e-6)


@for_each(
    ("height", "difficulty", "coins"),
    [(100, 0.001, 500), (5_465, 32, 1), (6_000, 1, 147), (20_000, 100, 24), (200_000, 2_000, 8), (205_000, 4_000, 5)],
)
def test_dash_paid_by_difficulty_in_its_first_year(height: int, difficulty: float, coins: float) -> None:
    paid = block_reward(coin=COINS["DASH"], moment=Moment(height=height, difficulty=difficulty))

    assert paid.subsidy_coins == coins
    with pytest.raises(ValueError, match="DASH: its reward goes by difficulty then"):
        block_reward(coin=COINS["DASH"], moment=Moment(height=height))


def test_what_is_voted_on_is_no_rule() -> None:
    assert next_step(coin=COINS["CFX"], moment=Moment()) is None
    with pytest.raises(ValueError, match="CFX: its reward is set by vote"):
        block_reward(coin=COINS["CFX"], moment=Moment(height=5))


@pytest.mark.parametrize(
    ("ticker", "height", "blocks", "ratio"),
    [
        ("ZEC", 653_000, 600, 0.5),  # the end of a former rule
        ("DCR", 793_600, 768, 0.1),  # a change of the miner's part
        ("ERG", 1_756_799, 1, 0.5),
        ("IRON", 525_599, 1, 0.95),
    ],
)
def test_the_end_of_a_rule_or_of_a_part_is_a_step(ticker: str, height: int, blocks: int, ratio: float) -> None:
    step = next_step(coin=COINS[ticker], moment=Moment(height=height))

    assert step is not None
    assert step.blocks == blocks
    assert step.ratio == pytest.approx(ratio)


def test_heights_are_reckoned_between_days_that_are_known_and_beyond() -> None:
    at = {
        "BTC": (datetime(2018, 6, 9, tzinfo=UTC), 420_000 + 210_000 / 2),
        "LTC": (datetime(2026, 11, 28, tzinfo=UTC), 2_520_000 + 1214 * 576),
        "DGB-SHA": (datetime(2019, 7, 22, tzinfo=UTC), 9_112_320 + 5_760),
        "ETC": (datetime(2020, 2, 19, 4, 14, tzinfo=UTC), 9_821_831),  # as WhatToMine told
    }
    for ticker, (moment, blocks) in at.items():
        found = reckoned_height(COINS[ticker], moment)
        assert found is not None
        assert found.blocks == pytest.approx(blocks, rel=2e-3), ticker
    assert reckoned_height(COINS["BTC"], datetime(2009, 1, 1, tzinfo=UTC)) is None
    assert reckoned_height(COINS["KAS"], datetime(2026, 1, 1, tzinfo=UTC)) is None
