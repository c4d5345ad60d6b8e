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
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from pytest_httpserver import HTTPServer

from miner_agent.cli import cli
from miner_agent.errors import AgentError
from tests.fakes import FakeMiner
from tests.ordinary_user import told

CAPTURES = Path(__file__).parents[1] / "captures"
RIG = ("--hardware", "6x rtx3080")
PRICE = ("--kwh-price", "0.1626")
FRESH = f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(autouse=True)
def _no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[agent]\nstate_directory = "{tmp_path / "state"}"\n[collectors.nvml]\nenabled = false\n')
    monkeypatch.setenv("MINER_AGENT_CONFIG", str(config))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, list(arguments))
    if isinstance(result.exception, AgentError):  # `main` makes a sentence of it
        result.exit_code = result.exception.exit_code
        result.stderr_bytes = (result.stderr_bytes or b"") + f"miner-agent: {result.exception}\n".encode()
    elif result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def answered(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def written(tmp_path: Path, name: str, text: str) -> str:
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


# What a newcomer asks

LINE = re.compile(r"^  (\w+) +(-?[\d.e+-]+) (\S+) +(= )?(.+)$")


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
    assert answered("profit", *RIG, *PRICE, "--currency", "usd", "--psu", "gold:3000")["notes"] == []


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


# Currencies

ECB = str(CAPTURES / "feeds" / "ecb" / "daily__friday__all" / "answer.raw")


def test_another_currency_needs_a_dated_rate() -> None:
    refused = run("profit", *RIG, *PRICE, "--currency", "EUR")
    euros = answered("profit", *RIG, *PRICE, "--currency", "EUR", "--rates", ECB, "--explain")
    dollars = answered("profit", *RIG, *PRICE, "--currency", "USD")

    assert refused.exit_code == 69
    assert "give --rates FILE, or ask for --currency USD" in refused.stderr
    rate = next(line for line in euros["ranking"][0]["sum"] if line["name"] == "rate_EUR_in_USD")
    assert rate["source"] == "ecb"
    assert rate["taken_at"].startswith("2026-10-30")
    for one, other in zip(euros["ranking"], dollars["ranking"], strict=True):
        assert one["coin"] == other["coin"]
        ratio = float(one["revenue_per_day"]["amount"]) / float(other["revenue_per_day"]["amount"])
        assert math.isclose(ratio, 1 / float(rate["value"]["amount"]), rel_tol=1e-9)


def test_a_tariff_says_its_own_currency(tmp_path: Path) -> None:
    slots = written(tmp_path, "slots.csv", slots_of("EUR"))

    assert answered("profit", *RIG, "--tariff", slots, "--rates", ECB)["currency"] == "EUR"
    result = run("profit", *RIG, "--tariff", slots, "--currency", "USD")
    assert result.exit_code == 2
    assert "the price of energy is in EUR; ask for that" in result.stderr


# Markets from files

HEAD = "coin,difficulty,block_reward_coins,network_hashes_per_second,block_time_seconds,price,currency,taken_at\n"
GOOD = f"ETC,2e15,1.64,1.4e14,14.3,8.8,USD,{FRESH}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<html><body>Just a moment...</body></html>", "expected data, not a page of HTML"),
        ('{"error":"Monthly usage exceeded"}', "'Monthly usage exceeded'; expected data, not an error"),
        ('{"title":"Gone","detail":"Try later"}', "saved answer"),
        ("", "saved answer"),
        ("\x00\x01\x02", "saved answer"),
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
        (f"RVN,9e4,2500,,,0.02,EUR,{FRESH}", "RVN: prices are in EUR; no rates lead from EUR to USD"),
    ],
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
    assert "Not ranked: RVN: file's network rate gives" in result.stdout


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
    assert revenue == pytest.approx(told, rel=1e-6)


def test_an_answer_ofwhattomine_is_recognised(tmp_path: Path) -> None:
    answer = CAPTURES / "feeds" / "whattomine" / "coins__gpu-and-asic__joined" / "answer.raw"
    (tmp_path / "saved.json").write_bytes(answer.read_bytes())
    document = answered("profit", *RIG, *PRICE, "--market", str(tmp_path / "saved.json"))

    assert {age["source"] for age in document["market"]} == {"whattomine"}
    assert document["ranking"] or document["refused"]


# What cannot be understood


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--hardware", "6x rtx3081", *PRICE), 2, "'rtx3081' is not in the table of hardware; did you mean \"rtx3080\"?"),
        (("--hardware", "0x rtx3080", *PRICE), 2, "0 devices are not possible"),
        ((*RIG,), 2, "what does a kilowatt-hour cost? Give --kwh-price 0.1626"),
        ((*RIG, "--kwh-price", "0,1626"), 2, "'0,1626' is not a number, such as 0.1626"),
        ((*RIG, "--kwh-price", "nan"), 2, "'nan' is not a number"),
        ((*RIG, "--kwh-price", "9" * 50), 2, "is not a number"),
        ((*RIG, *PRICE, "--coin", "RVV"), 2, "'RVV' is not known; did you mean RVN?"),
        ((*RIG, *PRICE, "--coin", "?!"), 2, "miner-agent coins lists them all"),
        ((*RIG, *PRICE, "--pool-fee", "2"), 2, "'2' is no share from 0 to 1; write 0.02 or 2%"),
        ((*RIG, *PRICE, "--psu", "wood"), 2, "'wood' is no power supply"),
        ((*RIG, *PRICE, "--psu", "gold:0"), 2, "'gold:0' is no power supply"),
        ((*RIG, *PRICE, "--psu", "white", "--psu-line", "230v-redundant"), 2, "'white' is no 80 PLUS class at 230v-redundant"),
        ((*RIG, *PRICE, "--currency", "€"), 2, "is not a currency"),
        ((*RIG, *PRICE, "--hashrate", "kawpaw=5M"), 2, "names no algorithm; did you mean kawpow?"),
        ((*RIG, *PRICE, "--hashrate", "kawpow=5Q"), 2, "'5Q' is no hashrate"),
        ((*RIG, *PRICE, "--watts", "-1"), 2, "'-1' is no power in watts"),
        ((*RIG, *PRICE, "--csv", "--json"), 2, "two forms of one answer"),
        ((*RIG, "--tariff", "x.csv", "--vat", "19"), 2, "'19' is no tax; 0.19 is 19 %"),
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


# Tariffs


def slots_of(currency: str, *, hole: bool = False, overlap: bool = False) -> str:
    """Two days of hours from this midnight on."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    rows = []
    for hour in range(72):
        start, end = midnight + timedelta(hours=hour), midnight + timedelta(hours=hour + 1)
        if hole and hour == 3:
            continue
        if overlap and hour == 3:
            start -= timedelta(minutes=30)
        rows.append(f"{start:%Y-%m-%dT%H:%M:%SZ},{end:%Y-%m-%dT%H:%M:%SZ},0.20,{currency}")
    return "\n".join(["start,end,price,currency", *rows]) + "\n"


@pytest.mark.parametrize("fault", ["hole", "overlap"])
def test_a_tariff_with_a_hole_or_an_overlap_names_the_slot_and_the_ranking_stands(tmp_path: Path, fault: str) -> None:
    slots = written(tmp_path, "slots.csv", slots_of("USD", **{fault: True}))
    document = answered("profit", *RIG, "--tariff", slots)

    assert document["ranking"]
    (note,) = [note for note in document["notes"] if note.startswith("slots.csv: ")][:1]
    assert re.search(r"(no price from|overlap).*|the slots from", note)
    assert "02:" in note or "03:" in note


def test_a_tariff_of_less_than_a_day_is_refused(tmp_path: Path) -> None:
    short = "\n".join(slots_of("USD").splitlines()[:13]) + "\n"
    result = run("profit", *RIG, "--tariff", written(tmp_path, "short.csv", short))

    assert result.exit_code == 69
    assert "short.csv: it knows no 24 hours on end" in result.stderr


def test_fees_and_tax_come_on_top_of_slots(tmp_path: Path) -> None:
    slots = written(tmp_path, "slots.csv", slots_of("USD"))
    bare = answered("profit", *RIG, "--tariff", slots)["ranking"][0]
    whole = answered("profit", *RIG, "--tariff", slots, "--grid-fee", "0.10", "--vat", "0.20")["ranking"][0]

    cost, dearer = (float(row["energy_cost_per_day"]["amount"]) for row in (bare, whole))
    assert math.isclose(dearer, cost * 1.2 * 0.30 / 0.20)


BANDS = """[tariff]
kind = "time-of-use"
currency = "EUR"
zone = "Europe/Berlin"
[[tariff.bands]]
name = "night"
price_per_kilowatt_hour = "0.10"
start = "22:00"
end = "06:00"
[[tariff.bands]]
name = "day"
price_per_kilowatt_hour = "0.30"
start = "06:00"
end = "22:00"
"""


def test_slots_of_a_day_with_25_hours(tmp_path: Path) -> None:
    bands = written(tmp_path, "tariff.toml", BANDS)
    arguments = ("tariff", "show", "--tariff", bands, "--day", "2026-10-25", "--zone", "Europe/Berlin")
    document = answered(*arguments)
    rows = list(csv.DictReader(io.StringIO(run(*arguments, "--csv").stdout)))

    slots = [(datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])) for slot in document["slots"]]
    assert sum((end - start for start, end in slots), timedelta()) == timedelta(hours=25)
    assert slots[0][0] == datetime(2026, 10, 24, 22, tzinfo=UTC)
    mean = float(document["mean_price_per_kilowatt_hour"]["amount"])
    assert math.isclose(mean, (9 * 0.10 + 16 * 0.30) / 25)
    assert rows[0]["start"] == "2026-10-25T00:00:00+02:00"
    assert rows[-1]["end"] == "2026-10-26T00:00:00+01:00"


def test_the_tariff_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_AGENT_CONFIG", written(tmp_path, "config.toml", BANDS))
    lines = run("tariff", "show", "--day", "2026-11-02").stdout.splitlines()

    assert lines[0] == "[tariff]: EUR per kWh, times of Europe/Berlin"
    assert lines[1].startswith("2026-11-02 00:00+0100 to 2026-11-02 06:00+0100")
    assert lines[-1] == "mean 0.2333, lowest 0.10, highest 0.30"
    result = answered("profit", *RIG, "--rates", ECB, "--explain", "--coin", "RVN")
    names = {line["name"] for line in result["ranking"][0]["sum"]}
    assert {"hours_1", "price_1", "hours_2", "price_2"} <= names


def test_blocks_are_shown_as_blocks(tmp_path: Path) -> None:
    text = '[tariff]\nkind = "tiers"\ncurrency = "USD"\n[[tariff.tiers]]\nover_kilowatt_hours = "0"\nprice_per_kilowatt_hour = "0.2"\n'
    tiers = written(tmp_path, "tiers.toml", text)

    assert "above 0 kWh     0.20000" in run("tariff", "show", "--tariff", tiers).stdout
    assert answered("tariff", "show", "--tariff", tiers)["tiers"][0]["over_kilowatt_hours"] == "0"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--day", "tomorrow"), 2, "'tomorrow' is no day, such as 2026-11-21"),
        (("--day", "9999-12-31", "--days", "9"), 2, "'9999-12-31' is no day"),
        (("--zone", "Mars/Olympus"), 2, "is no time zone"),
        (("--tariff", "slots.csv", "--day", "2020-01-01"), 69, "ask for --day within that"),
    ],
)
def test_a_day_that_cannot_be_shown_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    written(tmp_path, "slots.csv", slots_of("USD"))
    price = () if "--tariff" in arguments else PRICE
    result = run("tariff", "show", *price, *arguments)

    assert result.exit_code == code
    assert sentence in result.stderr


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
    assert {device["slug"] for device in devices} == {"rtx3080", "rtx3080ti"}
    assert "RVN" in run("coins", "kawpow").stdout
    assert run("coins", "no such coin").stdout == ""
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
        (("--set", "uptime=2"), "uptime = 2 is not possible; expected 0 to 1"),
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
        (("--investment", "-5"), "an investment of -5 USD is negative"),
        (("--investment", "5", "--price-growth", "-100%"), "is no growth above -1"),
        (("--investment", "5", "--difficulty-growth", "x"), "is no growth above -1"),
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
    row = next(row for row in json.loads(done.stdout)["ranking"] if row["algorithm"] == "etchash")
    assert row["hashes_per_second"] == 86_100_000
    assert row["power_watts"] == 260
    assert row["sum"][0]["source"].startswith("measured: ")
    assert "ETC: cards on etchash: no power is known; say the watts at the wall" in blind.stderr
    assert "etchash" not in {row["algorithm"] for row in json.loads(blind.stdout)["ranking"]}


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
    shown = [line.split() for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    printed = agent("profit", *RIG, *PRICE).stdout + agent("profit", *RIG, *PRICE, "--coin", "RVN", "--explain").stdout
    lines = [line.split() for line in printed.splitlines()]

    for cells in shown:
        assert any(line[: len(cells)] == cells or " ".join(line).startswith(" ".join(cells)) for line in lines), cells


@pytest.mark.e2e
def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['miner-agent', 'stress', '--help']\nfrom miner_agent.cli import main\n"
        "try:\n main()\nexcept SystemExit:\n pass\n"
        "heavy = {'sqlalchemy', 'requests', 'numpy', 'psutil', 'rich', 'msgspec', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"
