"""Answers over days take what the chains' rules say of rewards. The market's figures are invented."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest

from calculators.chain.rewards import block_reward
from miner_agent.cli.first_level import cli
from miner_agent.profit.rewards_ahead import chain_height, moment_of
from miner_agent.tables.coin_table import load_coins
from miner_agent.tables.market_of_one_day import builtin_market
from tests.cli.profit_asked import FRESH, answered, run, written
from tests.examples import few_and_all

HEAD = "coin,difficulty,block_reward_coins,price,currency,taken_at,height\n"
HALVING = 1_050_000
S21 = ("--hardware", "antminer-s21", "--kwh-price", "0.05")
L7 = ("--hardware", "antminer-l7", "--kwh-price", "0.03")
INVESTED = ("--investment", "2000")
HORIZON_OPTIONS = {"months", "days", "horizon_days"}
BITCOIN = ("--coin", "BTC")
ANSWERS_OVER_DAYS: dict[str, tuple[str, ...]] = {
    "mine-or-buy": (*BITCOIN, *S21, *INVESTED, "--months", "24", "--never-idle"),
    "stress": (*BITCOIN, *S21, "--horizon-days", "700", "--paths", "200"),
    "cloud": (*BITCOIN, "--hashrate", "200T", "--price", "2000", "--days", "700"),
    "outlook": ("BTC", *S21, "--horizon-days", "700"),
    "hours": (*BITCOIN, *S21, "--days", "300"),
    "split": (*BITCOIN, *S21[:2], "--kwh-price", "0", "--floor", "-1", "--horizon-days", "300"),
}
EARNED: dict[str, Callable[[Any], Any]] = {
    "mine-or-buy": lambda answer: sum(Decimal(month["revenue"]["amount"]) for month in answer["months"]),
    "stress": lambda answer: answer["paths"]["coins"][0]["over_horizon"]["expected_revenue"]["amount"],
    "cloud": lambda answer: answer["received"]["amount"],
    "outlook": lambda answer: answer["mean_of_the_days_ahead"]["median"]["revenue_per_day"]["amount"],
    "split": lambda answer: answer["per_day"]["expected"]["amount"],
    "hours": lambda answer: sum(Decimal(slot["revenue"]["amount"]) for slot in answer["slots"]),
}
WITHOUT_REWARDS_AHEAD = {"backtest", "fleet", "tariff"}
"""Rewards of the past are those of the history or of the Prometheus that is asked; a tariff has none."""


def bitcoin(tmp_path: Path, *, height: int | None, reward: str = "3.14") -> str:
    return written(tmp_path, "market.csv", f"{HEAD}BTC,1.5e14,{reward},90000,USD,{FRESH},{height or ''}\n")


def worth(answer: Any) -> Decimal:
    return Decimal(answer["net_present_value"]["amount"])


def test_the_halving_that_the_market_tells_of_is_in_the_answer(tmp_path: Path) -> None:
    asked = ("mine-or-buy", *S21, "--coin", "BTC", *INVESTED, "--months", "36")
    by_rule = answered(*asked, "--market", bitcoin(tmp_path, height=976_000))
    by_hand = answered(*asked, "--market", bitcoin(tmp_path, height=976_000), "--halving-after", "17")

    assert round(worth(by_rule)) == round(worth(by_hand)) == -290
    assert by_rule["best"] == by_hand["best"] == "buy"
    assert any("BTC: by the rule of its chain its reward falls to 0.5 times" in note for note in by_rule["notes"])


@pytest.mark.parametrize(("after", "halved_from"), [("2", 3), ("4", 5)])
def test_a_halving_that_is_said_comes_when_it_is_said(tmp_path: Path, after: str, halved_from: int) -> None:
    market = bitcoin(tmp_path, height=900_000, reward="3.125")  # no fees; by the rule it is years until a halving
    asked = ("mine-or-buy", *BITCOIN, *S21, *INVESTED, "--months", "6", "--never-idle", "--market", market)
    never, said = answered(*asked), answered(*asked, "--halving-after", after)
    ratios = [
        Decimal(one["revenue"]["amount"]) / Decimal(other["revenue"]["amount"])
        for one, other in zip(said["months"], never["months"], strict=True)
    ]

    assert ratios == [pytest.approx(Decimal(1) if month < halved_from else Decimal("0.5")) for month in range(1, 7)]


@pytest.mark.parametrize("reward", ["6.25", "6.3", "2.1"])
def test_a_reward_that_no_fees_explain_is_refused(tmp_path: Path, reward: str) -> None:
    market = bitcoin(tmp_path, height=976_000, reward=reward)
    result = run("profit", *S21, "--market", market, "--json")
    refused = json.loads(result.stdout)

    assert result.exit_code == 69
    assert refused["ranking"] == []
    assert [row["coin"] for row in refused["refused"]] == ["BTC"]
    for command, options in ANSWERS_OVER_DAYS.items():
        result = run(command, *options, "--market", market)
        assert result.exit_code != 0, command
        assert "by the rule of the chain the miner gets 3.125" in result.stderr, command
    assert "refused" in run("what-if", *S21, "--market", market).stderr


def test_a_halving_takes_nothing_of_the_chains_mined_beside_it() -> None:
    answer = answered("mine-or-buy", *L7, *INVESTED, "--halving-after", "8")

    assert answer["estimate"]["chains"] == ["LTC", "DOGE", "PEP", "DINGO"]
    assert round(worth(answer)) == -394


def test_a_contract_pays_its_own_coin_and_rented_hashrate_all_of_them() -> None:
    asked = ("cloud", "--coin", "LTC", "--hashrate", "9.5G", "--days", "100")
    contract, rented = answered(*asked, "--price", "1000"), answered(*asked, "--rent-per-day", "4")

    assert contract["estimate"]["chains"] == ["LTC"]
    assert rented["estimate"]["chains"] == ["LTC", "DOGE", "PEP", "DINGO"]
    assert Decimal(rented["network_pay_per_day"]["amount"]) > 4 * Decimal(contract["network_pay_per_day"]["amount"])


@pytest.mark.thorough
@pytest.mark.parametrize("command", few_and_all(list(ANSWERS_OVER_DAYS), few=2))
def test_every_answer_over_days_takes_the_schedule(tmp_path: Path, command: str) -> None:
    def left(height: int) -> Decimal:
        market = bitcoin(tmp_path, height=height)
        return Decimal(EARNED[command](answered(command, *ANSWERS_OVER_DAYS[command], "--market", market)))

    soon, later = left(HALVING - 100), left(HALVING - 144 * 1000)

    assert Decimal("0.48") < soon / later < Decimal("0.56")


def test_no_answer_over_days_is_left_out_of_that() -> None:
    """Whoever adds one names it above."""

    def options(command: click.Command) -> set[str]:
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        return {parameter.name or "" for parameter in command.params}.union(*map(options, inner))

    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    over_days = {name for name, command in found.items() if command and options(command) & HORIZON_OPTIONS}

    assert over_days == ANSWERS_OVER_DAYS.keys() | WITHOUT_REWARDS_AHEAD


def test_what_is_not_known_of_a_reward_is_said(tmp_path: Path) -> None:
    market = written(tmp_path, "market.csv", f"{HEAD}BC2,1e9,50,0.1,USD,{FRESH},\n")
    result = run("mine-or-buy", *S21, "--coin", "BC2", *INVESTED, "--market", market)

    assert "BC2: no rule of the reward is known, so it stays as it is today" in result.stdout


RULED = {"ERG", "FIRO", "IRON", "ZANO", "NEXA", "CKB", "ALPH", "ETC", "ZEC", "XMR", "KAS", "DASH", "RVN", "LTC", "DOGE"}
ALGORITHMS = {quote.coin: quote.algorithm for quote in builtin_market() if quote.coin in RULED}


@pytest.mark.parametrize("coin", ALGORITHMS)
def test_half_the_reward_is_half_the_revenue_whatever_rule_the_chain_has(coin: str) -> None:
    rig = (
        "--coin",
        coin,
        "--separate",
        "--hashrate",
        f"{ALGORITHMS[coin]}=100k",
        "--watts",
        "100",
        "--kwh-price",
        "0.1",
    )
    answer = answered("what-if", *rig, "--sweep", "block_reward_ratio=0.5:1:0.5")

    half, whole = (Decimal(row["revenue_per_day"]["amount"]) for row in answer["rows"])
    assert float(half / whole) == pytest.approx(0.5)


def test_the_market_of_one_day_pays_what_the_rules_say() -> None:
    """Its source knew nothing of these rules, nor these of it."""
    coins, apart = load_coins(), {}
    for quote in builtin_market():
        height = chain_height(coins[quote.coin], (), quote.taken_at)
        try:
            paid = block_reward(coin=coins[quote.coin], moment=moment_of(height, quote.taken_at)).miner_coins
        except ValueError:  # no rule, or one that goes by what nobody tells
            continue
        apart[quote.coin] = (quote.block_reward_coins or 0) / paid

    secondary = {"CKB": 1.061}  # its second issuance is no part of the rule
    assert apart == {coin: pytest.approx(secondary.get(coin, 1), rel=2e-3) for coin in apart}
    assert {"BTC", "LTC", "ETC", "RVN", "ZEC", "XMR", "ERG", "FIRO", "KAS", "IRON", "NEXA", "CKB"} <= apart.keys()


def test_coins_tells_what_a_block_pays_now_by_the_rule() -> None:
    shown = run("coins", "DASH").stdout

    assert "decay (coins 4.64286, interval_blocks 210240, ratio 0.928571, from_height 210241)" in shown
    assert "miner_part_from" not in shown
    assert run("coins", "DOGE").stdout.split()[-6:] == ["(coins", "10000,", "from_height", "600000)", "10000", "LTC"]
