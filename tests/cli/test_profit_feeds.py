"""Feeds that are configured, and the commands beside ``profit``, as users type them."""

import csv
import io
import math
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pytest_httpserver import HTTPServer

from tests.cli.profit_asked import CAPTURES, FRESH, PRICE, RIG, answered, run, written
from tests.ordinary_user import told

pytestmark = pytest.mark.usefixtures("no_configuration")

# Feeds that are configured


@pytest.fixture
def whattomine(httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    raw = (CAPTURES / "feeds" / "whattomine" / "coins__gpu-and-asic__joined" / "answer.raw").read_bytes()
    httpserver.expect_request("/coins.json").respond_with_data(raw, content_type="application/json")
    text = (
        f'[agent]\nstate_directory = "{tmp_path / "state"}"\n[profit]\ncurrency = "USD"\n[[feeds]]\nfeed = "whattomine"\n'
        f'base_url = "{httpserver.url_for("").rstrip("/")}"\nparameters = {{ paths = "coins.json" }}\n'
    )
    monkeypatch.setenv("MINER_AGENT_CONFIG", written(tmp_path, "config.toml", text))
    return httpserver


def test_a_configured_feed_is_asked_once_an_interval(whattomine: HTTPServer) -> None:
    first = run("profit", *RIG, *PRICE, "--json")
    run("profit", *RIG, *PRICE, "--json")

    assert "whattomine" in first.stdout + first.stderr
    assert len(whattomine.log) == 1


def test_a_feed_that_gives_nothing_is_named(whattomine: HTTPServer) -> None:
    whattomine.clear()
    whattomine.expect_request("/coins.json").respond_with_data("<html>moved</html>")
    result = run("profit", *RIG, *PRICE)

    assert result.exit_code == 69
    assert "whattomine" in result.stderr


@pytest.mark.thorough
def test_a_user_who_may_not_keep_answers_asks_nobody(whattomine: HTTPServer, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o500)
    done = told("profit", *RIG, *PRICE)

    assert done.returncode == 77
    assert "this user may not keep answers of feeds there" in done.stderr
    assert whattomine.log == []


# Other commands


def test_a_coin_and_a_device_are_found_by_a_part_of_their_names() -> None:
    coins, devices = answered("coins", "raven"), answered("hardware", "3080", "--kind", "gpu", "--algorithm", "KAWPOW")

    assert [coin["ticker"] for coin in coins] == ["RVN"]
    assert {device["slug"] for device in devices} == {*("rtx3080", "rtx3080-12gb", "rtx3080-laptop", "rtx3080ti")}
    assert "RVN" in run("coins", "kawpow").stdout
    assert run("coins", "no such coin").stdout == ""
    assert "XMR" in run("coins", "RX/0").stdout
    assert [coin["ticker"] for coin in answered("coins", "RVN")] == ["RVN"]
    wrong = run("hardware", "--algorithm", "kawpov")
    assert wrong.exit_code == 2
    assert 'did you mean "kawpow"?' in wrong.stderr


def test_what_if_prints_every_form(tmp_path: Path) -> None:
    sweep = ("what-if", *RIG, *PRICE, "--coin", "RVN", "--sweep", "kwh_price=0.01:0.09:0.02")
    rows = list(csv.DictReader(io.StringIO(run(*sweep, "--csv").stdout)))
    both = (*sweep, "--sweep", "coin_price=0.001:0.01:0.003")
    drawn = {}
    for name, arguments in (("row", sweep), ("map", both), ("tornado", sweep[:-2])):
        path = tmp_path / f"{name}.svg"
        assert run(*arguments, "--svg", str(path)).exit_code == 0
        drawn[name] = ET.fromstring(path.read_text())

    assert [row["kwh_price"] for row in rows] == ["0.01", "0.03", "0.05", "0.07", "0.09"]
    assert len({element.tag for element in drawn["map"].iter()}) > 3
    cells = answered(*both)["profit_per_day"]
    assert [len(row) for row in cells] == [5, 5, 5, 5]
    weights = answered(*sweep[:-2], "--set", "uptime=0.5")
    assert float(weights["then"]["revenue_per_day"]["amount"]) < float(weights["today"]["revenue_per_day"]["amount"])
    assert weights["weights"][0]["key"]
    meets = run(*sweep).stdout.splitlines()[-1]
    assert meets == "gain and loss meet between kwh_price = 0.03 and 0.05"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--set", "kwhprice=1"), "'kwhprice' is no input"),
        (("--set", "uptime=2"), "'2' is no share from 0 to 1; write 2% or 0.02"),
        (("--sweep", "kwh_price=1"), "is no row of values"),
        (("--sweep", "kwh_price=1:2:1", "--sweep", "kwh_price=1:2:1"), "two sweeps are of two inputs"),
        (("--sweep", "kwh_price=0:1:0.002", "--sweep", "coin_price=1:900:1"), "two sweeps are of two inputs"),
        (("--sweep", "power=1:2:1", "--sweep", "uptime=0:1:1", "--sweep", "stale=0:1:1"), "not more"),
        (("--coin", "RVN", "--coin", "ETC"), "what-if looks at one coin"),
        (("--coin", "PRL", "--set", "difficulty=5"), "set difficulty_ratio"),
    ],
)
def test_what_if_refuses_what_it_cannot_answer(arguments: tuple[str, ...], sentence: str) -> None:
    result = run("what-if", *RIG, *PRICE, *arguments)

    assert result.exit_code == 2
    assert sentence in result.stderr


def test_mine_or_buy_adds_up(tmp_path: Path) -> None:
    plan = (*RIG, *PRICE, "--investment", "3000", "--months", "30", "--difficulty-growth", "3%", "--resale", "400")
    document = answered("mine-or-buy", *plan, "--stake-low", "2%", "--stake-high", "5%")
    rows = list(csv.DictReader(io.StringIO(run("mine-or-buy", *plan, "--csv").stdout)))

    flows = [float(month["cash_flow"]["amount"]) for month in document["months"]]
    assert math.isclose(float(document["months"][-1]["cumulative"]["amount"]), sum(flows) - 3000, rel_tol=1e-9)
    assert math.isclose(float(document["net_present_value"]["amount"]), sum(flows) - 3000 + 400, rel_tol=1e-9)
    assert document["payback_months"] == next(n for n in range(31) if sum(flows[:n]) >= 3000)
    worths = {name: float(found["worth"]["amount"]) for name, found in document["in_the_end"].items()}
    assert worths["stake_at_best"] > worths["stake_least"] > worths["buy"]
    assert document["best"] == max(("mine", "buy"), key=worths.__getitem__) or document["best"] == "stake"
    assert len(rows) == 30
    path = tmp_path / "flow.svg"
    assert run("mine-or-buy", *plan, "--svg", str(path)).exit_code == 0
    assert ET.fromstring(path.read_text()).tag.endswith("svg")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--investment", "-5"), "'-5' is below zero; write 0 or more"),
        (("--investment", "5", "--price-growth", "-100%"), "is no growth above -100 %"),
        (("--investment", "5", "--difficulty-growth", "x"), "'x' is not a number"),
        (("--investment", "5", "--months", "500"), "500 is not in the range"),
        ((), "Missing option '--investment'"),
    ],
)
def test_mine_or_buy_refuses_what_cannot_be(arguments: tuple[str, ...], sentence: str) -> None:
    result = run("mine-or-buy", *RIG, *PRICE, *arguments)

    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_promise_above_what_the_network_pays_is_told() -> None:
    contract = (
        "cloud",
        "--coin",
        "BTC",
        "--hashrate",
        "100T",
        "--price",
        "1200",
        "--days",
        "360",
        "--fee-per-day",
        "3.5",
    )
    loud, quiet = run(*contract, "--promised-per-day", "12").stdout, run(*contract, "--promised-per-day", "2").stdout
    document = answered(*contract, "--promised-per-day", "12", "--ends-after", "10", "--difficulty-growth", "5%")

    assert "WARNING: 2.97 times what the network pays" in loud
    assert "WARNING" not in quiet
    assert document["ended_by_clause"] is True
    assert document["ended_on_day"] < 360
    pay = float(document["network_pay_per_day"]["amount"])
    assert math.isclose(document["promise_over_pay"], 12 / pay, rel_tol=1e-9)
    hashes, difficulty = 100e12, 132716002350730
    assert math.isclose(pay, hashes * 86400 * 3.125 / (difficulty * 2**32) * 85218, rel_tol=1e-3)


def test_rented_hashrate_gains_where_the_network_pays_more() -> None:
    order = ("cloud", "--coin", "LTC", "--hashrate", "9.5G", "--days", "2", "--market-fee", "3%")
    document = answered(*order, "--rent-per-day", "4.5")
    even = float(document["break_even_price_per_day"]["amount"])

    assert float(document["edge"]["amount"]) > 0
    assert abs(float(answered(*order, "--rent-per-day", f"{even:.12f}")["edge"]["amount"])) < 1e-9
    for wrong in (("--price", "5", "--rent-per-day", "4"), ()):
        assert run(*order, *wrong).exit_code == 2


def test_a_copied_answer_that_tells_no_time_is_no_fresh_one(tmp_path: Path) -> None:
    """The file is of this moment; what is in it may be of any."""
    raw = (CAPTURES / "feeds" / "hashrate_no" / "coins__v2__traps" / "answer.raw").read_text()
    copied = written(tmp_path, "x.json", raw)
    document = answered("profit", *RIG, *PRICE, "--market", copied)

    (market,) = document["market"]
    assert (market["age_seconds"], market["newest_taken_at"]) == (None, None)
    assert document["ranking"]
    for row in document["ranking"]:
        assert row["confidence"] == "low"
        assert any("does not say of when it is" in reason for reason in row["reasons"])
    assert "its age is not known" in run("profit", *RIG, *PRICE, "--market", copied).stdout


def test_a_copied_answer_whose_currency_is_not_told_is_refused(tmp_path: Path) -> None:
    raw = (CAPTURES / "feeds" / "coingecko" / "markets__usd__list" / "answer.raw").read_text()
    result = run("profit", *RIG, *PRICE, "--market", written(tmp_path, "x.json", raw))

    assert result.exit_code == 69
    assert "does not say which currency its prices are in" in result.stderr


def test_words_for_algorithms_of_one_s_own_tables_hold_for_a_market_s_answer(tmp_path: Path) -> None:
    own = written(tmp_path, "own.toml", '[algorithms]\nkawpow = ["Ravens Own"]\n')
    head = "coin,algorithm,taken_at,coins_per_hash_per_second_per_day,price,currency"
    market = written(tmp_path, "market.csv", f"{head}\nRVN,Ravens Own,{FRESH},1e-6,1,USD\n")
    asked = ("profit", *RIG, *PRICE, "--market", market)

    assert answered(*asked, "--catalog", own)["ranking"][0]["algorithm"] == "kawpow"
    assert "is it another coin of that ticker" in run(*asked).stderr
