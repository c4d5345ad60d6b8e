"""Where no figure was looked up a model has one, and its intervals hold as often as they say."""

import csv
import importlib.util
import math
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from calculators.electricity.tariff import FlatTariff
from calculators.equipment.hardware import Benchmark, Hardware, Specification
from calculators.equipment.hardware_model import ALGORITHMS, COVERAGE_RATIO, HardwareModel
from calculators.equipment.rigs import HardwareNames
from calculators.money import Money
from miner_agent.market import markets
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.ranking import rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import rig_of
from miner_agent.tables.hardware_table import cited_hardware, load_hardware
from miner_agent.tables.market_of_one_day import builtin_market
from miner_agent.tables.modelled_figures import FILE, modelled_figures
from tests.tables.shipped import COINS, PAGE

HARDWARE, CITED = load_hardware(), cited_hardware()
MODEL = HardwareModel(CITED.values())
OF_EVERY_AGE = (  # of 2016 to 2025
    *("gtx1060", "gtx1070", "gtx1080", "gtx1080ti", "gtx1660super", "gtx1660ti", "rtx2060", "rtx2080", "rtx2080ti"),
    *("rtx3060", "rtx3060ti", "rtx3070", "rtx3080", "rtx4060", "rtx4070", "rtx4090", "rtx5090", "rx5700xt", "rx6800"),
    "rx7900xtx",
)


def tool() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "modelled_table.py"
    spec = importlib.util.spec_from_file_location("modelled_table", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_is_what_the_model_makes_of_the_cited_figures() -> None:
    assert tool().written() == FILE.read_text()


def test_each_interval_holds_as_often_as_it_says_of_figures_that_are_left_out() -> None:
    coverage = MODEL.coverage()
    for name, found in coverage.items():
        assert COVERAGE_RATIO - 0.1 <= found.ratio <= COVERAGE_RATIO + 0.1, name
    held, told = sum(each.held_count for each in coverage.values()), sum(each.count for each in coverage.values())
    assert held / told == pytest.approx(COVERAGE_RATIO, abs=0.03)
    assert (modelled_figures().held, modelled_figures().of) == (held, told)
    assert f"Of {told} cited hashrates and watts {held} are within" in PAGE.read_text()


def test_what_is_left_out_is_told_by_the_others_as_a_new_fit_without_it_would() -> None:
    """The errors are of one fit; here a figure is really taken away."""
    device = CITED["rtx3080"]
    without = replace(device, benchmarks=tuple(each for each in device.benchmarks if each.algorithm != "autolykos2"))
    told = HardwareModel([*(each for each in CITED.values() if each is not device), without]).figures(without)
    (cited,) = (each for each in device.benchmarks if each.algorithm == "autolykos2")

    error = told["autolykos2"].hashes_per_second / cited.hashes_per_second
    assert MODEL.errors()["rtx3080", "autolykos2"] == pytest.approx(error, rel=1e-9)


def test_the_intervals_hold_for_a_list_that_the_model_has_not_seen(captured: Path) -> None:
    """2cryptocalc's figures of cards whose figure is not cited; programs for Pearl got faster since."""
    units = {"KAWPOW": ("kawpow", 1e6), "Etchash": ("etchash", 1e6), "Autolykos2": ("autolykos2", 1e6)}
    units |= {"NexaPow": ("nexapow", 1e6), "BeamHash": ("beamhash-3", 1), "KHeavyHash": ("kheavyhash", 1e9)}
    units |= {"Cuckatoo31": ("cuckatoo31", 1), "Cuckatoo32": ("cuckatoo32", 1), "Eaglesong": ("eaglesong", 1e9)}
    held, names = [], HardwareNames(HARDWARE)
    with (captured / "market/hardware/2cryptocalc_hashrates_2026-06.csv").open() as rows:
        for row in csv.DictReader(rows):
            algorithm, unit = units.get(row["algorithm"], ("", 1))
            if not row["device"].startswith("ASIC ") and algorithm:
                for each in names.find(row["device"]).benchmarks:
                    if each.algorithm == algorithm and (told := each.modelled) is not None:
                        seen = float(row["hashrate"]) * unit
                        held.append(told.hashes_per_second_from <= seen <= told.hashes_per_second_to)
    assert len(held) > 300
    assert COVERAGE_RATIO - 0.05 <= sum(held) / len(held) <= COVERAGE_RATIO + 0.1


def test_every_card_and_processor_has_a_figure_on_everything_that_its_kind_mines() -> None:
    for device in HARDWARE.values():
        known = {each.algorithm: each for each in device.benchmarks}
        for name in ALGORITHMS[device.kind]:
            made = device.specification
            assert made is not None, device.slug
            if name not in known:
                assert (made.memory_bytes or 0) < 9e9, (device.slug, name)  # its memory does not hold the data
        if device.kind != "asic":
            assert all(each.power_watts is not None for each in known.values()), device.slug


def test_a_card_whose_memory_does_not_hold_the_data_has_no_figure() -> None:
    assert "ethash" not in {each.algorithm for each in HARDWARE["rtx3070"].benchmarks}  # 8 GB
    assert "ethash" in {each.algorithm for each in HARDWARE["rtx3080"].benchmarks}
    assert "etchash" not in {each.algorithm for each in HARDWARE["rx6500xt"].benchmarks}  # 4 GB


def test_the_market_of_one_day_is_covered_but_for_what_machines_alone_mine() -> None:
    mined = {quote.algorithm for quote in builtin_market()}
    machines = {"sha256d", "scrypt", "equihash-200-9", "blake2s"}

    assert mined - {*ALGORITHMS["gpu"], *ALGORITHMS["cpu"]} == machines


def test_a_modelled_figure_says_so_and_a_cited_one_stays() -> None:
    figures = {each.algorithm: each for each in HARDWARE["rtx4070tisuper"].benchmarks}

    assert figures["nexapow"].modelled is None
    assert figures["nexapow"].hashes_per_second == 167.27e6
    told = figures["quantus"].modelled
    assert told is not None
    assert told.hashes_per_second_from < figures["quantus"].hashes_per_second < told.hashes_per_second_to
    assert told.power_watts_from < told.power_watts < told.power_watts_to
    assert figures["quantus"].source.startswith("a model, fitted on ")


def test_a_faster_card_of_one_design_is_faster_on_everything() -> None:
    for slower, faster in (("rtx5060", "rtx5070ti"), ("rtx3060", "rtx3090"), ("rx6600", "rx6800xt")):
        slow, fast = MODEL.figures(CITED[slower]), MODEL.figures(CITED[faster])
        for name in slow.keys() & fast.keys():
            assert slow[name].hashes_per_second < fast[name].hashes_per_second, (slower, faster, name)


def test_a_design_that_nobody_knows_is_no_card_to_be_modelled() -> None:
    made = Specification(
        design="abacus", cores=1, boost_hertz=1, limit_watts=1, memory_bytes=8e9, memory_bytes_per_second=1
    )
    device = Hardware(slug="x", name="X", kind="gpu", vendor="X", benchmarks=(), specification=made)

    with pytest.raises(ValueError, match=r"^design 'abacus' is not known; it is one of pascal, "):
        MODEL.figures(device)


def with_figures(device: Hardware, *, modelled: bool) -> Hardware:
    """A card with its cited hashrates; or in their place with what the model makes of each without it."""
    errors = MODEL.errors()
    figures: list[Benchmark] = []
    for each in device.benchmarks:
        if each.modelled is None and (device.slug, each.algorithm) in errors:
            factor = errors[device.slug, each.algorithm] if modelled else 1
            figures.append(replace(each, hashes_per_second=each.hashes_per_second * factor))
    return replace(device, benchmarks=tuple(figures))


@pytest.mark.thorough
@pytest.mark.parametrize("price", ["0.02", "0.05", "0.10", "0.20"])
def test_modelled_figures_turn_a_gain_into_a_loss_no_more_often_than_the_interval_allows(price: str) -> None:
    market = markets.builtin()
    tariff = FlatTariff(Money(Decimal(price), "USD"))
    turned = 0
    for slug in OF_EVERY_AGE:
        best = []
        for modelled in (False, True):
            asked = Question(
                market=market,
                rig=rig_of([(1, with_figures(HARDWARE[slug], modelled=modelled))]),
                conditions=Conditions(prices=Prices(tariff=tariff, source="test")),
                coins=COINS,
                now=max(quote.taken_at for quote in market.quotes),
            )
            best.append(rank(asked).ranked[0].profit_per_day.amount)
        assert all(math.isfinite(amount) for amount in best)
        turned += (best[0] > 0) != (best[1] > 0)
    assert len(OF_EVERY_AGE) == 20
    assert turned <= (1 - COVERAGE_RATIO) * len(OF_EVERY_AGE)
