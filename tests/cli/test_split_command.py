"""``miner-agent split``: shares of a rig that bring what is asked for."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.profit_asked import RIG, answered, run, written

pytestmark = pytest.mark.usefixtures("no_configuration")
SPLIT = ("split", *RIG, "--kwh-price", "0.05")


def amount(told: dict[str, str]) -> float:
    return float(Decimal(told["amount"]))


def parts(found: Any) -> float:
    return sum(amount(one["expected_per_day"]) for one in found["split"])


def test_shares_add_up_and_bring_the_floor_with_less_risk_than_the_best_alone() -> None:
    found = answered(*SPLIT)
    best = answered("profit", *RIG, "--kwh-price", "0.05")["ranking"][0]

    assert sum(one["share"] for one in found["split"]) == pytest.approx(1)
    assert len(found["split"]) > 1
    assert found["best_coin"] == best["coin"]
    assert amount(found["best_coin_alone_per_day"]["expected"]) == pytest.approx(amount(best["profit_per_day"]))
    assert amount(found["floor_per_day"]) == pytest.approx(0.9 * amount(best["profit_per_day"]))
    assert parts(found) == pytest.approx(amount(found["per_day"]["expected"]))
    assert parts(found) >= amount(found["floor_per_day"]) - 1e-6
    spans = [amount(found[name]["p95"]) - amount(found[name]["p5"]) for name in ("per_day", "best_coin_alone_per_day")]
    assert spans[0] < spans[1]


def test_a_lower_floor_strays_no_more_and_a_higher_one_than_the_best_is_refused() -> None:
    low, high = (answered(*SPLIT, "--floor", floor) for floor in ("2", "11"))
    spans = [amount(one["per_day"]["p95"]) - amount(one["per_day"]["p5"]) for one in (low, high)]
    refused = run(*SPLIT, "--floor", "999")

    assert spans[0] < spans[1]
    assert refused.exit_code == 69
    assert "no coin is expected to bring 999.00 USD a day; the best, " in refused.stderr


def test_the_worst_twentieth_is_less_bad_where_it_is_aimed_at() -> None:
    by_variance, by_tail = (answered(*SPLIT, "--floor", "6", "--aim", aim) for aim in ("variance", "cvar"))

    assert amount(by_tail["per_day"]["cvar_5"]) > amount(by_variance["per_day"]["cvar_5"])
    assert amount(by_tail["per_day"]["cvar_5"]) > amount(by_tail["best_coin_alone_per_day"]["cvar_5"])
    assert parts(by_tail) >= 6 - 1e-6
    assert "whose worst twentieth of the paths brings most" in run(*SPLIT, "--aim", "cvar").stdout


def test_the_csv_is_the_same_split() -> None:
    rows = list(csv.DictReader(io.StringIO(run(*SPLIT, "--csv").stdout)))

    assert [(row["coin"], float(row["share"])) for row in rows] == [
        ("+".join(one["chains"]), one["share"]) for one in answered(*SPLIT)["split"]
    ]


TWO = "6x rtx3080, 1x ryzen-5950x"


def test_each_part_of_a_rig_is_split_by_itself_and_the_answer_is_their_sum() -> None:
    words = ("split", "--kwh-price", "0.05", "--host-watts", "0")
    both = answered(*words, "--hardware", TWO)
    alone = [answered(*words, "--hardware", part) for part in TWO.split(", ")]

    names = [part["part"] for part in both["parts"]]
    assert len(names) == 2
    for name, one in zip(names, alone, strict=True):
        told = [(row["coin"], row["share"]) for row in both["split"] if row["part"] == name]
        assert told == [(row["coin"], pytest.approx(row["share"], abs=1e-3)) for row in one["split"]]
    assert parts(both) == pytest.approx(amount(both["per_day"]["expected"]))
    for figure in ("per_day", "best_coin_alone_per_day"):
        whole = sum(amount(one[figure]["expected"]) for one in alone)
        assert amount(both[figure]["expected"]) == pytest.approx(whole, rel=1e-6)
    least = sum(amount(one["per_day"]["p5"]) for one in alone)
    assert amount(both["per_day"]["p5"]) >= least - 1e-6  # two worst days seldom meet


def test_a_floor_of_a_rig_of_two_parts_is_of_their_sum() -> None:
    words = ("split", "--hardware", TWO, "--kwh-price", "0.05")
    free, held = answered(*words), answered(*words, "--floor", "8")

    assert parts(held) == pytest.approx(amount(held["per_day"]["expected"]))
    assert parts(held) >= 8 - 1e-6
    assert sum(amount(part["floor_per_day"]) for part in held["parts"]) == pytest.approx(8)
    assert amount(free["floor_per_day"]) == pytest.approx(0.9 * amount(free["best_coin_alone_per_day"]["expected"]))
    assert "part" in run(*words).stdout
    assert "no coin is expected to bring 999.00 USD a day; the best, " in run(*words, "--floor", "999").stderr


def test_coins_of_which_the_history_has_no_day_are_named_in_one_line(tmp_path: Path) -> None:
    history = written(tmp_path, "history.csv", run("history", "sample").stdout)
    given = ("split", *RIG, "--kwh-price", "0.01", "--history", history)
    (line,) = (line for line in run(*given).stdout.splitlines() if line.startswith("Left out: "))
    left_out = answered(*given)["left_out"]

    assert line == f"Left out: the history has no day of {', '.join(each.partition(':')[0] for each in left_out)}"
    assert "CFX: the history has no day of it" in left_out
