"""What an answer about money says in its first and its last lines: what was assumed, and how far it can be believed."""

import re
from pathlib import Path

import pytest

from tests.cli.profit_asked import FRESH, PRICE, RIG, answered, run, written

pytestmark = pytest.mark.usefixtures("no_configuration")
CONTRACT = ("cloud", "--coin", "BTC", "--hashrate", "100T", "--days", "360", "--price", "1200", "--fee-per-day", "3.5")
RENTAL = ("cloud", "--coin", "BTC", "--hashrate", "100T", "--days", "3", "--rent-per-day", "4")
VENTURE = ("mine-or-buy", *RIG, *PRICE, "--investment", "3000")


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        (CONTRACT, "Verdict: it does not bring back its price (-"),
        (RENTAL, "Verdict: the order "),
        (VENTURE, "Verdict: "),
        (("stress", *RIG, *PRICE, "--paths", "100"), "Choice by mean: "),
    ],
)
def test_the_verdict_names_its_confidence(command: tuple[str, ...], verdict: str) -> None:
    said = run(*command).stdout.splitlines()
    (line,) = (line for line in said if line.startswith(verdict))

    assert "confidence is low" in line or "Confidence of" in line
    assert "days old" in line


@pytest.mark.thorough
@pytest.mark.parametrize(
    "command",
    [
        ("profit", *RIG, *PRICE),
        ("profit", "--hardware", "6x rtx3080, 1x ryzen-5950x", *PRICE),
        ("what-if", *RIG, *PRICE),
        ("what-if", *RIG, *PRICE, "--sweep", "kwh_price=0.1:0.2:0.1"),
        ("stress", *RIG, *PRICE, "--paths", "0"),
        ("stress", *RIG, *PRICE, "--paths", "100"),
        ("outlook", "RVN", *RIG, *PRICE),
        ("hours", *RIG, *PRICE),
        CONTRACT,
        RENTAL,
        VENTURE,
    ],
    ids=" ".join,
)
def test_how_far_an_answer_can_be_trusted_stands_in_its_first_lines(command: tuple[str, ...]) -> None:
    head = run(*command).stdout.splitlines()[:9]

    told = r"Confidence of [A-Z+0-9-]+: (low|medium|high) \([^;]+ days old(; .+)?\)"
    assert any(re.fullmatch(told, line) for line in head)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("sample") / "history.csv"
    file.write_text(run("history", "sample").stdout)
    return str(file)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "command",
    [
        ("profit", *RIG, *PRICE),
        ("what-if", *RIG, *PRICE),
        ("stress", *RIG, *PRICE, "--paths", "0"),
        ("hours", *RIG, *PRICE),
        ("outlook", "RVN", *RIG, *PRICE, "--history", "SAMPLE"),
        ("split", *RIG, "--kwh-price", "0.01", "--history", "SAMPLE"),
        VENTURE,
    ],
    ids=lambda command: command[0],
)
def test_the_first_lines_say_what_was_assumed(command: tuple[str, ...], sample: str) -> None:
    head = run(*(sample if word == "SAMPLE" else word for word in command)).stdout.splitlines()[:9]

    assert head[0].startswith("Market: ")
    assert "; fees: pool 1 %, program taken for 1 %, stale 0 %, sale 0 %; mining 100 % of the day" in head[1]
    assert head[2].startswith("Figures: for 18 of the market's 23 algorithms: ")
    assert any(line.startswith("Assumed: power at the wall is computed") for line in head)
    assert any(line.startswith("Assumed: all money is taken for USD") for line in head)


def test_what_programs_are_taken_to_keep_is_told_of_each_part() -> None:
    rig = ("--hardware", "1x rtx3080, 1x antminer-s21", *PRICE, "--coin", "BTC")

    assert "program taken for 1 % of 1x GeForce RTX 3080 and 0 % of 1x Antminer S21," in run("profit", *rig).stdout
    assert "program 3 %," in run("profit", *rig, "--dev-fee", "3%").stdout


def test_what_is_wrong_beside_the_age_of_figures_is_told_too() -> None:
    """A rig that is a large part of a network is that on the freshest market as well."""
    told = run("profit", "--hardware", "100x antminer-s21", *PRICE, "--coin", "XEC").stdout
    (line,) = (line for line in told.splitlines() if line.startswith("Confidence of XEC: low ("))

    assert re.search(r" days old; XEC: the rig has \d\d\.\d % of the hashrate of the whole network; ", line)


@pytest.mark.parametrize("command", [CONTRACT, VENTURE])
def test_growth_that_nobody_said_is_told_as_an_assumption(command: tuple[str, ...]) -> None:
    silent, told = run(*command).stdout, run(*command, "--difficulty-growth", "2%").stdout

    assert "Assumed: price +0 %, difficulty +0 % a month: nobody said how they go on" in silent
    assert "Assumed: price +0 %, difficulty +2 % a month\n" in told


def test_a_venture_is_tried_with_a_difficulty_that_grows() -> None:
    mined = ("mine-or-buy", *RIG, "--kwh-price", "0.05", "--coin", "RVN", "--investment", "10", "--months", "240")
    assert "with difficulty up 3 % a month" in run(*mined).stdout
    assert "with difficulty up" not in run(*mined, "--difficulty-growth", "0").stdout


def test_a_lead_on_every_path_is_none_where_the_figures_are_low() -> None:
    command = ("stress", *RIG, *PRICE, "--paths", "100", "--coin", "QUAN", "--coin", "KAS")
    chosen = answered(*command)["paths"]

    assert max(found["probability_best"] for found in chosen["coins"]) == 1
    assert chosen["choice"]["clear_winner"] is False
    assert "no clear winner: best on 100 % of the paths, but its confidence is low" in run(*command).stdout


def test_coins_of_an_old_market_are_told_apart() -> None:
    ranking = answered("profit", *RIG, *PRICE)["ranking"]

    assert {row["confidence"] for row in ranking} == {"low"}
    assert {row["confidence_of_its_day"] for row in ranking} == {"high", "medium", "low"}
    assert "low, was high" in run("profit", *RIG, *PRICE).stdout


def test_a_contract_is_told_in_the_currency_of_the_configuration(tmp_path_factory: pytest.TempPathFactory) -> None:
    config = tmp_path_factory.mktemp("money") / "config.toml"
    config.write_text('[profit]\ncurrency = "EUR"\n')

    assert answered(*CONTRACT, "--config", str(config))["net_revenue"]["currency"] == "EUR"
    assert answered(*CONTRACT)["notes"][0].startswith("all money is taken for USD")


def test_a_return_beyond_sense_is_said_in_words() -> None:
    said = run("mine-or-buy", "--hardware", "1x rtx3080", *PRICE, "--investment", "0.001", "--months", "1").stdout

    assert "payback: 1 month; if nothing changed: less than a day" in said
    assert "rate of return more than 1,000 times a year" in said
    assert "paid over 1 month leave in the end" in said


@pytest.mark.parametrize("command", [("profit",), ("stress", "--paths", "0"), ("hours",)])
def test_zeros_of_a_computation_are_in_no_answer_for_programs(command: tuple[str, ...]) -> None:
    for form in ("--csv", "--json"):
        told = run(*command, "--hardware", "1x rtx3080", *PRICE, form).stdout

        assert not re.search(r"\d\.\d{9}\d*0[^\d]", told)
        assert not re.search(r'[",]0\.0+[",]', told)


def test_the_fixed_cost_that_a_profit_is_after_stands_beside_it() -> None:
    fixed = ("--fixed-per-day", "7.77")
    ranked = run("profit", *RIG, *PRICE, "--coin", "RVN", *fixed).stdout
    bought = run(*VENTURE, "--coin", "RVN", "--never-idle", "--months", "12", *fixed).stdout

    assert re.search(r"energy +fixed +profit", ranked)
    assert re.search(r"^RVN .* 7\.77 +-", ranked, re.MULTILINE)
    assert re.search(r"^1 +12 mo .* 2,838 +-", bought, re.MULTILINE)
    assert "fixed" not in run("profit", *RIG, *PRICE, "--coin", "RVN").stdout


def test_the_same_word_about_several_parts_is_said_once() -> None:
    said = run("hours", "--hardware", "6x rtx3080, 2x rx6800", *PRICE).stdout.splitlines()
    told = [line for line in said if line.startswith("Confidence of ")]

    assert len(told) == len(set(told)) > 0


def test_what_is_set_is_told_with_its_unit() -> None:
    said = run("what-if", *RIG, *PRICE, "--coin", "RVN", "--set", "hashrate=100", "--set", "kwh_price=-20%").stdout

    assert "Set: hashrate = 100 H/s, kwh_price_ratio = 0.8" in said


@pytest.mark.parametrize(
    "command",
    [
        ("profit", *RIG, *PRICE),
        ("what-if", *RIG, *PRICE),
        ("what-if", *RIG, *PRICE, "--sweep", "kwh_price=0.1:0.2:0.1"),
        ("stress", *RIG, *PRICE, "--paths", "0"),
        ("hours", *RIG, *PRICE),
        ("outlook", "RVN", *RIG, *PRICE),
        VENTURE,
    ],
    ids=" ".join,
)
def test_programs_are_told_what_was_assumed_too(command: tuple[str, ...]) -> None:
    found = answered(*command)

    assert (found["currency"], found["rig"]) == ("USD", "6x GeForce RTX 3080")
    assert found["market"][0]["age_seconds"] > 0
    assert found["conditions"]["pool_fee_ratio"] == 0.01
    assert any("power at the wall is computed" in note for note in found["notes"])
    assert any("all money is taken for USD" in note for note in found["notes"])


def test_programs_are_told_the_part_of_the_time_that_is_taken_from_each_estimate() -> None:
    ranking = answered("profit", "--hardware", "1x rtx3080, 1x antminer-s21", *PRICE)["ranking"]

    assert {row["devices"]: row["dev_fee_ratio"] for row in ranking} == {
        "1x GeForce RTX 3080": 0.01,
        "1x Antminer S21": 0,
    }


def test_a_chain_that_is_left_out_of_a_sum_is_named_in_every_text(tmp_path: Path) -> None:
    """Dogecoin is most of what such a machine earns; its hashrate here is of another unit."""
    rows = [
        "coin,difficulty,block_reward_coins,network_hashes_per_second,block_time_seconds,price,currency,taken_at",
        f"LTC,9e7,6.25,2.6e15,150,80,USD,{FRESH}",
        f"DOGE,9e7,10000,1e9,60,0.1,USD,{FRESH}",
    ]
    given = ("--kwh-price", "0.05", "--market", written(tmp_path, "market.csv", "\n".join(rows) + "\n"))
    word = (
        "\nLeft out: DOGE is left out of the sum: DOGE: file's network rate is 6,443,000 times off file's difficulty; "
    )

    for name in (
        ("profit",),
        ("what-if",),
        ("hours",),
        ("stress", "--paths", "0"),
        ("mine-or-buy", "--investment", "9"),
    ):
        assert word in run(*name, "--hardware", "antminer-l7", *given).stdout
    rented = ("--coin", "LTC", "--hashrate", "9.5G", "--rent-per-day", "4.5", "--days", "2")
    assert word in run("cloud", *rented, *given[2:]).stdout


def test_two_that_leave_the_same_are_no_verdict_for_one() -> None:
    said = run("mine-or-buy", *RIG, "--kwh-price", "0.50", "--coin", "RVN", "--investment", "0").stdout

    assert "Verdict: neither; mine and buy leave the same in the end, 0 USD; " in said
