"""The commands of profit as their users type them: answers that can be checked, sentences, exit codes."""

import csv
import io
import json
import math
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.profit_asked import CAPTURES, ECB, FRESH, PRICE, RIG, answered, run, written
from tests.fake_http import FakeMiner
from tests.for_each import for_each

pytestmark = pytest.mark.usefixtures("no_configuration")

# What a newcomer asks

LINE = re.compile(r"^  (\w+) +(-?[\d.e+-]+) +(\S+) +(= )?(.+)$")


def by_hand(text: str) -> dict[str, float]:
    """Every line of a printed sum, computed again from what is printed above it."""
    values: dict[str, float] = {}
    for line in text.splitlines():
        found = LINE.match(line)
        if found is None:
            continue
        name, told, _, equals, tail = found.groups()
        value = float(told)
        if equals:
            computed = eval(tail, {"__builtins__": {}}, values)
            assert math.isclose(computed, value, rel_tol=1e-9, abs_tol=1e-12), line
            value = computed
        values[name] = value
    return values


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("--coin", "RVN", "--psu", "platinum:2400", "--host-watts", "75", "--uptime", "97%"),
        ("--coin", "ETC", "--pool-fee", "2%", "--dev-fee", "0.01", "--stale", "0.015", "--exchange-fee", "0.4%"),
        ("--coin", "CFX", "--fixed-per-day", "1.25", "--watts", "1700"),
        ("--coin", "XNA", "--hashrate", "kawpow=280M"),
    ],
)
def test_the_answer_is_right_when_it_is_computed_by_hand(more: tuple[str, ...]) -> None:
    result = run("profit", *RIG, *PRICE, "--explain", *more)
    document = answered("profit", *RIG, *PRICE, *more)
    assert result.exit_code == 0, result.stderr
    values = by_hand(result.stdout)
    (best, *_) = document["ranking"]

    assert values["price_per_kilowatt_hour"] == 0.1626
    assert values["count_of_rtx3080"] == 6 or "--hashrate" in more
    for name in ("profit_per_day", "revenue_per_day", "break_even_price_per_kilowatt_hour", "break_even_coin_price"):
        assert math.isclose(values[name], float(best[name]["amount"]), rel_tol=1e-9), name
    hours = values["power_watts"] / 1000 * 24
    stops = values["break_even_price_per_kilowatt_hour"]
    assert math.isclose(values["revenue_per_day"] - hours * stops - values["fixed_cost_per_day"], 0, abs_tol=1e-9)


@pytest.mark.thorough
def test_how_old_the_market_is_stands_first_everywhere(tmp_path: Path) -> None:
    days = (datetime.now(UTC) - datetime(2026, 10, 4, tzinfo=UTC)) / timedelta(days=1)
    told = f"of 2026-10-04, {days:.0f} days old"
    drawing = tmp_path / "bars.svg"
    table = run("profit", *RIG, *PRICE, "--svg", str(drawing))
    rows = list(csv.reader(io.StringIO(run("profit", *RIG, *PRICE, "--csv").stdout)))

    assert table.stdout.splitlines()[0] == f"Market: built-in, hashrate.no API v2: {told}"
    assert list(answered("profit", *RIG, *PRICE))[:2] == ["version", "market"]
    assert rows[0][0] == "market_taken_at"
    assert rows[1][0] == "2026-10-04T00:00:00+00:00"
    assert f"Market {told}" in (ET.fromstring(drawing.read_text()).findtext("{http://www.w3.org/2000/svg}title") or "")
    for arguments in (
        ("what-if", *RIG, *PRICE),
        ("what-if", *RIG, *PRICE, "--sweep", "kwh_price=0.1:0.2:0.1"),
        ("mine-or-buy", *RIG, *PRICE, "--investment", "3000"),
        ("stress", *RIG, *PRICE, "--paths", "200"),
        ("cloud", "--coin", "BTC", "--hashrate", "1T", "--price", "10", "--days", "30"),
    ):
        assert told in run(*arguments).stdout.splitlines()[0]
        assert list(answered(*arguments))[:2] == ["version", "market"]


def test_the_answer_says_what_was_taken_for_granted() -> None:
    notes = answered("profit", *RIG, *PRICE)["notes"]

    assert any("80 PLUS Gold at full load" in note for note in notes)
    assert any("all money is taken for USD" in note for note in notes)
    assert (
        answered("profit", *RIG, *PRICE, "--currency", "usd", "--psu", "gold:3000", "--host-watts", "9")["notes"] == []
    )


def test_money_is_text_with_its_currency() -> None:
    best = answered("profit", *RIG, *PRICE)["ranking"][0]

    assert re.fullmatch(r"-?\d+(\.\d+)?", best["profit_per_day"]["amount"])
    assert best["price"]["currency"] == "USD"


def test_losses_are_marked() -> None:
    lines = run("profit", *RIG, "--kwh-price", "5").stdout.splitlines()

    assert all(" loss " in line for line in lines if line.startswith(("QUAN", "PRL", "RVN")))
    assert any("loses" in line and "breaks even" in line for line in lines)


def test_numbers_in_csv_stay_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(run("profit", *RIG, "--kwh-price", "1", "--csv").stdout)))

    assert all(float(row["profit_per_day"]) < 0 for row in rows)
    assert [row["rank"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]


def test_what_is_mined_together_is_one_row_and_explained_chain_by_chain() -> None:
    miner = ("--hardware", "antminer-l7", "--kwh-price", "0.05")
    together = answered("profit", *miner)["ranking"]
    alone = answered("profit", *miner, "--separate")["ranking"]
    text = run("profit", *miner, "--coin", "LTC", "--explain").stdout

    assert [row["chains"] for row in together] == [["LTC", "DOGE", "PEP", "DINGO"]]
    assert len(alone) == 4
    parts = text.split("the sum. A line with =")[1:]
    assert len(parts) == 5
    sums = [by_hand(part) for part in parts]
    assert math.isclose(sum(each["revenue_per_day"] for each in sums[:4]), sums[4]["revenue_per_day"], rel_tol=1e-9)


def test_another_currency_takes_a_dated_rate_of_a_file_before_one_that_is_built_in() -> None:
    euros = answered("profit", *RIG, *PRICE, "--currency", "EUR", "--rates", ECB, "--explain")
    dollars = answered("profit", *RIG, *PRICE, "--currency", "USD")

    rate = next(line for line in euros["ranking"][0]["sum"] if line["name"] == "rate_EUR_in_USD")
    assert rate["source"] == "ecb"
    assert rate["taken_at"].startswith("2026-10-30")
    in_euros, in_dollars = ({row["coin"]: row for row in each["ranking"]} for each in (euros, dollars))
    assert in_euros.keys() == in_dollars.keys()
    for coin, one in in_euros.items():  # energy costs as many euros as dollars: their order may differ
        ratio = float(one["revenue_per_day"]["amount"]) / float(in_dollars[coin]["revenue_per_day"]["amount"])
        assert math.isclose(ratio, 1 / float(rate["value"]["amount"]), rel_tol=1e-9)


def test_a_currency_without_a_rate_is_refused() -> None:
    refused = run("profit", *RIG, *PRICE, "--currency", "XDR")

    assert refused.exit_code == 69
    assert "give --rates FILE, or ask for --currency USD" in refused.stderr


# Markets from files

HEAD = "coin,difficulty,block_reward_coins,network_hashes_per_second,block_time_seconds,price,currency,taken_at\n"
GOOD = f"ETC,2e15,1.64,1.4e14,14.3,8.8,USD,{FRESH}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<html><body>Just a moment...</body></html>", "expected data, not a page of HTML"),
        ('{"error":"Monthly usage exceeded"}', "'Monthly usage exceeded'; expected data, not an error"),
        ('{"title":"Gone","detail":"Try later"}', "saved answer"),
        ("", "bad.json: it is empty; --market takes quotes of coins"),
        ("\x00\x01\x02", "bad.json: it is no text in UTF-8"),
        ("[" * 100_000, "saved answer"),
    ],
)
def test_what_is_no_answer_ends_with_a_sentence_and_spoils_no_other(tmp_path: Path, text: str, sentence: str) -> None:
    bad = written(tmp_path, "bad.json", text)
    alone = run("profit", *RIG, *PRICE, "--market", bad)
    beside = run("profit", *RIG, *PRICE, "--market", bad, "--market", written(tmp_path, "good.csv", HEAD + GOOD))

    assert alone.exit_code == 69
    assert alone.stdout == ""
    assert sentence in alone.stderr
    assert beside.exit_code == 0
    assert sentence in beside.stderr
    assert "\nETC " in beside.stdout


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (f'RVN,"1,629,067",2500,7e12,60,0.02,USD,{FRESH}', "RVN: file line 3.difficulty is '1,629,067'; expected a number without"),
        (f"RVN,0,2500,,,0.02,USD,{FRESH}", "RVN: file line 3.difficulty is '0'; expected a number above zero"),
        (f"RVN,-5,2500,,,0.02,USD,{FRESH}", "RVN: file line 3.difficulty is '-5'"),
        (f"RVN,,2500,7e12,60,0,USD,{FRESH}", "RVN: its price is 0; a price is above zero"),
        (f"RVN,,,,,0.02,USD,{FRESH}", "RVN: nothing to estimate from"),
        (f"RVN,9e4,2500,,,0.02,USD,{FRESH}\nRVN,9e4,2500,,,0.02,USD,{FRESH}", "RVN: it is 2 times in the answer"),
        (f"RVN,9e4,2500,,,0.02,XDR,{FRESH}", "RVN: prices are in XDR; no rates lead from XDR to USD"),
    ],
    ids=lambda told: told.replace(FRESH, "now"),  # every worker collects them under one name
)  # fmt: skip
def test_bad_data_costs_its_own_coin(tmp_path: Path, row: str, sentence: str) -> None:
    result = run("profit", *RIG, *PRICE, "--market", written(tmp_path, "market.csv", f"{HEAD}{GOOD}{row}\n"))

    assert result.exit_code == 0
    assert f"left out: {sentence}" in result.stderr
    assert "\nETC " in result.stdout
    assert "\nRVN " not in result.stdout


def test_a_coin_whose_two_estimates_differ_is_named_and_not_ranked(tmp_path: Path) -> None:
    wrong = f"RVN,9e4,2500,7e15,60,0.02,USD,{FRESH}\n"
    market = written(tmp_path, "market.csv", HEAD + GOOD + wrong)
    result, document = (
        run("profit", *RIG, *PRICE, "--market", market),
        answered("profit", *RIG, *PRICE, "--market", market),
    )

    assert [row["coin"] for row in document["ranking"]] == ["ETC"]
    assert [row["coin"] for row in document["refused"]] == ["RVN"]
    assert "Not ranked: RVN: file's network rate is 1,087 times off file's difficulty" in result.stdout


def test_an_old_market_is_judged_by_the_rules_of_its_time(tmp_path: Path, captured: Path) -> None:
    """Kaspa made a block a second in 2024, and ten a second since 2025."""
    rows = json.loads((captured / "market" / "snapshots" / "minerstat_2024-02-16.json").read_text())["rows"]
    (kaspa,) = (row for row in rows if row["coin"] == "KAS")
    market = written(tmp_path, "market.json", json.dumps([kaspa]))
    answer = answered("profit", "--hardware", "antminer-ks3", "--kwh-price", "0.05", "--market", market)

    (coin,) = answer["ranking"]
    assert coin["coin"] == "KAS"
    revenue = float(coin["revenue_per_day"]["amount"])
    told = (
        kaspa["reward"] * 24 * coin["hashes_per_second"] * kaspa["price"] * 0.99
    )  # of the source itself, less the fee
    others = kaspa["network_hashrate"]
    assert revenue == pytest.approx(told * others / (others + coin["hashes_per_second"]), rel=1e-6)


def test_an_answer_ofwhattomine_is_recognised(tmp_path: Path) -> None:
    answer = CAPTURES / "feeds" / "whattomine" / "coins__gpu-and-asic__joined" / "answer.raw"
    (tmp_path / "saved.json").write_bytes(answer.read_bytes())
    document = answered("profit", *RIG, *PRICE, "--market", str(tmp_path / "saved.json"))

    assert {age["source"] for age in document["market"]} == {"whattomine"}
    assert document["ranking"] or document["refused"]


# What cannot be understood


@for_each(
    ("arguments", "code", "sentence"),
    [
        (("--hardware", "6x rtx3081", *PRICE), 2, "'rtx3081' is not in the table of hardware; did you mean \"rtx3080\"?"),
        (("--hardware", "0x rtx3080", *PRICE), 2, "0 devices are not possible"),
        ((*RIG,), 2, "what does a kilowatt-hour cost? Give --kwh-price 0.1626"),
        ((*RIG, "--kwh-price", "0,1626"), 2, "'0,1626' is 0.1626? Write it so, without a comma"),
        ((*RIG, "--kwh-price", "nan"), 2, "'nan' is not a number"),
        ((*RIG, "--kwh-price", "9" * 50), 2, "is not a number"),
        ((*RIG, *PRICE, "--coin", "RVV"), 2, "'RVV' is not known; did you mean \"RVN\"?"),
        ((*RIG, *PRICE, "--coin", "?!"), 2, "miner-agent coins lists them all"),
        ((*RIG, *PRICE, "--pool-fee", "2"), 2, "'2' is no share from 0 to 1; write 2% or 0.02"),
        ((*RIG, *PRICE, "--pool-fee", "1"), 2, "'1' is 100 %; write 1% or 0.01"),
        ((*RIG, *PRICE, "--dev-fee", "0.9"), 2, "'0.9' is 90 %; write 0.9% or 0.009"),
        ((*RIG, *PRICE, "--fixed-per-day", "1,200"), 2, "'1,200' is 1200 or 1.200? Write the one that is meant"),
        ((*RIG, *PRICE, "--watts", "1500V"), 2, "'1500V' is no number with its unit, such as 1500W"),
        ((*RIG, *PRICE, "--hashrate", "kawpow=1,2G"), 2, "'1,2G' has a comma; write digits with a point"),
        ((*RIG, *PRICE, "--psu", "wood"), 2, "'wood' is no power supply"),
        ((*RIG, *PRICE, "--psu", "gold:0"), 2, "'gold:0' is no power supply"),
        ((*RIG, *PRICE, "--psu", "white", "--psu-line", "230v-redundant"), 2, "'white' is no 80 PLUS class at 230v-redundant"),
        ((*RIG, *PRICE, "--currency", "€"), 2, "is not a currency"),
        ((*RIG, *PRICE, "--hashrate", "kawpaw=5M"), 2, 'names no algorithm; did you mean "kawpow"?'),
        ((*RIG, *PRICE, "--hashrate", "kawpow"), 2, "'kawpow' tells no hashrate; write kawpow=140M"),
        ((*RIG, *PRICE, "--hashrate", "etchash+blake3=1G"), 2, "tells no hashrate; write etchash=140M"),
        ((*RIG, *PRICE, "--hashrate", "kawpow= "), 2, "tells no hashrate; write kawpow=140M"),
        ((*RIG, *PRICE, "--hashrate", "kawpow=5Q"), 2, "'5Q' is no hashrate"),
        ((*RIG, *PRICE, "--hashrate", "kawpow=100"), 2, "'100' is 100 hashes a second; write 100M, 100G or 100T, or 100H/s"),
        ((*RIG, *PRICE, "--uptime", "0"), 2, "what never mines has no profit to compute; write more than 0%"),
        ((*RIG, "--kwh-price", "20%"), 2, "'20%' is a share of something; write a number, such as 0.1626"),
        ((*RIG, "--kwh-price", "1e300"), 2, "'1e300' is beyond every figure"),
        ((*RIG, "--kwh-price", "1e20"), 2, "'1e20' is beyond every amount of money"),
        ((*RIG, *PRICE, "--watts", "-1"), 2, "'-1' is no power in watts"),
        ((*RIG, *PRICE, "--csv", "--json"), 2, "two forms of one answer"),
        ((*RIG, "--tariff", "x.csv", "--vat", "19"), 2, "'19' is no share from 0 to 1; write 19% or 0.19"),
        ((*RIG, *PRICE, "--vat", "0.19"), 2, "--grid-fee and --vat come on top of the prices of --tariff"),
        ((*RIG, *PRICE, "--tariff", "x.csv"), 2, "--kwh-price and --tariff both say what energy costs"),
        ((*RIG, "--tariff", "x.csv"), 69, "x.csv: no such file or directory"),
        ((*RIG, *PRICE, "--market", "x.json"), 69, "x.json: no such file or directory"),
        ((*RIG, *PRICE, "--catalog", "x.toml"), 78, "x.toml: no such file or directory"),
        ((*RIG, *PRICE, "--svg", "no/where.svg"), 74, "no/where.svg: no such file or directory; name a file"),
        ((*RIG, *PRICE, "--psu", "gold:500", "--coin", "RVN"), 69, "nothing that 6x GeForce RTX 3080 can mine has data"),
        ((*RIG, *PRICE, "--coin", "BTC"), 69, "nothing that 6x GeForce RTX 3080 can mine has data"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_ends_with_a_sentence_and_its_code(
    arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    result = run("profit", *arguments)

    assert result.exit_code == code
    assert sentence in result.stderr


def test_own_figures_make_a_rig(tmp_path: Path) -> None:
    rows = answered("profit", "--hashrate", "etchash=500 MH/s", "--hashrate", "rx/0=20k", "--watts", "900", *PRICE)[
        "ranking"
    ]

    assert {row["algorithm"] for row in rows} == {"etchash", "randomx"}
    assert {row["power_watts"] for row in rows} == {900}
    assert next(row for row in rows if row["coin"] == "ETC")["hashes_per_second"] == 500e6
    blind = run("profit", "--hashrate", "etchash=500M", *PRICE)
    assert blind.exit_code == 69
    assert "no power is known; say the watts at the wall" in blind.stderr


def test_coins_and_hardware_of_ones_own(tmp_path: Path) -> None:
    tables = written(
        tmp_path,
        "mine.toml",
        '[[hardware]]\nslug = "my-card"\nname = "My card"\nkind = "gpu"\nvendor = "x"\nbenchmarks = [{ algorithm = '
        '"kawpow", hashes_per_second = 5e7, power_watts = 200, source = "measured", dated = 2026-11-01 }]\n',
    )
    (row, *_) = answered("profit", "--hardware", "2x my-card", *PRICE, "--catalog", tables, "--psu", "none")["ranking"]

    assert (row["hashes_per_second"], row["power_watts"]) == (1e8, 400)
    assert "my-card" in run("hardware", "my", "--catalog", tables).stdout


# As a process of its own


def agent(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "miner_agent", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.e2e
def test_this_rig_as_it_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"/summary": (CAPTURES / "trex" / "0.26__2x-gpu__dual" / "summary.raw").read_bytes()}
    with FakeMiner(answers) as miner:
        text = f'[collectors.nvml]\nenabled = false\n[[miners]]\nname = "cards"\ndriver = "trex"\naddress = "{miner.address}"\n'
        monkeypatch.setenv("MINER_AGENT_CONFIG", written(tmp_path, "config.toml", text))
        done = agent("profit", "--kwh-price", "0.05", "--watts", "260", "--json", "--explain")
        blind = agent("profit", "--kwh-price", "0.05", "--json")

    assert done.returncode == 0, done.stderr
    row = next(row for row in json.loads(done.stdout)["ranking"] if row["algorithm"] == "etchash+blake3")
    assert row["hashes_per_second"] == 86_100_000
    assert row["power_watts"] == 260
    assert row["sum"][0]["source"].startswith("measured: ")
    assert "ETC: cards on etchash: no power is known; say the watts at the wall" in blind.stderr
    assert "etchash+blake3" not in {row["algorithm"] for row in json.loads(blind.stdout)["ranking"]}


@pytest.mark.e2e
def test_nothing_that_mines_is_said_to_be_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[collectors.nvml]\nenabled = false\n[discovery]\nenabled = false\n"
    monkeypatch.setenv("MINER_AGENT_CONFIG", written(tmp_path, "config.toml", text))
    done = agent("profit", *PRICE)

    assert done.returncode == 69
    assert done.stdout == ""
    assert done.stderr.endswith('Name a rig instead, such as with --hardware "6x rtx3080"\n')


@pytest.mark.e2e
def test_a_process_prints_what_the_page_shows() -> None:
    page = (Path(__file__).parents[2] / "docs" / "profit.md").read_text()
    of_profit = r"```sh\nminer-agent profit (?:(?!```sh).)*?```text\n(.*?)```"
    shown = [line.split() for block in re.findall(of_profit, page, re.DOTALL) for line in block.splitlines()]
    assert len(shown) > 6
    printed = agent("profit", *RIG, *PRICE).stdout + agent("profit", *RIG, *PRICE, "--coin", "RVN", "--explain").stdout
    lines = [line.split() for line in printed.splitlines()]

    for cells in shown:
        assert any(line[: len(cells)] == cells or " ".join(line).startswith(" ".join(cells)) for line in lines), cells


def test_a_price_of_energy_below_zero_at_any_time_gets_a_word() -> None:
    word = "Assumed: each kilowatt-hour is paid for, not bought: it costs -0.05 USD at any time by --kwh-price"

    assert word in run("profit", *RIG, "--kwh-price", "-0.05").stdout
    assert "not bought" not in run("profit", *RIG, "--kwh-price", "0").stdout


def test_a_hashrate_without_its_unit_is_taken_where_it_cannot_be_meant_in_another() -> None:
    assert run("cloud", "--coin", "BTC", "--hashrate", "100", "--price", "9", "--days", "9").exit_code == 2
    for rate in ("100e12", "100T", "100 TH/s", "63H/s"):
        assert run("cloud", "--coin", "BTC", "--hashrate", rate, "--price", "9", "--days", "9").exit_code == 0, rate


def test_a_rig_that_neither_earns_nor_pays_is_told_so(tmp_path: Path) -> None:
    config = written(tmp_path, "own.toml", "[profit]\nuptime_ratio = 0\n[power]\nhost_watts = 0\n")
    said = run("profit", *RIG, *PRICE, "--coin", "RVN", "--config", config).stdout

    assert "RVN neither earns nor loses anything" in said


@pytest.mark.parametrize(
    ("price", "currency", "odd"),
    [
        ("16.26", "USD", True),
        ("300", "EUR", True),
        ("0.30", "EUR", False),
        ("6.50", "CZK", False),
        ("30", "JPY", False),
    ],
)
def test_a_price_that_may_be_in_cents_gets_a_word(price: str, currency: str, odd: bool) -> None:
    said = run("profit", *RIG, "--kwh-price", price, "--currency", currency).stdout
    word = f"Assumed: a kilowatt-hour costs {price} {currency} by --kwh-price; are these cents, or is it for a megawatt"

    assert (word in said) is odd
    assert said.count("cents") == odd
