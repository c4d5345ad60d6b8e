"""When a rig should stand still, and what that is worth; own power from the roof."""

import csv
import itertools
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.electricity.curtailment import Margin, margins, plan, should_run
from calculators.electricity.solar import (
    OwnPower,
    cost_with_own_power,
    price_with_own_power,
    shared,
    worth_of_own_power,
)
from calculators.electricity.tariff import FlatTariff, Slot, energy_cost
from calculators.electricity.tariff_slots import SlotTariff, SummedTariff
from calculators.money import Money
from tests import examples

HOUR = timedelta(hours=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def eur(amount: str | int | Decimal) -> Money:
    return Money(Decimal(amount), "EUR")


def slots_worth(worths: Sequence[int], lengths: Sequence[int] | None = None) -> list[Margin]:
    """Slots of so many quarter-hours, each with what running through it gains."""
    found, at = [], NEW_YEAR
    for worth, length in zip(worths, lengths or [4] * len(worths), strict=True):
        end = at + length * timedelta(minutes=15)
        found.append(Margin(at, end, eur(100), eur(100 - worth)))
        at = end
    return found


def best_by_trying_all(slots: list[Margin], loss: int, minimum: timedelta, *, running: bool) -> Decimal:
    """The most that any choice of slots earns, found the slow way."""
    best = None
    for chosen in itertools.product((False, True), repeat=len(slots)):
        earned, ran, begun, allowed = Decimal(0), running, None, True
        for slot, runs in zip(slots, chosen, strict=True):
            if runs and not ran:
                earned, begun = earned - loss, slot.start
            if ran and not runs:
                allowed = allowed and (begun is None or slot.start - begun >= minimum)
                begun = None
            earned += slot.worth.amount if runs else 0
            ran = runs
        if allowed:
            best = earned if best is None else max(best, earned)
    assert best is not None
    return best


@settings(max_examples=examples.times(2))
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=8),
    st.integers(0, 12),
    st.integers(0, 10),
    st.booleans(),
)
def test_no_choice_of_hours_earns_more_than_the_plan(
    given_slots: list[tuple[int, int]], loss: int, quarters: int, running: bool
) -> None:
    slots = slots_worth([worth for worth, _ in given_slots], [length for _, length in given_slots])
    minimum = quarters * timedelta(minutes=15)
    found = plan(margins=slots, restart_loss=eur(loss), minimum_run=minimum, running=running)
    by_hand = sum((slot.worth.amount for slot, runs in zip(slots, found.running, strict=True) if runs), Decimal(0))

    assert found.planned.amount == best_by_trying_all(slots, loss, minimum, running=running)
    assert found.planned.amount == by_hand - loss * found.starts
    assert found.worth.amount >= 0
    assert found.planned.amount >= 0


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=48))
def test_without_restart_loss_a_rig_runs_through_each_hour_that_gains_and_none_that_loses(worths: list[int]) -> None:
    found = plan(margins=slots_worth(worths), restart_loss=eur(0))

    assert all(runs == (worth > 0) for runs, worth in zip(found.running, worths, strict=True) if worth)
    assert found.planned == eur(sum(max(worth, 0) for worth in worths))
    assert found.always == eur(sum(worths))
    assert found.running_hours == sum(found.running)
    assert found.hours == len(worths)


def test_a_plan_that_never_stops_is_worth_nothing_to_the_last_digit() -> None:
    thirds = [Margin(slot.start, slot.end, eur(1) * (Decimal(1) / 3), eur(0)) for slot in slots_worth([1] * 7)]

    assert plan(margins=thirds, restart_loss=eur(0)).worth == eur(0)
    assert plan(margins=thirds, restart_loss=eur("0.1"), running=False).worth == eur(0)


def test_a_short_bad_spell_is_run_through_and_a_long_one_is_not() -> None:
    short, long = [5, -2, 5], [5, -2, -2, -2, 5]

    assert plan(margins=slots_worth(short), restart_loss=eur(3)).running == (True, True, True)
    assert plan(margins=slots_worth(long), restart_loss=eur(3)).running == (True, False, False, False, True)
    assert plan(margins=slots_worth(long), restart_loss=eur(3)).starts == 1


def test_a_rig_that_must_run_for_two_hours_leaves_a_single_good_one_out() -> None:
    worths = [-4, 3, -4, 3, 3, -4]

    found = plan(margins=slots_worth(worths), restart_loss=eur(0), minimum_run=2 * HOUR, running=False)

    assert found.running == (False, False, False, True, True, False)


def test_a_plan_that_makes_no_sense_is_refused() -> None:
    slots = slots_worth([1, 2, 3])
    with pytest.raises(ValueError, match="no slot to plan for"):
        plan(margins=[], restart_loss=eur(0))
    with pytest.raises(ValueError, match=r"ends at 2026-01-01 01:00:00.00:00 does not touch the one .* 02:00"):
        plan(margins=[slots[0], slots[2]], restart_loss=eur(0))
    with pytest.raises(ValueError, match="a restart costs nothing or more"):
        plan(margins=slots, restart_loss=eur(-1))
    with pytest.raises(ValueError, match="a restart costs nothing or more"):
        plan(margins=slots, restart_loss=eur(0), minimum_run=-HOUR)
    with pytest.raises(ValueError, match="slots in EUR, a restart in USD"):
        plan(margins=slots, restart_loss=Money(Decimal(0), "USD"))


def test_the_rule_compares_what_is_kept_with_what_the_next_hour_costs() -> None:
    def runs(revenue: str, price: str, fee: float = 0.01, watts: float = 1500) -> bool:
        return should_run(
            revenue_per_hour=eur(revenue), fee_ratio=fee, power_watts=watts, price_per_kilowatt_hour=eur(price)
        )

    assert runs("0.10", "0.0659")
    assert not runs("0.10", "0.066")  # 0.099 earned, 0.099 paid
    assert runs("0", "-0.001")
    assert not runs("0", "0")
    for fee in (-0.01, 1.5, math.nan):
        with pytest.raises(ValueError, match="no ratio from 0 to 1"):
            runs("0.10", "0.05", fee=fee)
    with pytest.raises(ValueError, match="EUR and USD"):
        should_run(
            revenue_per_hour=eur("1"), fee_ratio=0, power_watts=1, price_per_kilowatt_hour=Money(Decimal(1), "USD")
        )


def test_margins_cut_long_slots_and_ask_for_the_revenue_of_each_piece() -> None:
    end = NEW_YEAR + timedelta(minutes=150)
    found = margins(
        tariff=FlatTariff(eur("0.20")),
        revenue_per_hour=lambda at: eur(at.hour + 1),
        fee_ratio=0.1,
        power_watts=500,
        start=NEW_YEAR,
        end=end,
    )

    assert [(slot.start - NEW_YEAR) / HOUR for slot in found] == [0, 1, 2]
    assert [slot.revenue.amount for slot in found] == [Decimal("0.9"), Decimal("1.8"), Decimal("1.35")]
    assert [slot.cost.amount for slot in found] == [Decimal("0.1"), Decimal("0.1"), Decimal("0.05")]


@pytest.mark.thorough
def test_curtailment_of_an_s9_over_real_prices_is_what_a_plain_sum_says(captured: Path) -> None:
    """16 months from January 2020: an S9 (14 TH/s, 1372 W), German day-ahead prices and 4 ct of grid fees, a euro taken
    for a dollar. Revenue from the network's hashrate and the block subsidy alone."""
    with (captured / "market/btc/btc_hashrate_price_2019_2022.csv").open() as file:
        network = {row["date"]: (float(row["hashrate_TH_s"]), float(row["price_usd"])) for row in csv.DictReader(file)}
    with (captured / "market/power/de_day_ahead_hourly.csv").open() as file:
        prices = {
            datetime.strptime(row["utc"], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC): row["eur_per_mwh"]
            for row in csv.DictReader(file)
        }
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 5, 1, tzinfo=UTC)

    def revenue_at(at: datetime) -> float:
        hashrate, price = network.get(f"{at:%Y-%m-%d}") or network[f"{at - timedelta(days=1):%Y-%m-%d}"]
        subsidy = 12.5 if at < datetime(2020, 5, 11, tzinfo=UTC) else 6.25
        return 14 / hashrate * 6 * subsidy * price

    spot = SlotTariff(
        Slot(at, at + HOUR, eur(Decimal(price) / 1000)) for at, price in prices.items() if start <= at < end
    )
    tariff = SummedTariff((spot, FlatTariff(eur("0.04"))))
    slots = margins(
        tariff=tariff,
        revenue_per_hour=lambda at: Money.estimated(revenue_at(at), "EUR"),
        fee_ratio=0.02,
        power_watts=1372,
        start=start,
        end=end,
    )
    found = plan(margins=slots, restart_loss=eur(0))
    plain = [
        revenue_at(at) * 0.98 - 1.372 * (float(price) / 1000 + 0.04)
        for at, price in prices.items()
        if start <= at < end
    ]

    assert found.hours == len(plain) == 11_664
    assert float(found.always) == pytest.approx(math.fsum(plain), rel=1e-9)
    assert float(found.planned) == pytest.approx(math.fsum(each for each in plain if each > 0), rel=1e-9)
    assert found.worth.amount > 300
    careful = plan(margins=slots, restart_loss=eur("0.05"), minimum_run=4 * HOUR)
    assert careful.starts < found.starts / 2
    assert found.always < careful.planned < found.planned


def test_own_power_is_used_first_and_costs_what_feeding_in_would_have_paid() -> None:
    share = shared(load_kilowatt_hours=Decimal(3), surplus_kilowatt_hours=Decimal(5))

    assert share == OwnPower(
        own_kilowatt_hours=Decimal(3), grid_kilowatt_hours=Decimal(0), exported_kilowatt_hours=Decimal(2)
    )
    assert cost_with_own_power(
        load_kilowatt_hours=Decimal(3),
        surplus_kilowatt_hours=Decimal(5),
        import_price=eur("0.30"),
        export_price=eur("0.08"),
    ) == eur("0.24")


energies = st.decimals(min_value=0, max_value=100, places=3)
prices = st.decimals(min_value=-1, max_value=1, places=4)


@given(energies, energies, prices, prices, st.booleans())
def test_own_power_saves_its_worth_against_buying_everything(
    load: Decimal, surplus: Decimal, bought: Decimal, fed_in: Decimal, may_throttle: bool
) -> None:
    share = shared(load_kilowatt_hours=load, surplus_kilowatt_hours=surplus)
    cost = cost_with_own_power(
        load_kilowatt_hours=load,
        surplus_kilowatt_hours=surplus,
        import_price=eur(bought),
        export_price=eur(fed_in),
        may_throttle=may_throttle,
    )
    worth = worth_of_own_power(
        own_kilowatt_hours=share.own_kilowatt_hours,
        import_price=eur(bought),
        export_price=eur(fed_in),
        may_throttle=may_throttle,
    )

    assert share.own_kilowatt_hours + share.grid_kilowatt_hours == load
    assert share.own_kilowatt_hours + share.exported_kilowatt_hours == surplus
    assert cost + worth == eur(bought * load)


def test_feeding_in_at_a_negative_price_makes_own_power_better_than_free() -> None:
    def cost(*, may_throttle: bool) -> Money:
        return cost_with_own_power(
            load_kilowatt_hours=Decimal(2),
            surplus_kilowatt_hours=Decimal(2),
            import_price=eur("0.30"),
            export_price=eur("-0.05"),
            may_throttle=may_throttle,
        )

    assert cost(may_throttle=False) == eur("-0.10")
    assert cost(may_throttle=True) == eur("0")


def test_the_price_with_own_power_is_the_one_that_the_bill_comes_to() -> None:
    load, surplus, bought, fed_in = Decimal(4), Decimal(3), eur("0.32"), eur("0.08")
    price = price_with_own_power(
        load_kilowatt_hours=load, surplus_kilowatt_hours=surplus, import_price=bought, export_price=fed_in
    )
    flat = energy_cost(tariff=FlatTariff(price), power_watts=4000, start=NEW_YEAR, end=NEW_YEAR + HOUR)

    assert price == eur("0.14")
    assert flat == cost_with_own_power(
        load_kilowatt_hours=load, surplus_kilowatt_hours=surplus, import_price=bought, export_price=fed_in
    )
    with pytest.raises(ValueError, match="a load above 0 kWh"):
        price_with_own_power(
            load_kilowatt_hours=Decimal(0), surplus_kilowatt_hours=surplus, import_price=bought, export_price=fed_in
        )


@pytest.mark.parametrize("wrong", ["-1", "nan", "inf"])
def test_an_energy_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="load_kilowatt_hours is"):
        shared(load_kilowatt_hours=Decimal(wrong), surplus_kilowatt_hours=Decimal(1))
    with pytest.raises(ValueError, match="surplus_kilowatt_hours is"):
        shared(load_kilowatt_hours=Decimal(1), surplus_kilowatt_hours=Decimal(wrong))
    with pytest.raises(ValueError, match="kilowatt_hours is"):
        worth_of_own_power(own_kilowatt_hours=Decimal(wrong), import_price=eur("1"), export_price=eur("1"))
