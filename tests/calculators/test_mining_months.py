"""Months of a rig of several chains: what they are told in."""

import pytest

from calculators.horizon.decay import Growth
from calculators.horizon.mining_months import Stream, rig_months
from calculators.horizon.running_costs import costs_of_one_price
from tests.quotes import usd


def test_months_told_in_a_coin_that_nothing_mines_are_refused_with_those_that_are_mined() -> None:
    stream = Stream(coin="ETC", coins_per_month=2, price=usd(100), outlook=Growth())
    with pytest.raises(ValueError, match="nothing mines 'RVN', in which all is to be told; name one of ETC"):
        rig_months(
            [[stream]],
            costs=costs_of_one_price(usd(120)),
            fixed_cost_per_month=usd(5),
            investment=usd(100),
            months=2,
            told_in="RVN",
        )
