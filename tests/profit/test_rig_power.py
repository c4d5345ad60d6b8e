"""What the devices of a rig compute and draw, and what that is at the wall."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.earnings.sum_sheet import Term
from calculators.electricity.power import PowerSupply, supply_input_watts
from calculators.equipment.hardware import Benchmark, Hardware
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking import rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import Power, rig_of
from miner_agent.profit.supply import Supply, assumption, at_the_wall
from tests.profit.recomputed_ranking import COINS, flat, recomputed
from tests.quotes import NOON, quote


def device(slug: str, *, watts: float | None = 100, power_is: str = "board", **hashrates: float) -> Hardware:
    figures = tuple(
        Benchmark(algorithm=name, hashes_per_second=rate, power_watts=watts, source="a test", dated=date(2026, 1, 1))
        for name, rate in hashrates.items()
    )
    return Hardware(slug=slug, name=slug.upper(), kind="gpu", vendor="x", benchmarks=figures, power_is=power_is)  # type: ignore[arg-type]


def test_devices_of_one_model_are_a_part_and_others_are_parts_beside_it() -> None:
    mixed = rig_of(
        [(2, device("a", kawpow=5.0)), (1, device("b", kawpow=7.0, etchash=3.0)), (1, device("a", kawpow=5.0))]
    )

    assert mixed.name == "3x A, 1x B"
    cards, card = mixed.parts
    assert [(part.name, part.slug, part.device_count) for part in mixed.parts] == [("3x A", "a", 3), ("1x B", "b", 1)]
    (kawpow,) = cards.works
    assert (kawpow.hashes_per_second, kawpow.power) == (15, Power(board_watts=300))
    assert kawpow.notes == ()
    assert [(work.algorithm, work.hashes_per_second, work.power) for work in card.works] == [
        ("kawpow", 7, Power(board_watts=100)),
        ("etchash", 3, Power(board_watts=100)),
    ]
    assert mixed.algorithms == {"kawpow", "etchash"}
    recomputed(kawpow.count_terms + kawpow.hash_terms + kawpow.power_terms)


def test_without_watts_there_is_a_sentence_and_no_ranking() -> None:
    blind = rig_of([(1, device("a", watts=None, etchash=1e8))])
    found = rank(
        Question(
            market=Market(quotes=(quote(),)),
            rig=blind,
            conditions=Conditions(prices=flat("0.1")),
            coins=COINS,
            now=NOON,
        )
    )

    assert found.ranked == ()
    assert found.problems == ("ETC: 1x A on etchash: no power is known; say the watts at the wall",)


def test_what_is_rated_at_the_wall_has_no_power_supply_of_its_own() -> None:
    (work,) = rig_of([(2, device("asic", power_is="wall", etchash=1e8))]).works
    assert work.power == Power(wall_watts=200)

    found = at_the_wall(power=work.power, power_terms=work.power_terms, supply=Supply(host_watts=40), uptime_ratio=1)

    assert math.isclose(found.watts, 200 + 40)
    values = recomputed(
        (Term(name="uptime_ratio", value=1, unit="1", source="x"), *work.count_terms, *work.hash_terms, *found.terms)
    )
    assert math.isclose(values["power_watts"], found.watts)


@given(
    board=st.floats(0, 5000),
    wall=st.floats(0, 5000),
    uptime=st.floats(0, 1),
    host=st.floats(0, 500),
    cooling=st.floats(1, 2),
)
def test_power_at_the_wall_is_what_its_sum_says(
    board: float, wall: float, uptime: float, host: float, cooling: float
) -> None:
    supply = Supply(host_watts=host, cooling_factor=cooling)
    terms = tuple(
        Term(name=name, value=value, unit="W", source="x")
        for name, value in (("uptime_ratio", uptime), ("board_watts", board), ("wall_watts", wall))
    )
    found = at_the_wall(
        power=Power(board_watts=board, wall_watts=wall), power_terms=terms, supply=supply, uptime_ratio=uptime
    )

    assert found.watts >= (board + wall) * uptime * cooling * (1 - 1e-12)
    recomputed(found.terms)


def test_a_power_supply_loses_what_its_class_and_load_say() -> None:
    power = Power(board_watts=800)
    term = (Term(name="board_watts", value=800, unit="W", source="x"),)
    rated = at_the_wall(power=power, power_terms=term, supply=Supply(rated_watts=1600, source="--psu"), uptime_ratio=1)
    none = at_the_wall(power=power, power_terms=term, supply=Supply(certificate=None, source="--psu"), uptime_ratio=1)

    gold = PowerSupply(rated_watts=1600, certificate="gold", line="230v-eu")
    assert math.isclose(rated.watts, supply_input_watts(output_watts=800, supply=gold))
    assert none.watts == 800
    assert assumption(Supply(source="--psu"), power) is None
    assert "80 PLUS Gold" in (assumption(Supply(), power) or "")
    with pytest.raises(ValueError, match="rated for"):
        at_the_wall(power=power, power_terms=term, supply=Supply(rated_watts=700), uptime_ratio=1)


def test_what_a_meter_measures_holds_everything() -> None:
    metered = Power(wall_watts=900, metered=True)
    found = at_the_wall(
        power=metered,
        power_terms=(Term(name="wall_watts", value=900, unit="W", source="meter"),),
        supply=Supply(host_watts=60),
        uptime_ratio=1,
    )

    assert found.watts == 900
    assert assumption(Supply(), metered) is None


@pytest.mark.parametrize(
    "wrong",
    [{"certificate": "wood"}, {"line": "12v"}, {"host_watts": -1}, {"host_watts": math.nan}, {"cooling_factor": 0.5}],
)
def test_a_power_supply_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Supply(**wrong)  # type: ignore[arg-type]
