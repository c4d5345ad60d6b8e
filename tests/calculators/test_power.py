"""Watts at the wall: what a power supply loses, and which of several powers is believed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.electricity.power import EFFICIENCY, PowerSupply, supply_input_watts, wall_power
from tests.for_each import for_each

GOLD = PowerSupply(rated_watts=1000, certificate="gold", line="230v-eu")
CERTIFIED = [
    (line, certificate, load, efficiency)
    for line, classes in EFFICIENCY.items()
    for certificate, points in classes.items()
    for load, efficiency in points
]


@for_each(("line", "certificate", "load", "efficiency"), CERTIFIED)
def test_a_supply_meets_its_certificate_at_every_point(
    line: str, certificate: str, load: float, efficiency: float
) -> None:
    supply = PowerSupply(rated_watts=850, certificate=certificate, line=line)

    assert supply_input_watts(output_watts=load * 850, supply=supply) == pytest.approx(load * 850 / efficiency)


def test_efficiency_is_interpolated_between_the_points() -> None:
    # Half way from 92 % at half load to 89 % at full load: 90.5 % at 750 W.
    assert supply_input_watts(output_watts=750, supply=GOLD) == pytest.approx(750 / 0.905)


def test_only_titanium_has_a_point_at_a_tenth_of_its_load() -> None:
    tenth = [(certificate, load) for _, certificate, load, _ in CERTIFIED if load < 0.2]

    assert tenth == [("titanium", 0.1)] * 3


def test_below_the_lowest_point_the_losses_stay_what_they_were() -> None:
    lost_at_a_fifth = 200 / 0.90 - 200

    assert supply_input_watts(output_watts=50, supply=GOLD) == pytest.approx(50 + lost_at_a_fifth)
    assert supply_input_watts(output_watts=0, supply=GOLD) == pytest.approx(lost_at_a_fifth)


@given(st.sampled_from(CERTIFIED), st.floats(0, 1), st.floats(0, 1))
def test_more_load_never_draws_less_and_a_supply_never_gives_more_than_it_takes(
    point: tuple[str, str, float, float], one: float, other: float
) -> None:
    supply = PowerSupply(rated_watts=1200, certificate=point[1], line=point[0])
    less, more = (supply_input_watts(output_watts=load * 1200, supply=supply) for load in sorted((one, other)))

    assert less <= more + 1e-9
    assert more >= max(one, other) * 1200


def test_a_load_over_the_rating_is_named() -> None:
    with pytest.raises(ValueError, match=r"^1080 W is 108% of the 1000 W that the power supply is rated for"):
        supply_input_watts(output_watts=1080, supply=GOLD)


def test_what_the_label_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="'golden' is no 80 PLUS class at 115v; one of white, bronze"):
        PowerSupply(rated_watts=1000, certificate="golden", line="115v")
    with pytest.raises(ValueError, match="'white' is no 80 PLUS class at 230v-redundant"):
        PowerSupply(rated_watts=1000, certificate="white", line="230v-redundant")
    with pytest.raises(ValueError, match="'400v' is no line"):
        PowerSupply(rated_watts=1000, certificate="gold", line="400v")
    for rated in (0, -5, math.nan, math.inf):
        with pytest.raises(ValueError, match="rated for more than 0 W"):
            PowerSupply(rated_watts=rated, certificate="gold", line="115v")


def test_a_measured_power_wins_over_everything_else() -> None:
    found = wall_power(
        measured_watts=1234, nameplate_watts=3250, board_watts=[900], supplies=[GOLD], host_watts=80, cooling_factor=1.5
    )

    assert (found.watts, found.basis) == (1851, "measured")


def test_a_nameplate_is_at_the_wall_already() -> None:
    found = wall_power(nameplate_watts=3250, supplies=[GOLD], host_watts=10)

    assert (found.watts, found.basis) == (3260, "nameplate")


def test_boards_are_drawn_through_their_supply_and_the_host_beside_it() -> None:
    found = wall_power(board_watts=[220, 220, 60], supplies=[GOLD], host_watts=40, cooling_factor=1.1)

    assert found.basis == "computed"
    assert found.watts == pytest.approx((500 / 0.92 + 40) * 1.1)


def test_two_supplies_share_a_load_by_their_ratings() -> None:
    small = PowerSupply(rated_watts=500, certificate="bronze", line="230v-eu")
    found = wall_power(board_watts=[250] * 3, supplies=[GOLD, small])

    assert found.watts == pytest.approx(500 / 0.92 + 250 / 0.88)


def test_supplies_at_full_load_are_not_refused_for_a_rounding() -> None:
    thirds = [PowerSupply(rated_watts=1000 / 3, certificate="gold", line="115v")] * 3

    assert wall_power(board_watts=[1000 / 7] * 7, supplies=thirds).watts == pytest.approx(1000 / 0.87)


def test_board_power_alone_is_never_called_wall_power() -> None:
    with pytest.raises(ValueError, match="no power at the wall"):
        wall_power(board_watts=[220])
    with pytest.raises(ValueError, match="no power at the wall"):
        wall_power(supplies=[GOLD])
    with pytest.raises(ValueError, match="compute them apart"):
        wall_power(nameplate_watts=3250, board_watts=[220], supplies=[GOLD])


@pytest.mark.parametrize("wrong", [-1, math.nan, math.inf])
def test_a_power_that_is_none_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="output_watts is"):
        supply_input_watts(output_watts=wrong, supply=GOLD)
    with pytest.raises(ValueError, match="measured_watts is"):
        wall_power(measured_watts=wrong)
    with pytest.raises(ValueError, match="nameplate_watts is"):
        wall_power(nameplate_watts=wrong)
    with pytest.raises(ValueError, match="host_watts is"):
        wall_power(measured_watts=1, host_watts=wrong)
    with pytest.raises(ValueError, match="board_watts is"):
        wall_power(board_watts=[100, wrong], supplies=[GOLD])
    with pytest.raises(ValueError, match="cooling factor"):
        wall_power(measured_watts=1, cooling_factor=wrong)
