"""Every option of every command about money changes a figure of its answer, or is refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import click
import pytest

from miner_agent.tables.sample_history import sample_history
from tests.cli.every_command import LEAVES
from tests.cli.profit_asked import ECB, FRESH, PRICE, RIG, run, slots_of
from tests.cli.test_backtest_command import written as history_of_swings

COMMANDS = ("profit", "hours", "outlook", "what-if", "mine-or-buy", "split", "stress", "backtest", "cloud")
"""The commands. Of the options a third is tried at the first that has it, and all at all of them in `make test`."""
FORMS = {"--config", "--csv", "--explain", "--json", "--svg", "--tornado"}
"""What of an answer is told, and where: not what it is."""
TOLD = {"age_seconds", "conditions", "notes", "problems", "source", "taken_at", "oldest_taken_at", "newest_taken_at"}
"""Keys of documents that say what was asked and when."""

HEAT, STAKED = ("--heat-price", "0.1", "--heat-ratio", "0.5"), ("--stake", "ETH")
SLOTS = ("--tariff", "{slots}")
VALUES: dict[str, tuple[str, ...]] = {
    "--aim": ("cvar",),
    "--catalog": ("{tables}",),
    "--choose-by": ("cvar",),
    "--coin": ("ETC",),
    "--coverage": ("0.7",),
    "--currency": ("EUR",),
    "--days": ("3",),
    "--demand-charge": ("10",),
    "--depreciation": ("macrs",),
    "--dev-fee": ("0.05",),
    "--difficulty-as": ("minerstat",),
    "--difficulty-growth": ("0.05",),
    "--discount": ("0.1",),
    "--ends-after": ("100",),
    "--exchange-fee": ("0.02",),
    "--export-price": ("0.05",),
    "--fee-per-day": ("0.1",),
    "--fixed-per-day": ("1",),
    "--floor": ("0.001",),
    "--grid-co2": ("380",),
    "--grid-fee": ("0.1",),
    "--halving-after": ("2",),
    "--hardware": ("5x rtx3080",),
    "--hashrate": ("etchash=400M",),
    "--heat-price": ("0.2",),
    "--heat-ratio": ("0.3",),
    "--heater-efficiency": ("3",),
    "--height": ("ETC=24990000",),
    "--history": ("{history}",),
    "--hold-days": ("14",),
    "--horizon-days": ("7",),
    "--host-watts": ("200",),
    "--hysteresis": ("0.9",),
    "--idle-watts": ("50",),
    "--investment": ("4000",),
    "--kwh-price": ("0.2",),
    "--lookback-days": ("14",),
    "--market": ("{market}",),
    "--market-fee": ("0.03",),
    "--minimum-run": ("5",),
    "--mining": ("RVN",),
    "--months": ("8",),
    "--never-idle": (),
    "--order-fee": ("1",),
    "--paths": ("3000",),
    "--pool-fee": ("0.03",),
    "--pool-scheme": ("pps",),
    "--pool-share": ("0.5",),
    "--price": ("1300",),
    "--price-growth": ("0.05",),
    "--promised-per-day": ("0.0001",),
    "--psu": ("bronze:2400",),
    "--psu-line": ("115v",),
    "--purchase-fee": ("0.01",),
    "--rates": (ECB,),
    "--rejected": ("0.02",),
    "--rent-per-day": ("4",),
    "--resale": ("100",),
    "--restart-cost": ("0.001",),
    "--seed": ("5",),
    "--separate": (),
    "--set": ("kwh_price=0.2",),
    "--share": ("0.5",),
    "--stake": STAKED[1:],
    "--stake-growth": ("0.02",),
    "--stake-high": ("0.05",),
    "--stake-low": ("0.01",),
    "--stale": ("0.03",),
    "--standing-charge": ("12",),
    "--surplus": ("9-17=1200",),
    "--sweep": ("kwh_price=0:0.2:0.1",),
    "--swing": ("0.2",),
    "--switch-cost": ("5",),
    "--tariff": ("{slots}",),
    "--tax": ("0.3",),
    "--trend": (),
    "--uptime": ("0.9",),
    "--vat": ("0.19",),
    "--watts": ("1500",),
    "--zone": ("Asia/Tokyo",),
}
BESIDE: dict[str, tuple[str, ...]] = {
    "--depreciation": ("--tax", "0.3"),
    "--export-price": ("--surplus", "9-17=1200"),
    "--heat-price": HEAT,
    "--heat-ratio": HEAT,
    "--heater-efficiency": HEAT,
    "--rates": ("--currency", "EUR"),
    "--separate": ("--coin", "DOGE", "--hardware", "antminer-l7"),
    "--stake-growth": STAKED,
    "--stake-high": ("--stake-low", "0.01"),
    "--stake-low": ("--stake-high", "0.05"),
    "--never-idle": ("--kwh-price", "1.5"),
    "--trend": ("--history", "{history}"),
    "--grid-fee": SLOTS,
    "--vat": SLOTS,
}
"""What else is asked for, so that the option is of something."""
BASES: dict[str, tuple[str, ...]] = {
    "profit": ("profit", *RIG, *PRICE),
    "hours": ("hours", *RIG, *PRICE),
    "outlook": ("outlook", "ETC", *RIG, *PRICE, "--horizon-days", "4"),
    "what-if": ("what-if", *RIG, *PRICE),
    "mine-or-buy": ("mine-or-buy", *RIG, *PRICE, "--investment", "3000", "--months", "6"),
    "split": ("split", *RIG, *PRICE, "--horizon-days", "5"),
    "stress": ("stress", *RIG, *PRICE, "--paths", "2000", "--horizon-days", "5", "--mining", "ETC"),
    "backtest": ("backtest", "{history}", *RIG, *PRICE, "--horizon-days", "5"),
    "cloud": ("cloud", "--coin", "BTC", "--hashrate", "100T", "--days", "360", "--price", "1200"),
}
MERGED = ("--hardware", "antminer-l7", *PRICE)
OF_SWINGS = (
    *("backtest", "{swings}", "--hashrate", "ethash=600M", "--hashrate", "sha256d=100T", "--watts", "1000"),
    *("--horizon-days", "5"),
)
SWINGS = (*OF_SWINGS, *PRICE)
SUITED: dict[tuple[str, str], tuple[str, ...]] = {
    ("outlook", "--separate"): ("outlook", "LTC", *MERGED, "--horizon-days", "4"),
    ("stress", "--separate"): ("stress", *MERGED, "--paths", "2000", "--horizon-days", "5"),
    ("backtest", "--separate"): ("backtest", "{merged}", *MERGED, "--horizon-days", "5"),
    ("backtest", "--hold-days"): (*SWINGS, "--switch-cost", "20"),
    ("backtest", "--hysteresis"): SWINGS,
    ("backtest", "--idle-watts"): (*OF_SWINGS, "--kwh-price", "3"),
    ("backtest", "--currency"): (*BASES["backtest"], "--rates", "{rates}"),
    ("backtest", "--rates"): (*BASES["backtest"], "--currency", "EUR"),
    ("mine-or-buy", "--grid-fee"): ("mine-or-buy", *RIG, *SLOTS, "--investment", "3000", "--history", "{year}"),
    ("mine-or-buy", "--vat"): ("mine-or-buy", *RIG, *SLOTS, "--investment", "3000", "--history", "{year}"),
    ("mine-or-buy", "--height"): (*BASES["mine-or-buy"], "--coin", "ETC", "--never-idle"),
    ("mine-or-buy", "--hashrate"): (*BASES["mine-or-buy"], "--coin", "ETC"),
    ("mine-or-buy", "--catalog"): (*BASES["mine-or-buy"], "--coin", "ETC"),
    ("what-if", "--hashrate"): (*BASES["what-if"], "--coin", "ETC"),
    ("what-if", "--catalog"): (*BASES["what-if"], "--coin", "ETC"),
    ("split", "--hashrate"): (*BASES["split"], "--coin", "ETC"),
    ("split", "--catalog"): (*BASES["split"], "--coin", "ETC"),
    ("split", "--height"): (*BASES["split"], "--coin", "ETC"),
    ("split", "--pool-scheme"): (*BASES["split"], "--market", "{market}"),
    ("cloud", "--catalog"): BASES["cloud"],
    ("cloud", "--ends-after"): (*BASES["cloud"], "--fee-per-day", "100"),
    ("cloud", "--height"): (*BASES["cloud"], "--height", "BTC=900000"),
}
"""Where that is not enough: the coin, the rig or the past of which the option is."""
OTHERS: dict[tuple[str, str], tuple[str, ...]] = {
    ("backtest", "--hold-days"): ("1",),
    ("backtest", "--rates"): ("{rates}",),
    ("cloud", "--catalog"): ("{coins}",),
    ("cloud", "--height"): ("BTC=1049000",),
}
"""Other values than ``VALUES`` has."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the words name in braces."""
    folder = tmp_path_factory.mktemp("options")
    history = sample_history().splitlines()
    days = {row[:10] for row in history[1:]}
    today = datetime.now(UTC).date()
    year = [f"{today - timedelta(days=day)},ETC,9,2e15,1.68,0.2,USD" for day in range(1, 370)]
    merged = [
        f"2025-06-{day:02},{coin},{price},{difficulty},{reward},USD"
        for day in range(1, 31)
        for coin, price, difficulty, reward in (("LTC", 90, 9e7, 6.25), ("DOGE", 0.2, 3e7, 10_000))
    ]
    texts = {
        "history": "\n".join([history[0], *history[-300:]]) + "\n",
        "slots": slots_of("USD"),
        "market": (
            "coin,difficulty,block_reward_coins,network_hashes_per_second,block_time_seconds,price,currency,taken_at,height\n"
            f"ETC,1.94e15,1.68,1.4e14,13.8,12,USD,{FRESH},25432100\n"
            f"BTC,1.3e14,3.125,9e20,600,90000,USD,{FRESH},\n"
        ),
        "tables": (
            '[[hardware]]\nslug = "rtx3080"\nbenchmarks = [{ algorithm = "etchash", hashes_per_second = 40e6, '
            'power_watts = 220, source = "own", dated = 2026-11-01 }]\n'
        ),
        "year": "\n".join([history[0], *year]) + "\n",
        "coins": '[[coins]]\nticker = "BTC"\nblock_time_seconds = 700\n',
        "rates": "\n".join(["date,from,to,rate", *(f"{day},EUR,USD,1.25" for day in sorted(days))]) + "\n",
        "merged": "\n".join(["date,coin,price,difficulty,reward,currency", *merged]) + "\n",
        "config": "",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    swings = history_of_swings(folder)
    return {"swings": str(swings), **{name: str(folder / name) for name in texts}}


@pytest.fixture(autouse=True)
def _no_configuration(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_AGENT_CONFIG", files["config"])


def options_of(name: str) -> list[str]:
    return [one.opts[0] for one in LEAVES[name].params if isinstance(one, click.Option) and one.opts[0] not in FORMS]


def cases() -> Iterator[Any]:
    seen: set[str] = set()
    for name in COMMANDS:
        for option in options_of(name):
            first = option not in seen
            seen.add(option)
            yield pytest.param(name, option, marks=[] if first and len(seen) % 3 == 0 else [pytest.mark.thorough])


def with_option(words: tuple[str, ...], option: str, value: tuple[str, ...]) -> tuple[str, ...]:
    """The words with an option in the place of what they say of it."""
    if option in words and value:
        place = words.index(option)
        words = (*words[:place], *words[place + 2 :])
    return (*words, option, *value)


def figures(value: object) -> object:
    """What is left of a document without what was asked and when."""
    if isinstance(value, dict):
        return {key: figures(held) for key, held in value.items() if key not in TOLD}
    return [figures(each) for each in value] if isinstance(value, list) else value


@cache
def answer(words: tuple[str, ...], as_text: bool) -> tuple[int, object]:
    done = run(*words, *(() if as_text else ("--json",)))
    if done.exit_code:
        return done.exit_code, done.stderr
    if as_text:
        return 0, done.stdout
    document = json.loads(done.stdout)
    return 0, {key: figures(held) for key, held in document.items() if is_figure(words, held) and key not in TOLD}


def is_figure(words: tuple[str, ...], held: object) -> bool:
    """Not what an answer repeats of what was asked: single words and numbers, but of ``cloud``, which has no others."""
    return isinstance(held, dict | list) or words[0] == "cloud"


def test_every_option_has_a_value() -> None:
    assert {option for name in COMMANDS for option in options_of(name)} == set(VALUES)


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "option"), list(cases()))
def test_an_option_changes_a_figure_or_is_refused(name: str, option: str, files: dict[str, str]) -> None:
    def filled(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(files[word[1:-1]] if word.startswith("{") else word for word in words)

    suited = SUITED.get((name, option))
    without, beside = (BASES[name], BESIDE.get(option, ())) if suited is None else (suited, ())
    for flag in [word for word in beside if word.startswith("--")]:
        value = beside[beside.index(flag) + 1 : beside.index(flag) + 2]
        without = with_option(without, flag, value)
    if option == "--tariff" or "--tariff" in beside:
        place = without.index("--kwh-price")
        without = (*without[:place], *without[place + 2 :]) if option != "--tariff" else without
    told = with_option(without, option, OTHERS.get((name, option), VALUES[option]))
    base, changed = (answer(filled(words), option == "--zone") for words in (without, told))

    assert changed != base, "the answer does not go by it, and does not say so"
    assert 0 in {base[0], changed[0]}, base[1]
    if changed[0]:
        assert changed[0] == 2
        assert option in str(changed[1])
