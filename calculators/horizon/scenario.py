"""What coins may bring on machines over the days ahead, on many joint paths of price, difficulty and energy price.

All paths of a coin on all machines are one product of two matrices, what machines earn by what paths do. Luck with
blocks is not in it, nor that a choice may be changed underway.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from calculators.chain.schedule import RewardCourse
from calculators.earnings.estimate import Estimate
from calculators.horizon.outlook import Outlook
from calculators.horizon.paths import Numbers, Paths
from calculators.horizon.tail import TAIL_PERCENT
from calculators.money import Money
from calculators.units import HOURS_PER_DAY, WATTS_PER_KILOWATT

Rows = slice | npt.NDArray[np.intp]
Progress = Callable[[int, int], None]
"""Is told how many steps of how many are done. The first half finds the best of each path, the second the figures."""

SMALL_PRODUCT = 200_000
"""Multiplications. OpenBLAS starts threads above about twice as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine, or a whole rig, and what it could mine."""

    name: str
    estimates: tuple[Estimate, ...]  # refused ones are left out
    mining: str | None = None  # the coin that it mines now; switching to any other costs switch_cost
    switch_cost: Money | None = None  # restart, warm-up, what a pool's window does not pay: once
    idle_cost_per_day: Money | None = None  # what it draws while it stands idle; None: it runs on at a loss


def outlooks(
    *,
    machines: Sequence[Machine],
    paths: Paths,
    rewards: Mapping[str, RewardCourse] | None = None,
    progress: Progress | None = None,
) -> tuple[Outlook, ...]:
    """The spread of every coin's profit on every machine.

    A machine that may stand idle decides so each day, knowing the day's price and difficulty, and starts again for
    nothing. The fee of a payout moves with revenue. Pool luck is not in it, nor tax, nor the price of the machine.

    Args:
        machines: what each could mine; all money in one currency.
        paths: drawn from a history, or from a model.
        rewards: how the pay of each chain goes on by its rule, by ticker. One that is not named keeps its reward.
        progress: is told how far it is.

    Returns:
        An outlook for each coin on each machine, in the order of machines, the largest expected profit first.

    Raises:
        ValueError: there is nothing to compare, currencies differ, or the paths know nothing of a coin.

    >>> from datetime import UTC, datetime
    >>> from decimal import Decimal
    >>> from calculators.earnings.estimate import estimate
    >>> from calculators.earnings.operation import Operation
    >>> from calculators.chain.quote import Quote
    >>> from calculators.horizon.paths import ParametricPaths
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, difficulty=864e6,
    ...               hashes_per_difficulty=1, block_reward_coins=2, price=Money(Decimal(10), "USD"))
    >>> today = estimate(quotes=[quote], operation=Operation(hashes_per_second=5000, power_watts=1000), now=noon,
    ...                  energy_cost_per_day=Money(Decimal(8), "USD"))
    >>> found, = outlooks(machines=[Machine(name="rig", estimates=(today,))], paths=ParametricPaths(days=30))
    >>> round(float(found.expected), 9), found.p5 < found.p50 < found.p95
    (60.0, True)
    """
    options = _options(machines, paths)
    tell = progress or _tell_nobody
    steps = 2 * len(options)
    tell(0, steps)
    profits = _Profits(options, paths, rewards or {}, may_idle=any(_may_idle(machine) for machine in machines))
    tell(0, steps)  # the paths are drawn

    def planes(first_step: int) -> Iterator[_Plane]:
        for done, option in enumerate(options, first_step + 1):
            yield profits.of(option)
            tell(done, steps)

    best = _best(planes(0), np.full((len(machines), paths.count), -np.inf))
    found: list[tuple[int, Outlook]] = []
    for option, plane in zip(options, planes(len(options)), strict=True):
        figures = _figures(plane, best)
        found.extend(
            (row, _outlook(machines[row], held, paths, figures, at))
            for at, (row, held) in enumerate(option.estimates.items())
        )
    found.sort(key=lambda pair: (pair[0], -pair[1].expected.amount, pair[1].coin, pair[1].algorithm))
    return tuple(outlook for _, outlook in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plane:
    """Profit of one coin over the horizon: a row for each machine that could mine it, a column for each path.

    Its arrays are used again for the next coin: new ones of this size cost ten times what is computed in them.
    """

    rows: Rows  # which machines
    profit: Numbers
    spare: Numbers  # of the same shape, to compute in
    expected_revenue: Numbers  # a number for each machine


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    """Of one coin, a number for each machine that could mine it."""

    expected_revenue: Numbers
    expected: Numbers
    p5: Numbers
    p50: Numbers
    p95: Numbers
    cvar_5: Numbers
    maximum_regret: Numbers
    probability_of_loss: Numbers
    probability_best: Numbers


def _best(planes: Iterable[_Plane], best: Numbers) -> Numbers:
    """What the best coin of each path brings on each machine."""
    for plane in planes:
        if isinstance(plane.rows, slice):
            np.maximum(best[plane.rows], plane.profit, out=best[plane.rows])
        else:
            best[plane.rows] = np.maximum(best[plane.rows], plane.profit)
    return best


def _figures(plane: _Plane, best: Numbers) -> _Figures:
    """A quantile is the smallest profit that so many of the paths stay at or below; nothing is interpolated.

    The order of the paths is lost: they are sorted as far as the quantiles need it.
    """
    profit = plane.profit
    count = profit.shape[1]
    tail, middle, high = (-(-count * percent // 100) - 1 for percent in (TAIL_PERCENT, 50, 100 - TAIL_PERCENT))
    expected = profit.mean(axis=1)
    lost = np.count_nonzero(profit < 0, axis=1) / count
    behind = np.subtract(best[plane.rows], profit, out=plane.spare)
    regret = behind.max(axis=1, initial=0)
    is_best = np.count_nonzero(behind <= 0, axis=1) / count
    # One place at a time: numpy has a fast way for one, and none for several.
    profit.partition(middle, axis=1)
    profit[:, :middle].partition(tail, axis=1)
    profit[:, middle + 1 :].partition(high - middle - 1, axis=1)
    p5 = profit[:, tail].copy()
    return _Figures(
        expected_revenue=plane.expected_revenue,
        expected=expected,
        p5=p5,
        p50=profit[:, middle].copy(),
        p95=profit[:, high].copy(),
        cvar_5=np.minimum(profit[:, : tail + 1].mean(axis=1), p5),  # a mean of equals may come out a digit above
        maximum_regret=regret,
        probability_of_loss=lost,
        probability_best=is_best,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Option:
    """One coin, or chains mined together, on all machines that could mine it: a row for each of them."""

    chains: tuple[str, ...]
    rows: Rows
    estimates: Mapping[int, Estimate]  # by the number of the machine
    weights: Numbers  # a day's worth of each chain's ratio, of a dearer kilowatt-hour, and of the day itself
    switch_cost: Numbers
    idle: Numbers  # what a day of standing idle brings; minus infinity where it may not


def _options(machines: Sequence[Machine], paths: Paths) -> list[_Option]:
    if len({machine.name for machine in machines}) < len(machines):
        raise ValueError("two machines have the same name")
    held: dict[tuple[str, str, tuple[str, ...]], dict[int, Estimate]] = {}
    currencies = set() if paths.currency is None else {paths.currency}
    for row, machine in enumerate(machines):
        currencies.update(
            cost.currency for cost in (machine.switch_cost, machine.idle_cost_per_day) if cost is not None
        )
        for found in machine.estimates:
            if found.confidence.level == "refused":
                continue
            currencies.add(found.profit_per_day.currency)
            by_machine = held.setdefault((found.coin, found.algorithm, found.chains), {})
            if row in by_machine:
                raise ValueError(f"{found.coin} is there twice on {machine.name}")
            by_machine[row] = found
    if not held:
        raise ValueError("no machine has a coin to mine that is not refused")
    if len(currencies) > 1:
        raise ValueError(f"money is in {' and '.join(sorted(currencies))}; convert it to one currency")
    return [_option(chains, machines, by_machine) for (_, _, chains), by_machine in held.items()]


def _option(chains: tuple[str, ...], machines: Sequence[Machine], by_machine: Mapping[int, Estimate]) -> _Option:
    rows = list(by_machine)
    together = rows[-1] - rows[0] == len(rows) - 1
    return _Option(
        chains=chains,
        rows=slice(rows[0], rows[-1] + 1) if together else np.array(rows, dtype=np.intp),
        estimates=by_machine,
        weights=np.array([_weights(found) for found in by_machine.values()]),
        switch_cost=np.array([[float(_switch_cost(machines[row], found))] for row, found in by_machine.items()]),
        idle=np.array([[_idle(machines[row], found)] for row, found in by_machine.items()]),
    )


def _weights(found: Estimate) -> list[float]:
    kilowatt_hours = found.operation.power_watts / WATTS_PER_KILOWATT * HOURS_PER_DAY
    cost = float(found.energy_cost_per_day + found.fixed_cost_per_day)
    revenues = dict.fromkeys(found.chains, 0.0)
    for part in found.parts or (found,):  # several machines of a rig may mine one chain
        revenues[part.coin] += float(part.revenue_per_day)
    return [*revenues.values(), -kilowatt_hours, -cost]


def _may_idle(machine: Machine) -> bool:
    return machine.idle_cost_per_day is not None


def _idle(machine: Machine, found: Estimate) -> float:
    if machine.idle_cost_per_day is None:
        return -np.inf
    return -float(machine.idle_cost_per_day + found.fixed_cost_per_day)


def _switch_cost(machine: Machine, found: Estimate) -> Money:
    if machine.switch_cost is None or machine.mining in {None, found.coin}:
        return Money(Decimal(0), found.profit_per_day.currency)
    return machine.switch_cost


class _Profits:
    """Profit of each option over the horizon, path by path."""

    def __init__(
        self,
        options: Sequence[_Option],
        paths: Paths,
        rewards: Mapping[str, RewardCourse],
        *,
        may_idle: bool,
    ) -> None:
        self._paths, self._rewards, self._may_idle = paths, rewards, may_idle
        machines = max(len(option.estimates) for option in options)
        self._profit = np.empty((machines, paths.count))
        self._spare = np.empty((machines, paths.count))
        self._rows = np.empty((max(len(option.chains) for option in options) + 2, paths.count))
        self._sums: dict[str, Numbers] = {}
        if not may_idle:
            # A sum over days is all that the profit depends on: it is made once for each chain.
            self._changes = _added(paths.energy_price_changes())
            self._sums = {
                name: _added(self._ratios(name))
                for name in dict.fromkeys(name for option in options for name in option.chains)
            }

    def of(self, option: _Option) -> _Plane:
        profit, spare = (array[: len(option.estimates)] for array in (self._profit, self._spare))
        if self._may_idle:
            revenue = self._day_by_day(option, profit, spare)
        else:
            rows = self._filled([self._sums[name] for name in option.chains], self._changes, self._paths.days)
            _multiply(option.weights, rows, profit)
            revenue = _revenue(option, rows)
        if option.switch_cost.any():
            np.subtract(profit, option.switch_cost, out=profit)
        return _Plane(rows=option.rows, profit=profit, spare=spare, expected_revenue=revenue)

    def _day_by_day(self, option: _Option, profit: Numbers, spare: Numbers) -> Numbers:
        profit.fill(0)
        revenue = np.zeros(len(option.estimates))
        chains = zip(*(self._ratios(name) for name in option.chains), strict=True)
        for ratios, changes in zip(chains, self._paths.energy_price_changes(), strict=True):
            rows = self._filled(ratios, changes, 1)
            _multiply(option.weights, rows, spare)
            np.maximum(spare, option.idle, out=spare)
            np.add(profit, spare, out=profit)
            revenue += _revenue(option, rows)
        return revenue

    def _filled(self, ratios: Sequence[Numbers], changes: Numbers, days: int) -> Numbers:
        """A row for each weight."""
        rows = self._rows[: len(ratios) + 2]
        for row, values in zip(rows, (*ratios, changes), strict=False):
            row[:] = values
        rows[-1] = days
        return rows

    def _ratios(self, name: str) -> Iterator[Numbers]:
        course = self._rewards.get(name, RewardCourse())
        for day, ratios in enumerate(self._paths.revenue_ratios(name)):
            yield ratios * course.factor(day)


def _multiply(weights: Numbers, rows: Numbers, out: Numbers) -> None:
    """Their product, in pieces so small that one thread does each: BLAS's threads wait for each other by spinning, and
    where other work runs that costs many times the product.
    """
    columns = max(1, SMALL_PRODUCT // weights.size)
    for first in range(0, rows.shape[1], columns):
        piece = slice(first, first + columns)
        np.matmul(weights, rows[:, piece], out=out[:, piece])


def _added(days: Iterator[Numbers]) -> Numbers:
    total = next(days).copy()
    for day in days:
        total += day
    return total


def _revenue(option: _Option, rows: Numbers) -> Numbers:
    """On average over the paths, for each machine."""
    chains = len(option.chains)
    revenue: Numbers = option.weights[:, :chains] @ rows[:chains].mean(axis=1)
    return revenue


def _outlook(machine: Machine, found: Estimate, paths: Paths, figures: _Figures, at: int) -> Outlook:
    currency = found.profit_per_day.currency

    def money(numbers: Numbers) -> Money:
        return Money.estimated(float(numbers[at]), currency)

    return Outlook(
        machine=machine.name,
        coin=found.coin,
        algorithm=found.algorithm,
        days=paths.days,
        paths=paths.count,
        expected_revenue=money(figures.expected_revenue),
        expected=money(figures.expected),
        p5=money(figures.p5),
        p50=money(figures.p50),
        p95=money(figures.p95),
        cvar_5=money(figures.cvar_5),
        maximum_regret=money(figures.maximum_regret),
        probability_of_loss=float(figures.probability_of_loss[at]),
        probability_best=float(figures.probability_best[at]),
        switch_cost=_switch_cost(machine, found),
        break_even_price_per_kilowatt_hour=found.break_even_price_per_kilowatt_hour,
        break_even_coin_price=found.break_even_coin_price,
        break_even_difficulty_ratio=found.break_even_difficulty_ratio,
        confidence=found.confidence,
    )


def _tell_nobody(_done: int, _steps: int) -> None:
    return
