"""`miner-agent stress`: what it says of each coin, of how many days, and what it refuses."""

import csv
import io
import json
import math
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from calculators.chain.schedule import KnownStep
from calculators.electricity.tariff import FlatTariff
from calculators.equipment.rigs import parse_rig
from calculators.money import Money
from miner_agent.cli.first_level import cli
from miner_agent.cli.support import progress_bar
from miner_agent.errors import SourceError
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rewards_ahead import rewards_ahead
from miner_agent.profit.rig_figures import rig_of
from miner_agent.profit.shocks import POOL_SHARE, grid
from miner_agent.tables.coin_table import load_coins
from miner_agent.tables.hardware_table import load_hardware
from miner_agent.tables.market_of_one_day import builtin_market
from tests.quotes import NOON

COINS = load_coins()
RIG = ("--hardware", "6x rtx3080", "--kwh-price", "0.1626")
FEW = ("--paths", "200")


@pytest.fixture(autouse=True)
def _no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("")
    monkeypatch.setenv("MINER_AGENT_CONFIG", str(tmp_path / "config.toml"))


def stress(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["stress", *arguments])


def told(*arguments: str) -> dict[str, Any]:
    done = stress(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def amount(money: dict[str, str]) -> float:
    return float(Decimal(money["amount"]))


def history(coins: dict[str, float], days: int = 120, tariff: str = "") -> str:
    """Days on which each coin moves up and down by its own step."""
    lines = ["date,coin,price,difficulty,tariff"]
    for day in range(days):
        for coin, step in coins.items():
            price = 5 * (1 + step * (day % 3 - 1))
            lines.append(f"{date(2026, 1, 1) + timedelta(days=day)},{coin},{price:.6f},{1e12 * (1 + day % 2)},{tariff}")
    return "\n".join(lines) + "\n"


def ranking(hardware: str, *, pool_scheme: Any = "pplns", only: tuple[str, ...] = ()) -> Ranking:
    return rank(
        Question(
            market=Market(quotes=builtin_market()),
            rig=rig_of(parse_rig(hardware, load_hardware())),
            conditions=Conditions(
                prices=Prices(tariff=FlatTariff(Money(Decimal("0.1"), "USD")), source="a test"), pool_scheme=pool_scheme
            ),
            coins=COINS,
            now=NOON,
            only=only,
        )
    )


def test_presets_are_of_a_day_and_paths_of_all_days_and_both_say_so() -> None:
    shown = stress(*RIG, *FEW, "--horizon-days", "30").stdout
    answer = told(*RIG, *FEW, "--horizon-days", "30")

    assert shown.index("USD PER DAY") < shown.index("USD over ALL 30 DAYS together, on 200 paths")
    assert "30 d" in shown
    assert "that a day" in shown
    for found in answer["paths"]["coins"]:
        whole = found["over_horizon"]
        assert whole["days"] == 30
        assert math.isclose(amount(whole["expected"]), 30 * amount(found["expected_per_day"]), rel_tol=1e-9)
        assert whole["expected"]["currency"] == "USD"


def test_without_a_trend_the_mean_of_all_paths_is_todays_profit_of_as_many_days() -> None:
    answer = told(*RIG, *FEW, "--horizon-days", "20")
    today = {found["coin"]: amount(found["profit_per_day"]) for found in answer["today"]}

    steady = [found for found in answer["paths"]["coins"] if found["coin"] != "KAS"]  # it pays less each month
    assert len(steady) > 10
    for found in steady:
        assert math.isclose(amount(found["over_horizon"]["expected"]), 20 * today[found["coin"]], rel_tol=1e-6)


def test_every_preset_is_the_sum_done_again() -> None:
    answer = told(*RIG, "--paths", "0")
    today = {found["coin"]: found for found in answer["today"]}

    assert answer["paths"] is None
    for row in answer["presets"]:
        base = today[row["coin"]]
        revenue, energy = amount(base["revenue_per_day"]), amount(base["energy_cost_per_day"])
        cells = {cell["scenario"]: cell for cell in row["scenarios"]}
        assert math.isclose(amount(cells["energy +20 %"]["profit_per_day"]), revenue - 1.2 * energy, rel_tol=1e-9)
        assert math.isclose(amount(cells["price -30 %"]["profit_per_day"]), 0.7 * revenue - energy, rel_tol=1e-9)
        assert math.isclose(
            amount(cells["difficulty +30 %"]["profit_per_day"]), revenue / 1.3 - energy, abs_tol=0.01 * revenue
        )
        assert row["worst"] == "worst"
        for cell in cells.values():
            change = amount(cell["profit_per_day"]) - amount(base["profit_per_day"])
            assert math.isclose(amount(cell["change_per_day"]), change, rel_tol=1e-9, abs_tol=1e-9)


def test_the_quantiles_rise_and_the_tail_is_below_them() -> None:
    for found in told(*RIG, *FEW)["paths"]["coins"]:
        whole = {name: amount(value) for name, value in found["over_horizon"].items() if name != "days"}
        assert whole["cvar_5"] <= whole["p5"] <= whole["p50"] <= whole["p95"]
        assert whole["maximum_regret"] >= 0
        assert 0 <= found["probability_of_loss"] <= 1


def test_the_same_seed_gives_the_same_answer_and_another_one_another() -> None:
    first, again, other = (told(*RIG, *FEW, "--seed", seed)["paths"]["coins"] for seed in ("1", "1", "2"))

    assert first == again
    assert first != other


def test_it_says_whether_paths_are_from_a_model_or_from_days_that_were(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text(history({"RVN": 0.1, "ETC": 0.05}))

    model, drawn = told(*RIG, *FEW), told(*RIG, *FEW, "--history", str(tmp_path / "days.csv"))

    assert model["paths"]["from"] == "model"
    assert "a model without a history" in model["paths"]["model"]
    assert drawn["paths"]["from"] == "history"
    assert "days of days.csv (2026-01-01 to 2026-04-30)" in drawn["paths"]["model"]
    assert {found["coin"] for found in drawn["paths"]["coins"]} == {"RVN", "ETC"}
    assert "XNA: the history has no day of XNA" in drawn["problems"]
    assert {row["coin"] for row in drawn["presets"]} >= {"RVN", "ETC", "XNA"}


def test_a_bad_row_of_a_history_is_named_and_the_others_stand(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text(history({"RVN": 0.1}) + '2026-12-01,RVN,"1,234",5,\n')

    done = stress(*RIG, *FEW, "--coin", "RVN", "--history", str(tmp_path / "days.csv"))

    assert done.exit_code == 0
    assert "left out: days.csv: line 122: RVN: price is '1,234'" in done.stderr
    assert "its money is taken for USD" in done.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<html>", "days.csv: the history's column '<html>' is not known"),
        ("date,coin,price,difficulty\n2026-01-01,RVN,0,5\n", "days.csv: no row of the history is good; line 2: RVN"),
        ("", "days.csv: it is empty; a history is days that were, as CSV"),
        (history({"RVN": 0.1}, days=20), "days.csv: the history has 19 moves"),
        (history({"BTC": 0.1}), "days.csv: QUAN: the history has no day of QUAN"),
    ],
)
def test_a_history_that_cannot_be_used_says_why(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text(text)

    with pytest.raises(SourceError, match=r"^days\.csv: ") as caught:
        CliRunner().invoke(
            cli, ["stress", *RIG, *FEW, "--history", str(tmp_path / "days.csv")], catch_exceptions=False,
            standalone_mode=False,
        )  # fmt: skip

    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--horizon-days", "0"), "0 is not in the range x>=1"),
        (("--paths", "50"), "50 is not in the range 100 to 50000"),
        (("--horizon-days", "1000"), "give --paths 4000 or fewer"),
        (("--horizon-days", "1000000"), "give fewer --horizon-days"),
        (("--choose-by", "luck"), "'luck' is not one of 'cvar', 'regret', 'mean'"),
        (("--height", "BTC"), "write it as BTC=925000"),
        (("--height", "BTC=-1"), "write it as BTC=925000"),
        (("--mining", "BTC"), "'BTC' is not among what is ranked"),
        (("--switch-cost", "3"), "say with --mining which one it is now"),
        (("--switch-cost", "-3", "--mining", "RVN"), "is below zero"),
        (("--trend",), "name it with --history"),
        (("--paths", "0", "--svg", "x.svg"), "--history and --svg are of paths"),
        (("--json", "--csv"), "two forms of one answer"),
        (("--pool-share", "2"), "no share from 0 to 1"),
    ],
)
def test_options_that_cannot_be_used_are_refused_with_what_to_do(arguments: tuple[str, ...], sentence: str) -> None:
    done = stress(*RIG, *arguments)

    assert done.exit_code == 2
    assert sentence in done.stderr


def test_where_every_coin_is_refused_there_is_nothing_to_stress(tmp_path: Path) -> None:
    etc = {
        "id": 162, "tag": "ETC", "algorithm": "Etchash", "block_time": "13.0", "block_reward": 2.0, "nethash": 10**18,
        "difficulty": 1e15, "exchange_rate": 0.0001, "exchange_rate_curr": "BTC", "timestamp": int(time.time()),
    }  # fmt: skip
    (tmp_path / "wtm.json").write_text(json.dumps({"coins": {"Ethereum Classic": etc}}))
    done = stress(*RIG, "--currency", "BTC", "--market", str(tmp_path / "wtm.json"))

    assert done.exit_code == 1
    assert isinstance(done.exception, SourceError)
    assert str(done.exception).startswith("every coin is refused, so nothing is computed from any: ETC: ")


def test_the_choice_follows_the_rule_that_is_asked_for() -> None:
    by_mean, by_cvar = (told(*RIG, *FEW, "--choose-by", rule)["paths"] for rule in ("mean", "cvar"))

    assert by_mean["choice"]["rule"]["by"] == "mean"
    assert by_mean["choice"]["after"] == by_mean["coins"][0]["coin"]
    best = max(by_cvar["coins"], key=lambda found: amount(found["over_horizon"]["cvar_5"]))
    assert by_cvar["choice"]["after"] == best["coin"]


@pytest.mark.thorough
def test_what_is_drawn_standing_idle_is_the_whole_rigs_however_many_parts_and_devices_it_has() -> None:
    for hardware in ("rtx3080", "6x rtx3080", "6x rtx3080, 2x rx6800, 1x ryzen-5950x"):
        answer = told("--hardware", hardware, "--kwh-price", "0.1", *FEW, "--idle-watts", "70")["paths"]

        assert amount(answer["idle_over_horizon"]) == pytest.approx(-30 * 24 * 0.07 * 0.1), hardware


def test_overlapping_coins_are_no_clear_winner() -> None:
    answer = told(*RIG, *FEW)["paths"]
    chosen = next(found for found in answer["coins"] if found["coin"] == answer["choice"]["after"])

    assert chosen["probability_best"] < 0.95
    assert answer["choice"]["clear_winner"] is False
    assert "no clear winner" in stress(*RIG, *FEW).stdout


def test_where_every_coin_loses_the_choice_is_to_stand_idle() -> None:
    dear = ("--hardware", "6x rtx3080", "--kwh-price", "0.9", *FEW)

    assert told(*dear)["paths"]["choice"]["after"] is None
    assert "stand idle, which brings -38.88 USD over 30 days" in stress(*dear).stdout  # 60 W of the host
    assert "stand idle, which brings 0 USD over 30 days" in stress(*dear, "--host-watts", "0").stdout
    assert amount(told(*dear, "--idle-watts", "0")["paths"]["idle_over_horizon"]) == 0  # switched off


@pytest.mark.parametrize("price", ["0.03", "0.07", "0.1"])
def test_it_stands_idle_where_hours_say_so_and_leaves_as_much(price: str) -> None:
    one = ("--hardware", "rtx3080", "--host-watts", "400", "--coin", "CFX", "--kwh-price", price)
    chosen = told(*one, *FEW)["paths"]
    (run,) = json.loads(CliRunner().invoke(cli, ["hours", *one, "--json"]).stdout)["runs"]

    assert (chosen["choice"]["after"] is None) == (run["running_hours"] == 0)
    assert amount(chosen["idle_over_horizon"]) == pytest.approx(-30 * 24 * 0.4 * float(price))
    if not run["running_hours"]:
        assert amount(chosen["idle_over_horizon"]) == pytest.approx(30 * amount(run["profit_planned"]))


def test_fixed_costs_are_paid_by_an_idle_rig_too() -> None:
    answer = told(*RIG, *FEW, "--host-watts", "0", "--fixed-per-day", "2", "--horizon-days", "10")["paths"]

    assert amount(answer["idle_over_horizon"]) == -20


def test_an_idle_rig_owes_nothing_for_the_month_s_peak() -> None:
    dear = ("--hardware", "6x rtx3080", "--host-watts", "0", "--kwh-price", "0.9", *FEW, "--demand-charge", "30")

    assert amount(told(*dear)["paths"]["idle_over_horizon"]) == 0
    assert amount(told(*dear, "--fixed-per-day", "2")["paths"]["idle_over_horizon"]) == -60


def test_a_rig_that_may_stand_idle_never_brings_less_than_idle() -> None:
    runs, idles = (
        told("--hardware", "6x rtx3080", "--kwh-price", "0.5", *FEW, *more)["paths"]
        for more in ((), ("--idle-watts", "40"))
    )
    floor = amount(idles["idle_over_horizon"])

    assert math.isclose(floor, -30 * 0.5 * 24 * 0.04)
    assert all(amount(found["over_horizon"]["p5"]) >= floor - 1e-9 for found in idles["coins"])
    assert min(amount(found["over_horizon"]["p5"]) for found in runs["coins"]) < floor


def test_switching_costs_once_and_not_for_what_is_mined_now() -> None:
    free, dear = (
        {found["coin"]: found["over_horizon"] for found in told(*RIG, *FEW, "--mining", "PRL", *more)["paths"]["coins"]}
        for more in ((), ("--switch-cost", "40"))
    )

    assert dear["PRL"]["expected"] == free["PRL"]["expected"]
    assert math.isclose(amount(dear["QUAN"]["expected"]), amount(free["QUAN"]["expected"]) - 40, rel_tol=1e-9)


def test_the_rule_and_the_switch_cost_may_stand_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[profit]\nchoose_by = "regret"\nswitch_cost = "7.5"\n')
    answer = told(*RIG, *FEW, "--mining", "PRL")["paths"]

    assert answer["choice"]["rule"]["by"] == "regret"
    assert {found["over_horizon"]["switch_cost"]["amount"] for found in answer["coins"]} == {"0", "7.5"}


def test_csv_has_one_figure_a_row_with_its_unit_and_days() -> None:
    rows = list(csv.DictReader(io.StringIO(stress(*RIG, *FEW, "--csv", "--horizon-days", "7").stdout)))

    assert {row["market_taken_at"] for row in rows} == {"2026-10-04T00:00:00+00:00"}
    assert {row["of_days"] for row in rows if row["case"] == "paths"} == {"7"}
    assert {row["of_days"] for row in rows if row["case"] != "paths"} == {"1", ""}
    assert {row["unit"] for row in rows if row["figure"] == "profit"} == {"USD"}
    assert {row["unit"] for row in rows if row["figure"] == "break_even_price_per_kilowatt_hour"} == {"USD/kWh"}
    assert all(math.isfinite(float(row["value"])) for row in rows if row["value"])


def test_the_drawings_say_of_how_many_days_they_are(tmp_path: Path) -> None:
    stress(*RIG, *FEW, "--svg", str(tmp_path / "bars.svg"), "--tornado", str(tmp_path / "tornado.svg"))
    bars, swings = ((tmp_path / name).read_text() for name in ("bars.svg", "tornado.svg"))

    for drawing in (bars, swings):
        title = ET.fromstring(drawing).findtext("{http://www.w3.org/2000/svg}title") or ""
        assert "; market of 2026-10-04" in title
    assert "USD in 30 days together" in bars
    assert "USD a day" in swings
    assert "difficulty +30 %" in swings


def test_explain_prints_the_presets_and_the_sum_of_each_coin_that_is_named() -> None:
    shown = stress(*RIG, *FEW, "--coin", "RVN", "--coin", "ETC", "--explain").stdout

    assert "halving           the next step of the reward" in shown
    assert "RVN (kawpow): the sum" in shown
    assert "ETC (etchash): the sum" in shown
    assert "profit_per_day" in shown


def test_merged_mining_is_one_row_in_the_grid_and_on_the_paths() -> None:
    answer = told("--hardware", "antminer-l7", "--kwh-price", "0.05", *FEW)

    assert [row["chains"] for row in answer["presets"]] == [["LTC", "DOGE", "PEP", "DINGO"]]
    assert "LTC +DOGE" in stress("--hardware", "antminer-l7", "--kwh-price", "0.05", *FEW).stdout


def test_the_halving_of_a_chain_is_known_by_what_its_blocks_pay() -> None:
    (row,) = grid(ranking("antminer-s19-xp", only=("BTC",)), coins=COINS, heights={}, pool_share=None).rows
    halved = next(cell for cell in row.cells if cell.scenario.name == "halving")

    assert halved.left_out == ()
    assert math.isclose(float(halved.revenue_per_day), float(row.estimate.revenue_per_day) / 2)


def test_a_step_of_the_reward_comes_on_its_day_where_the_height_is_known() -> None:
    def steps(days: int, said: dict[str, int]) -> Mapping[str, tuple[KnownStep, ...]]:
        return rewards_ahead(["BTC"], coins=COINS, quotes=(), now=datetime.now(UTC), days=days, said=said).steps

    height = {"BTC": 1_050_000 - 1 - 5 * 144}  # the next block is one higher

    assert steps(30, height) == {"BTC": (KnownStep(after_days=5.0, ratio=0.5),)}
    assert steps(5, height) == {}
    assert steps(30, {}) == {}


def test_luck_is_the_pools_share_of_blocks_or_the_miners_own() -> None:
    pool = grid(ranking("6x rtx3080", only=("RVN",)), coins=COINS, heights={}, pool_share=None)
    large = grid(ranking("6x rtx3080", only=("RVN",)), coins=COINS, heights={}, pool_share=0.9)
    solo = grid(ranking("6x rtx3080", only=("RVN",), pool_scheme="solo"), coins=COINS, heights={}, pool_share=None)
    paid = grid(ranking("6x rtx3080", only=("RVN",), pool_scheme="fpps"), coins=COINS, heights={}, pool_share=None)

    def unlucky(found: Any) -> float:
        row = found.rows[0]
        cell = next(cell for cell in row.cells if cell.scenario.name == "pool luck")
        return float(cell.revenue_per_day) / float(row.estimate.revenue_per_day)

    assert unlucky(solo) < unlucky(pool) < unlucky(large) < 1 == unlucky(paid)
    assert pool.pool_share == POOL_SHARE
    assert "--pool-share" in pool.notes[0]
    assert large.notes == solo.notes == paid.notes == ()
    assert solo.pool_share is None


def test_a_bar_shows_after_a_second_and_only_to_people(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    written = {}
    for patience, stream in ((0.0, Terminal()), (3600.0, Terminal()), (0.0, io.StringIO())):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress_bar, "PATIENCE_SECONDS", patience)
        with progress_bar.Progress("paths") as progress:
            progress(1, 2)
        written[patience, stream.isatty()] = stream.getvalue()

    assert "1 of 2" in written[0.0, True]
    assert written[3600.0, True] == written[0.0, False] == ""


@pytest.mark.e2e
@pytest.mark.parametrize("arguments", [("stress", *RIG, "--paths", "0"), ("stress", "--help"), ("profit", *RIG)])
def test_what_draws_no_path_loads_no_numpy(arguments: tuple[str, ...], tmp_path: Path) -> None:
    code = (
        "import sys\nsys.argv[0] = 'miner-agent'\nfrom miner_agent.cli import main\n"
        "try:\n main()\nexcept SystemExit as ended:\n assert not ended.code\n"
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=True, cwd=tmp_path)


@pytest.mark.e2e
def test_the_help_loads_no_numpy_and_an_error_is_one_sentence(tmp_path: Path) -> None:
    code = (
        "import sys\nsys.argv = ['miner-agent', 'stress', '--help']\nfrom miner_agent.cli import main\n"
        "try:\n main()\nexcept SystemExit:\n pass\n"
        "print(sorted({'numpy', 'rich', 'msgspec'} & set(sys.modules)), file=sys.stderr)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    failed = subprocess.run(
        [sys.executable, "-m", "miner_agent", "stress", *RIG, "--history", "nothing.csv"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip

    assert shown.stderr.strip() == "[]"
    assert failed.returncode == 69
    assert failed.stderr == "miner-agent: nothing.csv: no such file or directory; name a file that this user may read\n"


def test_two_drawings_into_one_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link.svg").symlink_to("a.svg")
    for other in ("a.svg", "./a.svg", "link.svg"):
        drawings = ("--svg", str(tmp_path / "a.svg"), "--tornado", f"{tmp_path}/{other}")
        result = CliRunner().invoke(cli, ["stress", *RIG, *FEW, *drawings])

        assert result.exit_code == 2
        assert "--svg and --tornado would draw into one file; name two" in " ".join(result.stderr.split())
    assert not (tmp_path / "a.svg").exists()
