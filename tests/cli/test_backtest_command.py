"""`miner-agent backtest`: what it says of a history, of how many days, and what it refuses."""

import csv
import io
import json
import math
import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from miner_agent.cli.first_level import cli
from miner_agent.errors import SourceError

RIG = ("--hashrate", "ethash=600M", "--hashrate", "sha256d=100T", "--watts", "1000")
PRICED = (*RIG, "--kwh-price", "0.10")
SHORT = ("--horizon-days", "5")
HASHES = 2**48 / 65535
"""Of one unit of Bitcoin's difficulty, as nodes write it."""


@pytest.fixture(autouse=True)
def _no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("")
    monkeypatch.setenv("MINER_AGENT_CONFIG", str(tmp_path / "config.toml"))


def backtest(history: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["backtest", str(history), *arguments])


def told(history: Path, *arguments: str) -> dict[str, Any]:
    done = backtest(history, *arguments, "--json")
    assert done.exit_code == 0, done.stderr or done.exception
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def refused(history: Path, *arguments: str) -> str:
    done = backtest(history, *arguments)
    assert isinstance(done.exception, SourceError), done.output
    return str(done.exception)


def amount(money: dict[str, str]) -> float:
    return float(Decimal(money["amount"]))


def written(folder: Path, days: int = 100, *, tariff: str | None = None, reward: bool = True) -> Path:
    """Bitcoin on every day the same, Ethereum better on each second ten days."""
    lines = ["date,coin,price,difficulty,reward" + (",tariff" if tariff else "")]
    more = f",{tariff}" if tariff else ""
    for number in range(days):
        day = date(2025, 1, 1) + timedelta(days=number)
        lines.append(f"{day},BTC,50000,4e13,{'6.25' if reward else ''}{more}")
        lines.append(f"{day},ETH,{6000 if number // 10 % 2 else 2000},3e16,{'2' if reward else ''}{more}")
    path = folder / "history.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_coin_whose_unit_changes_on_the_way_is_refused_as_stress_refuses_it(tmp_path: Path) -> None:
    file = written(tmp_path)
    lines = [
        line.replace("4e13", "40") if number > 120 else line
        for number, line in enumerate(file.read_text().splitlines())
    ]
    file.write_text("\n".join(lines) + "\n")
    sentence = "BTC: its difficulty moved 1000-fold on 2025-03-02; did its unit change?"

    assert sentence in refused(file, *PRICED, *SHORT, "--coin", "BTC")
    stressed = CliRunner().invoke(cli, ["stress", *PRICED, "--coin", "BTC", "--history", str(file)])
    assert sentence in str(stressed.exception)
    others = told(file, *PRICED, *SHORT)
    assert any(sentence in problem for problem in others["problems"])


def test_a_history_that_was_cut_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text()[:-2])

    assert "cut short" in refused(file, *PRICED, *SHORT)


def bitcoin_per_day(reward: float = 6.25) -> float:
    return 0.99 * 100e12 * 86_400 * reward / (4e13 * HASHES) * 50_000


def test_a_held_coin_brings_its_days_worked_out_by_hand(tmp_path: Path) -> None:
    answer = told(written(tmp_path), *PRICED, *SHORT)
    held = next(run for run in answer["runs"] if run["name"] == "hold BTC")
    a_day = bitcoin_per_day() - 24 * 0.10

    assert answer["days"] == held["over_all_days"]["days"] == 93
    assert math.isclose(amount(held["profit_per_day"]), a_day, rel_tol=1e-9)
    assert math.isclose(amount(held["over_all_days"]["profit"]), 93 * a_day, rel_tol=1e-9)
    assert (answer["first_day"], answer["last_day"]) == ("2025-01-08", "2025-04-10")


def test_nothing_beats_hindsight_and_regret_is_what_is_missing_to_it(tmp_path: Path) -> None:
    runs = {run["name"]: run for run in told(written(tmp_path), *PRICED, *SHORT, "--switch-cost", "0.5")["runs"]}
    best = amount(runs["hindsight"]["over_all_days"]["profit"])

    assert set(runs) == {"hindsight", "best yesterday", "hold BTC", "hold ETH", "by mean", "by cvar", "by regret"}
    assert runs["hindsight"]["switches"] > 0
    for run in runs.values():
        whole = run["over_all_days"]
        assert amount(whole["profit"]) <= best + 1e-9
        assert math.isclose(amount(whole["regret"]), best - amount(whole["profit"]), rel_tol=1e-9, abs_tol=1e-9)
        assert math.isclose(amount(run["profit_per_day"]) * 93, amount(whole["profit"]), rel_tol=1e-9)


def test_one_rule_alone_is_tested_where_it_is_named(tmp_path: Path) -> None:
    names = {run["name"] for run in told(written(tmp_path), *PRICED, *SHORT, "--choose-by", "mean")["runs"]}

    assert "by mean" in names
    assert not names & {"by cvar", "by regret"}


def test_a_rig_that_may_stand_idle_does_so_on_days_that_lose(tmp_path: Path) -> None:
    dear = (*RIG, *SHORT, "--kwh-price", "0.60", "--coin", "ETH")
    runs, idles = (told(written(tmp_path), *dear, *more)["runs"] for more in ((), ("--idle-watts", "0")))
    by_name = {run["name"]: run for run in idles}

    assert all(run["idle_days"] == 0 for run in runs)
    assert by_name["hindsight"]["idle_days"] > 0
    assert amount(by_name["hindsight"]["over_all_days"]["profit"]) > amount(runs[0]["over_all_days"]["profit"])


def test_the_historys_own_tariff_counts_before_the_price_that_is_given(tmp_path: Path) -> None:
    path = written(tmp_path, tariff="0.30")
    without, with_another = told(path, *RIG, *SHORT), told(path, *PRICED, *SHORT)
    held = next(run for run in without["runs"] if run["name"] == "hold BTC")

    assert without["runs"] == with_another["runs"]
    assert math.isclose(amount(held["profit_per_day"]), bitcoin_per_day() - 24 * 0.30, rel_tol=1e-9)
    assert without["price_per_kilowatt_hour"] is None
    of_days = "the history tells what energy cost on each day: 0.30 USD/kWh"
    assert of_days in without["notes"]
    assert f"{of_days}, and --kwh-price counts on none of them" in with_another["notes"]


def test_a_price_that_stands_in_for_the_historys_is_named(tmp_path: Path) -> None:
    assert (
        "Assumed: the history tells no price of energy on each day: 0.1 USD/kWh is taken"
        in backtest(written(tmp_path), *PRICED, *SHORT).stdout
    )


def test_the_first_lines_say_what_was_assumed(tmp_path: Path) -> None:
    path = written(tmp_path)
    past, rig, trust, *rest = backtest(
        path, "--hardware", "6x rtx3080", "--kwh-price", "0.1", *SHORT
    ).stdout.splitlines()

    assert past.startswith("Past: 20")
    assert "; fees: pool 1 %, program taken for 1 %, stale 0 %, sale 0 %; mining 100 % of the day" in rig
    assert trust.startswith("Confidence: ")
    assert any(line.startswith("Assumed: power at the wall is computed") for line in rest[:4])
    assert any("on ethash: the hashrate is modelled, likely" in line for line in rest[:4])


def test_a_reward_that_the_history_leaves_out_is_taken_from_the_market_and_named(tmp_path: Path) -> None:
    answer = told(written(tmp_path, reward=False), *PRICED, *SHORT, "--coin", "BTC")
    held = next(run for run in answer["runs"] if run["name"] == "hold BTC")

    assert math.isclose(amount(held["profit_per_day"]), bitcoin_per_day(3.125) - 24 * 0.10, rel_tol=1e-9)
    assert any("BTC: the history tells no reward of a block" in note for note in answer["notes"])
    assert "ETH: the history tells no reward of a block" in refused(
        written(tmp_path, reward=False), *PRICED, *SHORT, "--coin", "ETH"
    )


def test_what_the_rig_cannot_mine_is_named_and_the_others_stand(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + "2025-06-01,XMR,300,4e11,0.6\n2025-06-01,NOPE,1,1,1\n")
    shown = backtest(path, *PRICED, *SHORT).stdout

    assert "Left out: XMR: this rig has no figure for randomx" in shown
    assert "Left out: NOPE: it is in no table of coins" in shown
    assert "hold BTC" in shown


def test_days_that_were_follow_the_only_part_of_a_rig_that_mines_them(tmp_path: Path) -> None:
    path, priced = written(tmp_path), ("--kwh-price", "0.05", "--host-watts", "0", *SHORT)
    alone = told(path, "--hardware", "antminer-s21", *priced)
    beside = told(path, "--hardware", "antminer-s21, ryzen-5950x", *priced)

    assert beside["runs"] == alone["runs"]
    assert any("1x Antminer S21 alone mines what the history tells of" in note for note in beside["notes"])


def test_parts_of_a_rig_choose_by_themselves_and_are_added_up(tmp_path: Path) -> None:
    path, priced = written(tmp_path), ("--kwh-price", "0.05", "--host-watts", "0", *SHORT)
    rig = ("antminer-s21", "6x rtx3080", "ryzen-5950x")
    both = told(path, "--hardware", ", ".join(rig), *priced, "--fixed-per-day", "3")
    alone = [told(path, "--hardware", part, *priced) for part in rig[:2]]
    shown = backtest(path, "--hardware", ", ".join(rig), *priced, "--explain").stdout

    assert [part["part"] for part in both["parts"]] == ["1x Antminer S21", "6x GeForce RTX 3080"]
    assert any("1x AMD Ryzen 9 5950X mines nothing that the history tells of" in note for note in both["notes"])

    def profits(found: dict[str, Any]) -> dict[str, float]:
        return {run["name"]: amount(run["over_all_days"]["profit"]) for run in found["runs"]}

    summed, of_parts = profits(both), [profits(part) for part in both["parts"]]
    assert {"hindsight", "best yesterday", "by mean"} <= summed.keys()
    assert not any(name.startswith("hold") for name in summed)
    for name, profit in summed.items():
        assert profit == pytest.approx(sum(part[name] for part in of_parts))
        assert profit == pytest.approx(sum(profits(part)[name] for part in alone) - 3 * both["days"])
    assert summed["hindsight"] == max(summed.values())
    assert "6x GeForce RTX 3080 by itself" in shown
    assert "hold ETH" in shown


def test_blocks_of_consumption_are_filled_by_the_parts_one_after_another(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "config.toml").write_text(
        '[tariff]\nkind = "tiers"\ncurrency = "USD"\n[[tariff.tiers]]\nover_kilowatt_hours = "0"\n'
        'price_per_kilowatt_hour = "0"\n[[tariff.tiers]]\nover_kilowatt_hours = "2555"\nprice_per_kilowatt_hour = "0.1"\n'
    )
    both = told(path, "--hardware", "antminer-s21, 6x rtx3080", *SHORT, "--host-watts", "0")
    alone = [told(path, "--hardware", part, *SHORT, "--host-watts", "0") for part in ("antminer-s21", "6x rtx3080")]

    def hindsight(found: dict[str, Any]) -> float:
        (run,) = (run for run in found["runs"] if run["name"] == "hindsight")
        return amount(run["over_all_days"]["profit"])

    assert hindsight(both["parts"][0]) == pytest.approx(hindsight(alone[0]))
    assert hindsight(both["parts"][1]) < hindsight(alone[1])


def test_it_says_of_how_many_days_its_money_is(tmp_path: Path) -> None:
    shown = backtest(written(tmp_path), *PRICED, *SHORT).stdout

    assert "Profit in USD over ALL 93 DAYS together" in shown
    assert "Past: 2025-01-08 to 2025-04-10" in shown
    assert "that a day" in shown


def test_explain_gives_every_decision_with_its_figures(tmp_path: Path) -> None:
    answer = told(written(tmp_path), *PRICED, *SHORT, "--explain", "--hold-days", "4")
    run = next(run for run in answer["runs"] if run["name"] == "by mean")
    changes = [decision for decision in run["decisions"] if decision["changed"]]

    assert len(run["decisions"]) == len(run["mined"]) == 93
    assert {decision["sentence_is_of_days"] for decision in run["decisions"]} == {4}
    assert sum(decision["before"] is not None for decision in changes) == run["switches"]
    assert all(found["over_horizon"]["days"] == 4 for found in changes[-1]["weighed"])
    assert "amounts over 4 days" in backtest(written(tmp_path), *PRICED, *SHORT, "--explain", "--hold-days", "4").stdout


def test_forecasts_tell_how_often_they_held(tmp_path: Path) -> None:
    held = {(row["coin"], row["measure"]): row for row in told(written(tmp_path), *PRICED, *SHORT)["forecasts"]}

    assert set(held) == {(coin, measure) for coin in ("BTC", "ETH") for measure in ("coins", "revenue")}
    assert held["BTC", "coins"]["held_ratio"] == 1
    for row in held.values():
        assert math.isclose(row["held_ratio"] + row["below_ratio"] + row["above_ratio"], 1)
        assert (row["stated_coverage"], row["horizon_days"]) == (0.8, 5)


def test_what_a_forecast_is_of_falls_when_the_difficulty_rises(tmp_path: Path) -> None:
    path = tmp_path / "harder.csv"
    lines = ["date,coin,price,difficulty,reward"]
    for number in range(100):
        day, harder = date(2025, 1, 1) + timedelta(days=number), 1.01 ** max(0, number - 60)
        lines.append(f"{day},BTC,50000,{4e13 * harder},6.25")
    path.write_text("\n".join(lines) + "\n")

    for held in told(path, *PRICED, *SHORT)["forecasts"]:
        assert held["below_ratio"] > 0.1, held
        assert held["above_ratio"] == 0, held


def test_what_coins_are_worth_falls_with_their_price_and_the_coins_stay(tmp_path: Path) -> None:
    path = tmp_path / "cheaper.csv"
    lines = ["date,coin,price,difficulty,reward"]
    for number in range(100):
        day, cheaper = date(2025, 1, 1) + timedelta(days=number), 0.99 ** max(0, number - 60)
        lines.append(f"{day},BTC,{50000 * cheaper},4e13,6.25")
    path.write_text("\n".join(lines) + "\n")
    held = {each["measure"]: each for each in told(path, *PRICED, *SHORT)["forecasts"]}

    assert held["coins"]["held_ratio"] == 1
    assert held["revenue"]["below_ratio"] > 0.1
    assert held["revenue"]["above_ratio"] == 0


def test_an_idle_day_costs_what_is_said_that_the_whole_rig_draws(tmp_path: Path) -> None:
    dear = ("--hardware", "6x rtx3080", "--hashrate", "ethash=600M", *SHORT, "--kwh-price", "5", "--coin", "ETH")
    runs = {run["name"]: run for run in told(written(tmp_path), *dear, "--idle-watts", "70")["runs"]}

    assert runs["hindsight"]["idle_days"] == 93
    assert amount(runs["hindsight"]["profit_per_day"]) == pytest.approx(-0.070 * 24 * 5)


def test_a_history_too_short_for_forecasts_still_tests_the_rules(tmp_path: Path) -> None:
    answer = told(written(tmp_path), *PRICED, "--horizon-days", "30")

    assert answer["forecasts"] == []
    assert len(answer["runs"]) == 7
    assert any(problem.startswith("BTC: no forecast: 100 days are too few") for problem in answer["problems"])


def test_csv_has_one_figure_a_row_with_its_unit_and_days(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(backtest(written(tmp_path), *PRICED, *SHORT, "--csv").stdout)))
    units = {(row["figure"], row["of_days"], row["unit"]) for row in rows if row["part"] == "run"}

    assert {("profit", "93", "USD"), ("profit_per_day", "1", "USD"), ("switches", "93", "1")} <= units
    assert {row["of_days"] for row in rows if row["part"] == "forecast"} == {"5"}


def test_the_drawing_says_of_how_many_days_it_is(tmp_path: Path) -> None:
    backtest(written(tmp_path), *PRICED, *SHORT, "--svg", str(tmp_path / "runs.svg"))
    drawn = (tmp_path / "runs.svg").read_text()

    ET.fromstring(drawn)
    assert "USD in 93 days together" in drawn


def test_a_bad_row_is_named_and_the_others_stand(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + "2025-06-01,BTC,0,4e13,6.25\n")
    done = backtest(path, *PRICED, *SHORT)

    assert done.exit_code == 0
    assert "left out: history.csv: line 202: BTC: price is 0; expected a number above zero" in done.stderr


def test_of_many_bad_rows_some_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + "2025-06-01,BTC,0,4e13,6.25\n" * 25)
    errors = backtest(path, *PRICED, *SHORT).stderr

    assert errors.count("left out: history.csv: line") == 10
    assert "left out: 15 more like these" in errors


def test_money_of_a_history_that_tells_no_currency_is_not_taken_in_silence(tmp_path: Path) -> None:
    done = backtest(written(tmp_path), *PRICED, *SHORT, "--currency", "EUR")
    named = tmp_path / "named.csv"
    named.write_text("date,coin,price,difficulty,reward,currency\n2025-01-01,BTC,50000,4e13,6.25,USD\n")

    assert "note: history.csv: its money is taken for EUR" in done.stderr
    assert "the price is in 'USD', money is told in EUR; ask in" in refused(named, *PRICED, "--currency", "EUR")


def test_a_history_in_another_currency_is_told_at_the_rate_of_each_day(tmp_path: Path) -> None:
    rows = written(tmp_path).read_text().splitlines()
    (tmp_path / "usd.csv").write_text("\n".join([f"{rows[0]},currency", *(f"{row},USD" for row in rows[1:])]) + "\n")
    days = sorted({row[:10] for row in rows[1:]})
    rates = ["date,from,to,rate", *(f"{day},EUR,USD,2" for day in days)]
    (tmp_path / "rates.csv").write_text("\n".join(rates) + "\n")
    dollars = told(tmp_path / "usd.csv", *RIG, *SHORT, "--kwh-price", "0.10", "--currency", "USD")
    in_euros = (*RIG, *SHORT, "--kwh-price", "0.05", "--currency", "EUR", "--rates", str(tmp_path / "rates.csv"))
    euros = told(tmp_path / "usd.csv", *in_euros)

    assert "money in USD is told in EUR, each day at its own rate" in backtest(tmp_path / "usd.csv", *in_euros).stderr
    halves = [amount(run["over_all_days"]["profit"]) / 2 for run in dollars["runs"]]
    assert [amount(run["over_all_days"]["profit"]) for run in euros["runs"]] == pytest.approx(halves)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--horizon-days", "0"), "0 is not in the range"),
        (("--lookback-days", "0"), "0 is not in the range"),
        (("--choose-by", "luck"), "'luck' is not one of 'cvar', 'regret', 'mean'"),
        (("--coverage", "1"), "no forecast states that all or none hold"),
        (("--switch-cost", "-1"), "is below zero"),
        (("--difficulty-as", "luck"), "'luck' is not one of 'node'"),
        (("--coin", "NOPE"), "'NOPE' is not known"),
        (("--json", "--csv"), "two forms of one answer"),
    ],
)
def test_options_that_cannot_be_used_are_refused(arguments: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    done = backtest(written(tmp_path), *PRICED, *arguments)

    assert done.exit_code == 2
    assert sentence in done.stderr


def test_without_any_price_of_energy_it_asks_for_one(tmp_path: Path) -> None:
    done = backtest(written(tmp_path), *RIG)

    assert done.exit_code == 2
    assert "what does a kilowatt-hour cost? The history tells no tariff" in done.stderr


def test_a_history_that_is_too_short_or_of_other_coins_is_refused(tmp_path: Path) -> None:
    short, other = written(tmp_path, 5), tmp_path / "other.csv"
    sentence = refused(short, *PRICED)
    other.write_text("date,coin,price,difficulty,reward\n2025-01-01,XMR,300,4e11,0.6\n")

    assert sentence == "history.csv: the candidates share 5 days, and 7 are needed before the first decision"
    assert refused(other, *PRICED) == "other.csv: XMR: this rig has no figure for randomx"


@pytest.mark.thorough
def test_two_years_of_bitcoin_and_ethereum_as_they_were(captured: Path, tmp_path: Path) -> None:
    lines = ["date,coin,price,difficulty,reward"]
    for name, coin, column, scale, reward in (
        ("btc_hashrate_price_2019_2022", "BTC", "hashrate_TH_s", 1e12 * 600 / HASHES, 6.25),
        ("eth_difficulty_price_2015_2021", "ETH", "difficulty_TH", 1e12, 2),
    ):
        with (captured / "market" / "btc" / f"{name}.csv").open() as file:
            for row in csv.DictReader(file):
                if row["price_usd"] and float(row["price_usd"]) > 0:
                    lines.append(f"{row['date']},{coin},{row['price_usd']},{float(row[column]) * scale!r},{reward}")
    path = tmp_path / "past.csv"
    path.write_text("\n".join(lines) + "\n")
    answer = told(path, *PRICED)
    runs = {run["name"]: run for run in answer["runs"]}

    assert (answer["first_day"], answer["last_day"]) == ("2019-01-08", "2021-01-05")
    assert runs["by mean"]["switches"] < runs["best yesterday"]["switches"]
    assert all(row["held_ratio"] >= row["stated_coverage"] for row in answer["forecasts"])


@pytest.mark.e2e
def test_a_history_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "miner_agent", "backtest", "nothing.csv", *PRICED],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=dict(os.environ),
    )  # fmt: skip

    assert done.returncode == 69
    assert done.stderr == "miner-agent: nothing.csv: no such file or directory; name a file that this user may read\n"


TIERS = (
    '[tariff]\nkind = "tiers"\ncurrency = "USD"\n[[tariff.tiers]]\nover_kilowatt_hours = "0"\nprice_per_kilowatt_hour = "0.1"\n'
    '[[tariff.tiers]]\nover_kilowatt_hours = "100"\nprice_per_kilowatt_hour = "0.3"\n'
)


def test_blocks_of_consumption_are_priced_for_the_power_that_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "tiers.toml").write_text(TIERS)
    small = ("--hashrate", "sha256d=100T", "--config", str(tmp_path / "tiers.toml"), *SHORT)
    answer = told(written(tmp_path), *small, "--watts", "100")  # 74 kWh a month at most: it stays in the first block
    held = next(run for run in answer["runs"] if run["name"] == "hold BTC")

    assert amount(answer["price_per_kilowatt_hour"]) == 0.1
    assert math.isclose(amount(held["profit_per_day"]), bitcoin_per_day() - 2.4 * 0.1, rel_tol=1e-9)
    large = told(written(tmp_path), *small, "--watts", "100000")
    assert amount(large["price_per_kilowatt_hour"]) > 0.29


def test_a_charge_for_the_peak_is_owed_on_days_that_are_mined_and_on_no_other(tmp_path: Path) -> None:
    (tmp_path / "charged.toml").write_text('[site]\ndemand_charge_per_kilowatt_per_month = "30"\n')
    charged = ("--config", str(tmp_path / "charged.toml"))
    plain, dear = (told(written(tmp_path), *PRICED, *more, *SHORT) for more in ((), charged))
    runs, owed = ({run["name"]: amount(run["profit_per_day"]) for run in each["runs"]} for each in (plain, dear))
    a_day = runs["hold BTC"] - owed["hold BTC"]

    assert 30 / 31.001 < a_day < 30 / 27.999, "a kilowatt; of two months where the day lies in both"
    idle = told(written(tmp_path), *RIG, "--kwh-price", "9", *charged, "--idle-watts", "0", *SHORT)
    assert amount({run["name"]: run for run in idle["runs"]}["hindsight"]["profit_per_day"]) == 0


def test_the_configuration_says_the_hysteresis_and_the_command_line_over_it(tmp_path: Path) -> None:
    (tmp_path / "calm.toml").write_text("[profit]\nhysteresis_ratio = 0.9\n")
    calm = ("--config", str(tmp_path / "calm.toml"))
    usual, held, said = (
        told(written(tmp_path), *PRICED, *SHORT, *more) for more in ((), calm, (*calm, "--hysteresis", "5%"))
    )

    assert (usual["hysteresis_ratio"], held["hysteresis_ratio"], said["hysteresis_ratio"]) == (0.05, 0.9, 0.05)
    switches = [sum(run["switches"] for run in each["runs"] if run["name"] == "by mean") for each in (usual, held)]
    assert switches[0] > switches[1]
    assert said["runs"] == usual["runs"]
