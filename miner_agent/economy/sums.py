"""From one tick and what feeds said to what the rig earns, costs and could earn. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate
from calculators.electricity.energy import kilowatt_hours
from calculators.money import Money, decimal_of
from calculators.units import SECONDS_PER_DAY
from miner_agent.config.entries import FeedEntry
from miner_agent.economy.heard import KnownMarkets, energy_told, seen, tariff_seen
from miner_agent.economy.messages import Return
from miner_agent.economy.question import question
from miner_agent.economy.settings import Settings
from miner_agent.errors import AgentError
from miner_agent.model.finances import Candidate, Economy, MarketNote, NetworkSeen, Present, TariffSeen
from miner_agent.model.snapshot import RigSnapshot, preferred_power
from miner_agent.profit.asked_for import is_asked_for
from miner_agent.profit.drawn_idle import first_of
from miner_agent.profit.energy_cost import DAY, Prices, cost_of_day
from miner_agent.profit.in_common import demand_charge_in
from miner_agent.profit.measured import rig_as_measured
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.rig_figures import NO_POWER, Power, Rig, RigPart
from miner_agent.profit.supply import at_the_wall

MOST_COINS = 64
"""Of each family of metrics, and of the log: the ones named in the configuration, then the best."""
MOST_PRICES = 256  # of those coins, by all sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """What one computation gave."""

    economy: Economy  # without what is counted, and without decisions
    ranking: Ranking | None
    mined: dict[str, Estimate]  # by part of the rig, what is mined now, where its coin is known
    problems: tuple[str, ...]


def sum_up(
    settings: Settings, returns: Sequence[tuple[FeedEntry, Return]], snapshot: RigSnapshot, *, now: datetime
) -> Summed:
    """Everything that can be said of money at this moment; what cannot is ``None``, with a sentence in ``problems``."""
    known = seen(returns, now=now)
    problems: list[str] = [*known.problems]
    rig = rig_as_measured(snapshot, hardware=settings.hardware, algorithms=settings.algorithms)
    asked: Question | None = None
    tariff: TariffSeen | None = None
    try:
        asked = _question(settings, known, rig, now)
        tariff = tariff_seen(settings.terms, asked.conditions.prices if asked else None, now=now)
    except (AgentError, ValueError) as error:
        problems.append(str(error))
    prices = None if asked is None else asked.conditions.prices
    problems += prices.notes if prices is not None else ()
    ranking = rank(asked) if asked is not None and known.fresh.quotes else None
    problems += _unknown(settings, known)
    mined = {} if ranking is None else _mined(ranking, snapshot, settings)
    earning = mined if asked is None or ranking is None else _earning(asked, mined, snapshot, settings, problems)
    unearned = () if ranking is None else tuple(_unearned(ranking, earning, known, snapshot, settings))
    problems += unearned
    wanted = _wanted(settings, ranking, mined, known, rig)
    problems += _said_of(known.fresh.problems, {*settings.terms.coins, *_chains_of(mined.values())})
    economy = Economy(
        computed_at=now,
        prices=tuple(price for price in known.prices if price.coin in wanted)[:MOST_PRICES],
        networks=tuple(_networks(known.fresh.quotes, wanted)),
        tariff=tariff,
        present=replace(
            _present(settings, prices, ranking, rig, earning, snapshot, now, problems),
            no_revenue_because=next(iter(unearned), None),
        ),
        candidates=() if ranking is None else _candidates(ranking, mined),
        refused={} if ranking is None else _refused(ranking, known, rig, settings),
        market_notes=() if ranking is None else tuple(_notes(ranking, wanted, _paid(prices, tariff), now)),
    )
    return Summed(economy=economy, ranking=ranking, mined=mined, problems=tuple(problems))


def _question(settings: Settings, known: KnownMarkets, rig: Rig, now: datetime) -> Question | None:
    """What is asked each minute; ``None`` while nobody knows what energy costs."""
    energy = energy_told(settings.terms, known.told, now=now)
    if energy is None:
        return None
    return question(settings.terms, energy=energy, market=known.fresh, rig=rig, coins=settings.coins, now=now)


def _unknown(settings: Settings, known: KnownMarkets) -> Iterator[str]:
    """Coins that are configured, in no table, and told of by no feed that answered."""
    told = {quote.coin for quote in known.fresh.quotes} | {coin for coin, _ in known.stale_coins}
    for ticker in settings.terms.coins:
        if told and ticker not in told and ticker not in settings.coins:
            yield f"[profit] coins: {ticker} is in no table of coins, and no feed tells of it"


def _mined(ranking: Ranking, snapshot: RigSnapshot, settings: Settings) -> dict[str, Estimate]:
    """What each part is mined for: what its miners say, else the only coin that it can be."""
    told = _named_coins(snapshot, settings)
    found: dict[str, Estimate] = {}
    for of in ranking.parts:
        work = of.part.doing
        if work is None:
            continue
        possible = [each for each in (*of.ranked, *of.refused) if each.algorithm == work.mined_as]
        says = [told[algorithm] for algorithm in work.algorithms if algorithm in told]
        fitting = [each for each in possible if all(coins & set(each.chains) for coins in says)]
        if len(fitting) == 1:
            found[of.part.name] = fitting[0]
    return found


def _named_coins(snapshot: RigSnapshot, settings: Settings) -> dict[str, set[str]]:
    """By algorithm the coins that miners name."""
    told: dict[str, set[str]] = {}
    for each in snapshot.inventory.workloads:
        algorithm = settings.algorithms.known(each.algorithm)
        if algorithm is not None and each.workload.coin:
            told.setdefault(algorithm, set()).add(each.workload.coin.upper())
    return told


def _unearned(
    ranking: Ranking, earning: dict[str, Estimate], known: KnownMarkets, snapshot: RigSnapshot, settings: Settings
) -> Iterator[str]:
    """Why nobody knows what a part earns that mines. What stands here holds for long: it is said once."""
    told = _named_coins(snapshot, settings)
    stale = {coin for coin, _ in known.stale_coins}
    for of in ranking.parts:
        work, name = of.part.doing, of.part.name
        if work is None:
            continue
        if (found := earning.get(name)) is not None:
            if found.confidence.level == "refused":
                yield f"{name}: what {found.coin} brings is refused: miner-agent profit --coin {found.coin} says why"
            continue
        listed = {quote.coin for quote in known.fresh.quotes if quote.algorithm in work.algorithms}
        named = {coin for algorithm in work.algorithms for coin in told.get(algorithm, ())}
        missing = sorted(named - listed - stale)
        if missing or not (listed | stale):
            yield f"{name}: no feed tells of {', '.join(missing) or f'a coin of {work.mined_as}'}, which it mines"
        elif not named and sum(each.algorithm == work.mined_as for each in (*of.ranked, *of.refused)) > 1:
            yield f"{name}: {work.mined_as} may be one of several coins: [profit] coins says which it mines"
        else:
            yield from (problem for problem in ranking.problems if _is_about(problem, named or listed))


def _is_about(problem: str, coins: Collection[str]) -> bool:
    """Whether a sentence that begins with coins, not all of which it may name, begins with one of these."""
    head, _, _ = problem.partition(":")
    return head.endswith(" more") or not set(head.split(", ")).isdisjoint(coins)


def _earning(
    asked: Question, mined: dict[str, Estimate], snapshot: RigSnapshot, settings: Settings, problems: list[str]
) -> dict[str, Estimate]:
    """What each part is mined for, as far as revenue goes: where nobody knows what a part draws, its cost and profit
    are unknown, and what it earns is not.
    """
    silent = [part for part in asked.rig.parts if part.doing is not None and part.doing.power is None]
    if not silent:
        return mined
    names = ", ".join(part.name for part in silent)
    problems.append(f"{names}: nobody knows what it draws, so what it earns is told without cost and profit")
    parts = tuple(_without_power(part) if part in silent else part for part in asked.rig.parts)
    return {**_mined(rank(replace(asked, rig=replace(asked.rig, parts=parts))), snapshot, settings), **mined}


def _without_power(part: RigPart) -> RigPart:
    return replace(part, works=tuple(replace(work, power=work.power or NO_POWER) for work in part.works))


def _said_of(problems: Iterable[str], coins: Collection[str]) -> Iterator[str]:
    """Sentences about the coins that matter: of all others a feed has too many."""
    return (problem for problem in problems if problem.partition(":")[0] in coins)


def _chains_of(estimates: Iterable[Estimate]) -> Iterator[str]:
    return (chain for each in estimates for chain in each.chains)


def _present(
    settings: Settings,
    prices: Prices | None,
    ranking: Ranking | None,
    rig: Rig,
    mined: dict[str, Estimate],
    snapshot: RigSnapshot,
    now: datetime,
    problems: list[str],
) -> Present:
    power = preferred_power(snapshot.power)
    watts, cost = None, None
    if power is not None and power.power_watts > 0:
        drawn = (
            Power(board_watts=power.power_watts)
            if power.source == "estimate"
            else Power(wall_watts=power.power_watts, metered=power.source == "meter")
        )
        supply = settings.terms.supply if ranking is None else ranking.conditions.supply
        uptime_ratio = settings.terms.uptime_ratio if ranking is None else ranking.conditions.uptime_ratio
        try:
            watts = at_the_wall(power=drawn, power_terms=(), supply=supply, uptime_ratio=uptime_ratio).watts
            if prices is not None:
                cost = cost_of_day(prices, power_watts=watts, now=now).money
        except ValueError as error:
            problems.append(str(error))
    working = [part.name for part in rig.parts if part.doing is not None]
    revenue = None
    if (
        ranking is not None
        and working
        and all(one in mined and mined[one].confidence.level != "refused" for one in working)
    ):
        revenue = sum((mined[one].revenue_per_day for one in working), Money(decimal_of(0), ranking.currency))
    break_even = None
    if revenue is not None and ranking is not None and watts:
        fixed = ranking.conditions.fixed_cost_per_day
        left = revenue if fixed is None else revenue - fixed
        left -= sum((demand_charge_in(first_of(mined[one])) for one in working), revenue * 0)
        break_even = left / kilowatt_hours(power_watts=watts, duration=DAY)
    return Present(
        power_watts=watts,
        power_source=None if watts is None or power is None else power.source,
        revenue_per_day=revenue,
        energy_cost_per_day=cost,
        break_even_price_per_kilowatt_hour=break_even,
        uptime_ratio=settings.terms.uptime_ratio,
    )


def _candidates(ranking: Ranking, mined: dict[str, Estimate]) -> tuple[Candidate, ...]:
    slugs = {of.part.name: of.part.slug for of in ranking.parts}
    return tuple(
        Candidate(
            part=slugs[each.devices],
            coin=each.coin,
            algorithm=each.algorithm,
            revenue_per_day=each.revenue_per_day,
            profit_per_day=each.profit_per_day,
            selected=mined.get(each.devices) is each,
            confidence=each.confidence.level,
            confidence_reason=each.confidence.kind,
        )
        for place, each in enumerate(ranking.ranked)
        if place < MOST_COINS or mined.get(each.devices) is each
    )


def _refused(ranking: Ranking, known: KnownMarkets, rig: Rig, settings: Settings) -> dict[str, int]:
    able = rig.algorithms

    def counts(coin: str, algorithm: str) -> bool:
        return algorithm in able and is_asked_for(coin, only=settings.terms.coins, coins=settings.coins, merge=True)

    told = {(quote.coin, quote.algorithm) for quote in known.fresh.quotes if counts(quote.coin, quote.algorithm)}
    everything = (*ranking.ranked, *ranking.refused)
    estimated = {(chain.coin, chain.algorithm) for each in everything for chain in each.parts or (each,)}
    return {
        "stale": sum(counts(*one) for one in known.stale_coins),
        "doubtful": len({(each.coin, each.algorithm) for each in ranking.refused}),
        "incomplete": len(told - estimated),
    }


def _wanted(
    settings: Settings, ranking: Ranking | None, mined: dict[str, Estimate], known: KnownMarkets, rig: Rig
) -> frozenset[str]:
    """The coins that are worth a sample: those of the configuration, what is mined, then from the best down."""
    able = rig.algorithms
    ordered = dict.fromkeys(settings.terms.coins)
    estimates = () if ranking is None else (*mined.values(), *ranking.ranked, *ranking.refused)
    ordered.update(dict.fromkeys(chain for each in estimates for chain in each.chains))
    if not settings.terms.coins:
        ordered.update(dict.fromkeys(quote.coin for quote in known.fresh.quotes if quote.algorithm in able))
        ordered.update(dict.fromkeys(sorted(coin for coin, algorithm in known.stale_coins if algorithm in able)))
    return frozenset(list(ordered)[:MOST_COINS])


def _networks(quotes: Iterable[Quote], wanted: frozenset[str]) -> Iterator[NetworkSeen]:
    """Each coin by the first source that tells its chain."""
    done: set[str] = set()
    for quote in quotes:
        told = (quote.difficulty, quote.network_hashes_per_second, quote.block_reward_coins)
        if quote.coin in wanted and quote.coin not in done and any(value is not None for value in told):
            done.add(quote.coin)
            yield NetworkSeen(
                coin=quote.coin,
                difficulty=quote.difficulty,
                network_hashes_per_second=quote.network_hashes_per_second,
                block_reward_coins=quote.block_reward_coins,
            )


def _paid(prices: Prices | None, tariff: TariffSeen | None) -> Money | None:
    """What a kilowatt-hour is paid as now: books and bills know nothing of what its heat is worth."""
    price = None if tariff is None else tariff.import_price
    if price is None or prices is None or prices.heat_worth is None:
        return price
    return price + prices.heat_worth


def _notes(ranking: Ranking, wanted: frozenset[str], paid: Money | None, now: datetime) -> Iterator[MarketNote]:
    done: set[str] = set()
    believed = {chain for each in ranking.ranked for chain in each.chains}
    for quote in ranking.market.quotes:
        yielded = _yield_of(quote)
        if quote.coin not in wanted & believed or quote.coin in done or quote.price is None:
            continue
        if quote.difficulty is None and yielded is None:
            continue
        try:
            price = ranking.market.exchange.convert(quote.price, ranking.currency, now).money
        except ValueError:  # another source's price was the one that could be converted
            continue
        done.add(quote.coin)
        yield MarketNote(
            coin=quote.coin,
            source=quote.source,
            price=price,
            difficulty=quote.difficulty,
            coins_per_hash_per_second_per_day=yielded,
            block_reward_coins=quote.block_reward_coins,
            price_per_kilowatt_hour=paid,
        )


def _yield_of(quote: Quote) -> float | None:
    if quote.coins_per_hash_per_second_per_day is not None:
        return quote.coins_per_hash_per_second_per_day
    reward = quote.block_reward_coins
    if reward is None:
        return None
    if quote.difficulty is not None and quote.hashes_per_difficulty is not None:
        return SECONDS_PER_DAY * reward / (quote.difficulty * quote.hashes_per_difficulty)
    if quote.network_hashes_per_second is not None and quote.block_time_seconds is not None:
        return SECONDS_PER_DAY * reward / (quote.network_hashes_per_second * quote.block_time_seconds)
    return None
