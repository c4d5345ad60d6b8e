"""The same question asked of ``profit``, ``what-if``, ``stress``, ``mine-or-buy`` and the daemon has one answer.

In this process, through the functions that the commands call; on random rigs, markets and tariffs, in two currencies.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate
from calculators.earnings.stress import Scenario, stress_grid
from calculators.electricity.tariff import FlatTariff
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.exchange import Rate
from calculators.horizon.choice import Rule, choose
from calculators.horizon.decay import Growth
from calculators.horizon.outlook import Outlook
from calculators.horizon.paths import FEWEST_PATHS
from calculators.money import Money
from calculators.units import DAYS_PER_MONTH
from miner_agent import drivers
from miner_agent.config import loading
from miner_agent.config.entries import FeedEntry
from miner_agent.economy.advice import Adviser
from miner_agent.economy.messages import Return
from miner_agent.economy.question import configured_energy, question
from miner_agent.economy.settings import Settings
from miner_agent.economy.sums import Summed, sum_up
from miner_agent.market import feeds, markets
from miner_agent.market.feed import FeedReading, PriceSlot
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.profit.measured import rig_as_measured
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.rewards_ahead import RewardsAhead, rewards_ahead
from miner_agent.profit.running_hours import hours_of
from miner_agent.profit.spread import Draw, Standing, spread
from miner_agent.profit.venture import StakePlan, VenturePlan, venture
from miner_agent.profit.venture_costs import mining_of
from miner_agent.profit.what_if import answer_with, is_whole, narrowed
from miner_agent.profit.year_of_energy import over_a_year
from miner_agent.tables.market_of_one_day import builtin_market
from tests.log_ticks import device, miner_work, tick
from tests.whole.test_same_terms import HOURS, powers, profits, site_beside, sites, tariffs

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OF_WHAT_IS_MINED = ("which it mines", "says why")  # a coin that nobody names, tells of, or believes
CLOSE = 1e-9
FEW = 4  # coins of each market that are gone through with every command
RATE = Rate(currency="EUR", worth=Money(Decimal("1.1225"), "USD"), taken_at=NOW, source="ecb")
QUOTES = builtin_market()
CURRENCIES = st.sampled_from(["USD", "EUR"])
configurations = st.tuples(profits, powers, tariffs, CURRENCIES, CURRENCIES, sites).map(
    lambda told: (
        f'[profit]\ncurrency = "{told[3]}"\n{told[0]}[power]\n{told[1]}{site_beside(told[2], told[5])}[tariff]\ncurrency = "{told[4]}"\n{told[2]}{HOURS}'
    )
)
factors = st.integers(20, 500).map(lambda percent: percent / 100)
works = st.dictionaries(
    st.sampled_from(["kawpow", "etchash", "randomx", "sha256d", "scrypt", "octopus"]),
    st.tuples(st.floats(1e6, 1e13), st.integers(50, 3000)),
    min_size=1,
    max_size=3,
)
cards = st.lists(st.sampled_from(["GeForce RTX 3080", "GeForce RTX 4090", "Radeon RX 6800 XT"]), max_size=6)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class World:
    """A configuration, what is mined, and what sources say."""

    text: str
    snapshot: RigSnapshot
    quotes: tuple[Quote, ...]
    slots: tuple[PriceSlot, ...]

    def __repr__(self) -> str:
        """Hypothesis refuses to show what is longer, and calls that a failure."""
        return self.text[:20_000]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    names = draw(cards)
    devices = [
        replace(card, reading=replace(card.reading, name=name))
        for card, name in ((device(f"GPU-{number}", power_watts=200.0), name) for number, name in enumerate(names))
    ]
    mined = [
        replace(work, snapshot=replace(work.snapshot, power_watts=float(watts)))
        for work, watts in (
            (miner_work(name, name, hashes_per_second=rate), watts) for name, (rate, watts) in draw(works).items()
        )
    ]
    dearer, harder = draw(factors), draw(factors)
    cents = draw(st.lists(st.integers(-20, 90), min_size=6, max_size=6))
    return World(
        text=draw(configurations),
        snapshot=tick(0, devices, mined, start=NOW),
        quotes=tuple(_moved(each, dearer, harder) for each in QUOTES),
        slots=tuple(
            PriceSlot(NOW + hour * HOUR, NOW + (hour + 1) * HOUR, Money(Decimal(cents[hour % 6]) / 100, "EUR"))
            for hour in range(-3, 30)
        ),
    )


def _moved(each: Quote, dearer: float, harder: float) -> Quote:
    network, difficulty = each.network_hashes_per_second, each.difficulty
    return replace(
        each,
        taken_at=NOW,
        price=each.price and each.price.scaled(dearer),
        difficulty=difficulty and difficulty * harder,
        network_hashes_per_second=network and network * harder,
    )


@pytest.fixture(scope="module")
def settings_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Settings]:
    path = tmp_path_factory.mktemp("answers") / "config.toml"

    def make(text: str) -> Settings:
        path.write_text(text)
        return Settings.of(loading.load([path], environment={}, known_drivers=drivers.names()))

    return make


def returns_of(known: Settings, world: World) -> list[tuple[FeedEntry, Return]]:
    """What the feeds say: prices of energy, and a market with a rate of exchange."""
    (hours,) = known.loaded.feeds
    market = FeedReading(quotes=world.quotes, rates=(RATE,))
    return [
        (hours, Return(name=hours.name, reading=FeedReading(slots=world.slots), taken_at=NOW)),
        (FeedEntry(feed="file", name="market", place=""), Return(name="market", reading=market, taken_at=NOW)),
    ]


def asked_by_commands(known: Settings, world: World) -> Question:
    """The question as a command makes it, of the rig as it is measured."""
    told = {
        entry.name: markets.Told(
            name=entry.name, feed=feeds.load(entry.feed), reading=said.reading, taken_at=said.taken_at
        )
        for entry, said in returns_of(known, world)
    }
    return question(
        known.terms,
        energy=configured_energy(known.terms, ask=told.__getitem__),
        market=markets.market_of(list(told.values())),
        rig=rig_as_measured(world.snapshot, hardware=known.hardware, algorithms=known.algorithms),
        coins=known.coins,
        now=NOW,
    )


def first_month_a_day(asked: Question, base: Estimate, *, may_idle: bool = False) -> Money | None:
    """What a day of the first month leaves by ``mine-or-buy``; ``None`` where nothing can be carried on."""
    try:
        year = over_a_year(asked.conditions.prices, asked.now)
    except ValueError:  # prices of two days say nothing of months, and it says so
        return None
    ranking = rank(replace(asked, conditions=replace(asked.conditions, prices=year.prices)))
    alone = (each for each in ranking.ranked if (each.coin, each.algorithm) == (base.coin, base.algorithm))
    found = ranking.whole if is_whole(asked, base) else next(alone)
    assert found is not None
    nothing = Money(Decimal(0), ranking.currency)
    plan = VenturePlan(
        investment=Money(Decimal(1000), ranking.currency),
        months=1,
        outlook=Growth(),
        resale=nothing,
        discount_ratio_per_year=0,
        staking=StakePlan(),
        purchase_fee_ratio=0,
        may_idle=may_idle,
    )
    if found.revenue_per_day.amount <= 0:
        return None
    ahead = rewards_ahead(found.chains, coins=asked.coins, quotes=asked.market.quotes, now=asked.now, days=31)
    return venture(mining_of(ranking, found, year), plan, ahead).months[0].cash_flow.scaled(1 / DAYS_PER_MONTH)


def same(one: Money, other: Money, found: Estimate) -> bool:
    """Equal to 1e-9 of what is added and taken away: a profit may be the small difference of two large amounts."""
    scale = max(abs(float(each)) for each in (found.revenue_per_day, found.energy_cost_per_day, found.profit_per_day))
    return one.currency == other.currency and abs(float(one - other)) <= CLOSE * scale


def some_of(ranked: Iterable[Estimate]) -> list[Estimate]:
    """The best, the worst, and those between."""
    whole = list(ranked)
    return whole if len(whole) <= FEW else [*whole[: FEW - 1], whole[-1]]


def check_hours(ranking: Ranking) -> None:
    """``hours`` that never stop leave what ``profit`` says; as planned they leave no less."""
    if ranking.whole is None:
        return
    found, whole = hours_of(ranking), ranking.whole
    days = found.parts[0].best.plan.hours / 24  # by blocks of consumption those of the month
    a_day = found.always.scaled(1 / days)
    assert same(a_day, whole.profit_per_day, whole), (a_day, whole.profit_per_day)
    assert found.worth.amount >= -CLOSE
    is_shared = isinstance(ranking.conditions.prices.tariff, TieredTariff) and len(found.parts) > 1
    for part in found.parts:
        for run in part.runs:
            # the best of one part may leave the cheap blocks to the others and lose by it; the rig does not, as above
            assert run.worth.amount >= 0 or (is_shared and run is part.best)
            assert same(run.always.scaled(1 / days), run.estimate.profit_per_day, run.estimate)


def check_planned_month(ranking: Ranking) -> None:
    """Where hours do not differ, a month of ``mine-or-buy`` leaves what ``hours`` plans, or more: it may be switched off
    with all that draws standing still.
    """
    prices, whole = ranking.conditions.prices, ranking.whole
    if whole is None or prices.own is not None or not isinstance(prices.tariff, FlatTariff | TieredTariff):
        return
    month, hours = first_month_a_day(ranking.asked, whole, may_idle=True), hours_of(ranking)
    a_day = hours.planned.scaled(24 / hours.parts[0].best.plan.hours)
    assert month is None or same(month, a_day, whole) or month > a_day, (month, a_day)


def check_standing_idle(ranking: Ranking, daemon: Summed) -> None:
    """What the advice and ``stress`` weigh a coin against is what ``hours`` leaves where it never runs."""
    if not ranking.ranked:
        return
    hours = hours_of(ranking)
    runs = {(part.devices, run.estimate.coin, run.estimate.algorithm): run for part in hours.parts for run in part.runs}

    def check_of(name: str, best: Estimate | Outlook, idle: Money) -> None:
        run = runs[name, best.coin, best.algorithm]
        never = run.owed.scaled(-24 / run.plan.hours)
        assert same(never, idle, run.estimate), (never, idle)

    with patch("miner_agent.economy.advice.choose", side_effect=choose) as chosen:
        Adviser().follow(daemon, now=NOW)
    names = {of.part.slug: of.part.name for of in ranking.parts}
    for weighed in (call.kwargs for call in chosen.call_args_list):
        best = weighed["outlooks"][0]
        check_of(names[best.machine], best, weighed["idle"])

    ahead = RewardsAhead(days=1, steps={}, notes=())
    draw = Draw(days=1, paths=FEWEST_PATHS, seed=1)
    for part in spread(ranking, draw=draw, site=Standing(), rule=Rule(), ahead=ahead).parts:
        best = next(of.best for of in ranking.parts if of.part.name == part.name)
        assert best is not None
        check_of(part.name, best, part.idle)


def check(known: Settings, world: World) -> int:
    """How many coins every one of them was asked about."""
    asked = asked_by_commands(known, world)
    ranking = rank(asked)
    daemon = sum_up(known, returns_of(known, world), world.snapshot, now=NOW)
    assert [problem for problem in daemon.problems if not problem.endswith(OF_WHAT_IS_MINED)] == []
    assert daemon.problems == () or daemon.economy.present.revenue_per_day is None
    slugs = {part.slug: part.name for part in asked.rig.parts}
    candidates = {(slugs[each.part], each.coin, each.algorithm): each for each in daemon.economy.candidates}
    assert [(each.devices, each.coin, each.algorithm) for each in ranking.ranked][:64] == list(candidates)

    check_hours(ranking)
    check_planned_month(ranking)
    check_standing_idle(ranking, daemon)
    several = [ranking.whole] if ranking.whole is not None and len(ranking.parts) > 1 else []
    checked = [*several, *some_of(ranking.ranked)]
    for found in checked:
        if found in several:
            best = sum((of.best.profit_per_day for of in ranking.parts if of.best), found.profit_per_day * 0)
            assert same(best, found.profit_per_day, found) or any(of.best is None for of in ranking.parts)
        elif (seen := candidates.get((found.devices, found.coin, found.algorithm))) is not None:
            assert (seen.revenue_per_day, seen.profit_per_day) == (found.revenue_per_day, found.profit_per_day)

        again = answer_with(narrowed(asked, found), found, {})
        assert same(again.profit_per_day, found.profit_per_day, found)

        ((calm,),) = (row.cells for row in stress_grid(estimates=[found], scenarios=[Scenario(name="none", why="")]))
        assert same(calm.profit_per_day, found.profit_per_day, found)
        assert same(calm.revenue_per_day, found.revenue_per_day, found)

        month = first_month_a_day(narrowed(asked, found), found)
        assert month is None or same(month, found.profit_per_day, found)
    return len(checked)


def test_every_command_and_the_daemon_give_the_same_answer(settings_of: Callable[[str], Settings]) -> None:
    checked: list[int] = []

    @settings(max_examples=4)
    @given(world=worlds())
    def try_one(world: World) -> None:
        checked.append(check(settings_of(world.text), world))

    try_one()
    assert sum(checked) > len(checked), "most worlds have coins to compare"


@pytest.mark.parametrize(
    "count", [pytest.param(40, marks=pytest.mark.thorough), pytest.param(2000, marks=pytest.mark.soak)]
)
def test_they_do_so_in_many_more_worlds(settings_of: Callable[[str], Settings], count: int) -> None:
    @settings(max_examples=count)
    @given(world=worlds())
    def try_one(world: World) -> None:
        check(settings_of(world.text), world)

    try_one()


@pytest.mark.thorough
def test_what_a_rig_leaves_does_not_hang_on_the_order_of_its_parts(settings_of: Callable[[str], Settings]) -> None:
    """What earns most for it takes own power and the cheap blocks first, whichever part is told first."""

    @settings(max_examples=8)
    @given(world=worlds())
    def try_one(world: World) -> None:
        asked = asked_by_commands(settings_of(world.text), world)
        backwards = replace(asked, rig=replace(asked.rig, parts=asked.rig.parts[::-1]))
        one, other = rank(asked).whole, rank(backwards).whole
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert same(one.profit_per_day, other.profit_per_day, one), (one.profit_per_day, other.profit_per_day)

    try_one()
