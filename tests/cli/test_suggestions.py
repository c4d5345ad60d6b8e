"""A word that is not known is answered with the one that was probably meant, also by what people call things."""

from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.cli.support.purposes import EVERYDAY, PURPOSES
from miner_agent.tables.coin_table import load_coins, tickers_by_name
from tests.cli.every_command import ended
from tests.for_each import for_each

pytestmark = pytest.mark.usefixtures("no_configuration")
RIG = ("--hardware", "rtx3080", "--kwh-price", "0.1")
BY_HAND = ("--wallet", "w", "--value", "3", "--id", "a", "--time", "2025-05-06T00:00:00Z")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("profit", *RIG, "--coin", "monero"), 'did you mean "XMR"?'),
        (("profit", *RIG, "--coin", "Ravncoin"), 'did you mean "RVN"?'),
        (("outlook", "kaspa", *RIG), 'did you mean "KAS"?'),
        (("profit", "--hardware", "3080tii", "--kwh-price", "0.1"), 'did you mean "rtx3080ti"?'),
        (("profit", *RIG, "--hashrate", "kawpaw=30M"), 'did you mean "kawpow"?'),
        (("record", "phoenixminer", "127.0.0.1:1", "--out", "x"), 'did you mean "claymore"?'),
        (("record", "T-Rexx", "127.0.0.1:1", "--out", "x"), 'did you mean "trex"?'),
        (("coins", "moneroo"), "0 of "),
        (("coins", "moneroo"), "did you mean XMR?"),
        (("hardware", "list", "3080ty"), "did you mean rtx3080"),
        (("hardware", "list", "--algorithm", "kawpaw"), 'did you mean "kawpow"?'),
        (("alerts", "explain", "devicelots"), 'did you mean "DeviceLost"?'),
        (("alerts", "silence", "MinerDwon", "--for", "2h"), 'did you mean "MinerDown"?'),
        (("tax", "export", "beancont", "--year", "2025", "--out", "x"), "beancount"),
        (("profitability",), "Did you mean 'profit'?"),
        (("setup",), "Did you mean 'init'?"),
        (("stauts",), "Did you mean 'status'?"),
        (("statsu",), "Did you mean 'status'?"),
        (("hardwareasset",), "Did you mean 'hardware-asset'?"),
        (("log", "stast"), "Did you mean 'stats'?"),
    ],
)
def test_what_was_probably_meant_is_named(words: tuple[str, ...], hint: str) -> None:
    done = ended(*words)

    assert hint in done.stderr
    assert done.returncode in {0, 2, 78}


def test_a_product_in_the_configuration_is_answered_with_its_driver(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[miners]]\nname = "a"\ndriver = "PhoenixMiner"\naddress = "127.0.0.1:1"\n')
    done = ended("config", "check")

    assert done.returncode == 78
    assert 'driver = "PhoenixMiner" is not known; did you mean "claymore"?' in done.stderr


@for_each("product", sorted(drivers.products()))
def test_every_product_leads_to_the_driver_that_reads_it(product: str) -> None:
    done = ended("record", product, "127.0.0.1:1", "--out", "x")
    meant = drivers.products()[product]

    assert product in drivers.names() or f'did you mean "{meant}"?' in done.stderr


def test_every_name_of_a_coin_leads_to_its_ticker() -> None:
    names = tickers_by_name(load_coins())

    assert (names["Monero"], names["Quai"], names["Bitcoin"]) == ("XMR", "QUAI", "BTC")
    assert set(names.values()) == set(load_coins())


def test_everyday_words_lead_to_commands_and_are_none() -> None:
    assert set(EVERYDAY.values()) <= PURPOSES.keys()
    assert EVERYDAY.keys().isdisjoint(PURPOSES)
