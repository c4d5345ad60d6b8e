"""From tables, a market and a tariff to a ranking whose every figure can be computed again from its sum."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Term
from calculators.electricity.power import PowerSupply, supply_input_watts
from calculators.electricity.tariff import FlatTariff, Slot
from calculators.electricity.tariff_bands import Band, TimeOfUseTariff
from calculators.electricity.tariff_slots import SlotTariff
from calculators.electricity.tariff_tiers import Tier, TieredTariff
from calculators.equipment.hardware import Benchmark, Hardware
from calculators.equipment.rigs import parse_rig
from calculators.exchange import Rate
from calculators.money import Money
from calculators.told_figures import significant
from miner_agent.profit.document import document
from miner_agent.profit.energy_cost import Prices, cost_of_day
from miner_agent.profit.quotes import Market, joined, told_ages
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import Power, Rig, rig_of
from miner_agent.profit.supply import Supply, assumption, at_the_wall
from miner_agent.profit.whole_sum import sum_of
from miner_agent.tables.coin_table import load_coins
from miner_agent.tables.hardware_table import load_hardware
from miner_agent.tables.market_of_one_day import builtin_market
from tests.quotes import NOON, quote, usd

COINS = load_coins()
NOWHERE = {ticker: replace(coin, known_heights=()) for ticker, coin in COINS.items()}
"""Chains of which nobody knows where they stand."""
HARDWARE = load_hardware()
BUILT_IN = Market(quotes=builtin_market())
HOUR = timedelta(hours=1)


def flat(price: str, currency: str = "USD") -> Prices:
    return Prices(tariff=FlatTariff(Money(Decimal(price), currency)), source="a test")


def rig(text: str) -> Rig:
    return rig_of(parse_rig(text, HARDWARE))


def ranking(
    market: Market = BUILT_IN, *, hardware: str = "6x rtx3080", prices: Prices | None = None, **given: object
) -> Ranking:
    conditions = Conditions(prices=prices or flat("0.1626"), **given.pop("conditions", {}))  # type: ignore[arg-type]
    now, coins = given.pop("now", NOON), given.pop("coins", COINS)
    return rank(Question(market=market, rig=rig(hardware), conditions=conditions, coins=coins, now=now, **given))  # type: ignore[arg-type]


def recomputed(terms: tuple[Term, ...]) -> dict[str, float]:
    """Every line of a sum, those with a formula computed from the lines above; each must come out as it stands."""
    values: dict[str, float] = {}
    for term in terms:
        value = float(term.value)
        if term.formula is not None:
            computed = eval(term.formula, {"__builtins__": {}}, values)
            assert math.isclose(computed, value, rel_tol=1e-9, abs_tol=1e-12), term
            value = computed
        else:
            assert term.source, term
        values[term.name] = value
    return values


def check_by_hand(found: Estimate) -> None:
    values = recomputed(sum_of(found))
    for name in ("profit_per_day", "revenue_per_day", "energy_cost_per_day", "break_even_price_per_kilowatt_hour"):
        told = getattr(found, name)
        if told is not None:
            assert math.isclose(values[name], float(told), rel_tol=1e-9), name
    if found.break_even_coin_price is not None:
        assert math.isclose(values["break_even_coin_price"], float(found.break_even_coin_price), rel_tol=1e-9)
    for part in found.parts:
        check_by_hand(part)
        assert math.isclose(float(part.revenue_per_day), recomputed(sum_of(part))["revenue_per_day"], rel_tol=1e-9)


@pytest.mark.parametrize(
    "hardware", ["6x rtx3080", "2x antminer-l7", "rtx4090, rtx3080, ryzen-5950x", "antminer-s19-xp, 2x rtx3090"]
)
def test_every_estimate_can_be_computed_again_from_its_sum(hardware: str) -> None:
    found = ranking(
        hardware=hardware,
        conditions={"uptime_ratio": 0.97, "dev_fee_ratio": 0.01, "stale_ratio": 0.02, "exchange_fee_ratio": 0.004},
    )

    assert found.ranked
    for each in (*found.ranked, *found.refused):
        check_by_hand(each)


def test_the_break_evens_put_back_in_leave_nothing() -> None:
    best = ranking().ranked[0]
    assert best.break_even_price_per_kilowatt_hour is not None
    assert best.break_even_coin_price is not None

    at_kwh = ranking(prices=flat(str(best.break_even_price_per_kilowatt_hour.amount))).found(best.coin)
    cheaper = tuple(
        replace(each, price=best.break_even_coin_price) if each.coin == best.coin else each for each in BUILT_IN.quotes
    )
    at_price = ranking(Market(quotes=cheaper)).found(best.coin)

    for each in (at_kwh, at_price):
        assert each is not None
        assert abs(float(each.profit_per_day)) < 1e-9 * float(each.revenue_per_day)


def test_the_most_profitable_stands_first_and_losses_stay() -> None:
    found = ranking()
    profits = [each.profit_per_day.amount for each in found.ranked]

    assert profits == sorted(profits, reverse=True)
    assert profits[0] > 0 > profits[-1]
    assert {each.coin for each in found.ranked} >= {"RVN", "XNA", "ETC", "CFX"}


def test_chains_that_are_mined_together_are_one_row_unless_asked_otherwise() -> None:
    together = ranking(hardware="antminer-l7").ranked
    apart = ranking(hardware="antminer-l7", merge=False).ranked

    assert [each.chains for each in together] == [("LTC", "DOGE", "PEP", "DINGO")]
    assert {each.coin for each in apart} == {"LTC", "DOGE", "PEP", "DINGO"}
    total = sum(each.revenue_per_day.amount for each in apart)
    assert math.isclose(float(together[0].revenue_per_day), float(total), rel_tol=1e-9)
    assert together[0].energy_cost_per_day == apart[0].energy_cost_per_day


def test_a_refused_coin_is_not_ranked_and_says_why() -> None:
    lie = replace(quote(), coin="ETC", network_hashes_per_second=quote().network_hashes_per_second * 3)  # type: ignore[operator]
    found = ranking(Market(quotes=(lie,)))

    assert found.ranked == ()
    assert [each.coin for each in found.refused] == ["ETC"]
    assert "-66 %" in found.refused[0].confidence.reasons[0]


def test_a_node_that_tells_no_reward_tells_by_its_height_what_a_block_pays() -> None:
    node = quote(source="node", block_reward_coins=None, block_time_seconds=None, price=None, height=25_432_100)
    silent = replace(node, height=None)
    priced = quote(source="coingecko", **dict.fromkeys(("difficulty", "network_hashes_per_second"), None))
    priced = replace(priced, block_reward_coins=None, block_time_seconds=None)
    (found,) = ranking(Market(quotes=(node, priced))).ranked

    reward = next(float(term.value) for term in found.terms if term.name == "block_reward_coins")
    assert math.isclose(reward, 1.6384)
    assert any("1.6384 coins is from: rule of the chain" in reason for reason in found.confidence.reasons)
    assert "and the reward to either" in ranking(Market(quotes=(silent, priced)), coins=NOWHERE).problems[0]


@pytest.mark.parametrize(
    ("coin", "algorithm", "height", "whole", "part"),
    [("ZEC", "equihash-200-9", 3_400_000, 1.5625, 0.8), ("XEC", "sha256d", 960_000, 3_125_000, 0.58)],
)
def test_of_a_block_that_is_shared_with_a_fund_the_miner_earns_its_part(
    coin: str, algorithm: str, height: int, whole: float, part: float
) -> None:
    told = quote(
        coin=coin, algorithm=algorithm, difficulty=1e23, network_hashes_per_second=None, block_reward_coins=whole
    )
    hardware = "antminer-z15, antminer-s19-xp"
    (found,) = ranking(Market(quotes=(replace(told, height=height),)), hardware=hardware).ranked
    (reckoned,) = ranking(Market(quotes=(told,)), hardware=hardware).ranked
    (unknown,) = ranking(Market(quotes=(told,)), hardware=hardware, coins=NOWHERE).ranked

    assert math.isclose(found.coins_per_day, reckoned.coins_per_day)
    assert math.isclose(found.coins_per_day, unknown.coins_per_day * part)
    assert any(f"the miner's part of {significant(whole)}" in reason for reason in found.confidence.reasons)


def test_the_height_of_the_newest_quote_counts() -> None:
    old = quote(source="old", taken_at=NOON - timedelta(hours=20), height=24_999_000, block_reward_coins=None)
    (found,) = ranking(Market(quotes=(old, quote(height=25_001_000)))).ranked

    assert not any("by the rule of the chain" in reason for reason in found.confidence.reasons)


def test_bad_data_costs_its_own_coin() -> None:
    nothing = Quote(coin="RVN", algorithm="kawpow", source="s", taken_at=NOON, price=usd(1))
    priceless = quote(coin="CFX", algorithm="octopus", price=None)
    found = ranking(Market(quotes=(nothing, priceless, quote()), problems=("XNA: difficulty is 0",)))

    assert [each.coin for each in found.ranked] == ["ETC"]
    assert [problem.partition(":")[0] for problem in found.problems] == ["XNA", "RVN", "CFX"]


def test_a_coin_that_is_asked_for_and_cannot_be_mined_is_named() -> None:
    found = ranking(only=("BTC", "XMR", "RVN", "PEARS"))

    assert [each.coin for each in found.ranked] == ["RVN"]
    assert found.problems == (
        "PEARS: no source tells anything of it",
        "BTC: 6x GeForce RTX 3080 has no figure for sha256d",
        "XMR: 6x GeForce RTX 3080 has no figure for randomx",
    )


def test_money_of_another_currency_is_converted_with_a_dated_rate_or_not_ranked() -> None:
    rate = Rate(currency="EUR", worth=usd("1.25"), taken_at=NOON - HOUR, source="bank")
    dollars = ranking(Market(quotes=(quote(),))).ranked[0]
    euros = ranking(Market(quotes=(quote(),), rates=(rate,)), prices=flat("0.1626", "EUR")).ranked[0]
    without = ranking(Market(quotes=(quote(), quote(coin="RVN", algorithm="kawpow"))), prices=flat("0.1626", "EUR"))

    assert math.isclose(float(euros.revenue_per_day), float(dollars.revenue_per_day) / 1.25)
    assert euros.profit_per_day.currency == "EUR"
    check_by_hand(euros)
    assert "rate_EUR_in_USD" in {term.name for term in euros.terms}
    assert without.ranked == ()
    (sentence,) = without.problems
    assert sentence.startswith("ETC, RVN: prices are in USD; no rates lead from USD to EUR")


def test_a_price_in_another_currency_does_not_cost_a_coin_that_has_one_at_home() -> None:
    home = quote(source="home", price=Money(Decimal(8), "EUR"))
    found = ranking(Market(quotes=(quote(), home)), prices=flat("0.1626", "EUR"))

    assert float(found.ranked[0].price) == 8


def test_each_source_tells_how_old_it_is() -> None:
    old = quote(source="node", taken_at=NOON - 3 * HOUR)
    older = quote(source="node", coin="RVN", taken_at=NOON - timedelta(days=3))
    market = joined([Market(quotes=(quote(),)), Market(quotes=(old, older))])

    assert (
        told_ages(market.ages, NOON) == "whattomine: of 2026-01-01, 0 min old; node: of 2026-01-01, 3 h to 3 days old"
    )
    assert (
        told_ages(market.ages, NOON - timedelta(days=9))
        == "whattomine: of 2026-01-01, 0 min old; node: of 2026-01-01, 0 min old"
    )
    assert told_ages((), NOON) == "no source told anything"


def test_the_document_begins_with_the_age_of_the_market_and_has_money_as_text() -> None:
    found = document(ranking(), explain=True)

    assert list(found)[:2] == ["version", "market"]
    assert found["market"][0]["source"].startswith("built-in")
    best = found["ranking"][0]
    assert best["profit_per_day"].keys() == {"amount", "currency"}
    assert isinstance(best["profit_per_day"]["amount"], str)
    assert best["profitable"] is True
    assert best["sum"][0]["name"].startswith("count_of_")
    assert "sum" not in document(ranking())["ranking"][0]


# The rig


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


# The tariff


def slots(*prices: str, start: datetime = NOON, hours: int = 6) -> Prices:
    tariff = SlotTariff(
        Slot(start + number * hours * HOUR, start + (number + 1) * hours * HOUR, usd(price))
        for number, price in enumerate(prices)
    )
    return Prices(tariff=tariff, source="slots", known_from=tariff.start, known_until=tariff.end)


def test_hours_have_their_prices_and_the_sum_tells_them() -> None:
    cost = cost_of_day(slots("0.1", "0.3", "-0.1", "0.3"), power_watts=1000, now=NOON)

    assert cost.money == usd("3.6")
    terms = (Term(name="kilowatt_hours_per_day", value=24.0, unit="kWh/d", source="x"), *cost.terms)
    values = recomputed((*terms, Term(name="cost", value=3.6, unit="USD/d", formula=cost.formula)))
    assert math.isclose(values["price_per_kilowatt_hour"], 0.15)
    assert [values[f"hours_{number}"] for number in (1, 2, 3)] == [6, 12, 6]


@pytest.mark.parametrize(
    ("price", "currency", "doubted"),
    [("16.26", "USD", True), ("85", "EUR", True), ("0.89", "EUR", False), ("31", "JPY", False), ("-3", "GBP", True)],
)
def test_a_price_in_cents_or_for_a_megawatt_hour_is_doubted(price: str, currency: str, doubted: bool) -> None:
    slots = SlotTariff([Slot(NOON, NOON + 24 * HOUR, Money(Decimal(price), currency))])
    found = cost_of_day(Prices(tariff=slots, source="a test"), power_watts=1000, now=NOON)

    assert any("is it in cents, or for a MWh" in note for note in found.notes) == doubted


def test_the_24_hours_from_now_count_else_the_last_that_are_known() -> None:
    week = slots(*("0.1",) * 8, "0.2", "0.2", "0.2", "0.2", start=NOON)

    assert cost_of_day(week, power_watts=1000, now=NOON).money == usd("2.4")
    assert cost_of_day(week, power_watts=1000, now=NOON).notes == ()
    assert cost_of_day(week, power_watts=1000, now=NOON + 12 * HOUR).money == usd("2.4")
    later = cost_of_day(week, power_watts=1000, now=NOON + timedelta(days=9))
    assert later.money == usd("4.8")
    assert later.notes == ("slots: its prices are those of 2026-01-03T12:00Z to 2026-01-04T12:00Z",)
    assert cost_of_day(week, power_watts=1000, now=NOON - timedelta(days=9)).money == usd("2.4")
    with pytest.raises(ValueError, match="a day needs 24 hours of them"):
        cost_of_day(slots("0.1", "0.1"), power_watts=1000, now=NOON)


def test_bands_cost_what_their_hours_cost() -> None:
    night = Band(name="night", price=usd("0.1"), start=time(22), end=time(6))
    day = Band(name="day", price=usd("0.3"), start=time(6), end=time(22))
    prices = Prices(tariff=TimeOfUseTariff((night, day), ZoneInfo("Europe/Berlin")), source="bands")

    found = ranking(prices=prices)

    assert math.isclose(
        float(found.ranked[0].energy_cost_per_day), found.ranked[0].operation.power_watts / 1000 * (8 * 0.1 + 16 * 0.3)
    )
    for each in found.ranked:
        check_by_hand(each)


@given(power=st.floats(0, 20_000), used=st.integers(0, 3000))
def test_blocks_cost_the_rig_what_it_reaches_into(power: float, used: int) -> None:
    tiers = (Tier(Decimal(0), usd("0.1")), Tier(Decimal(500), usd("0.2")), Tier(Decimal(2000), usd("0.4")))
    tariff = TieredTariff(tiers, ZoneInfo("UTC"))
    prices = Prices(tariff=tariff, source="tiers", household_kilowatt_hours_per_month=Decimal(used))

    cost = cost_of_day(prices, power_watts=power, now=NOON)

    whole = tariff.energy_cost(
        power_watts=power,
        start=datetime(2026, 1, 1, tzinfo=UTC),
        end=datetime(2026, 2, 1, tzinfo=UTC),
        consumed_kilowatt_hours=Decimal(used),
    )
    assert math.isclose(float(cost.money), float(whole) / 31, abs_tol=1e-12)
    recomputed((*cost.terms, Term(name="cost", value=cost.money, unit="USD/d", formula=cost.formula)))


def test_the_market_that_comes_with_the_agent_serves_every_kind_of_rig() -> None:
    for hardware in ("rtx4090", "rtx3090", "rx5700xt", "ryzen-5950x", "antminer-s19-xp", "antminer-l7", "antminer-ks3"):
        assert ranking(hardware=hardware, now=datetime(2026, 11, 1, tzinfo=UTC)).ranked, hardware


def test_a_coin_of_the_users_is_ranked_with_the_others() -> None:
    new = Coin(ticker="NEW", name="New", algorithm="kawpow")
    market = Market(quotes=(quote(coin="NEW", algorithm="kawpow"), quote()))
    found = rank(
        Question(
            market=market,
            rig=rig("rtx3080"),
            conditions=Conditions(prices=flat("0.1")),
            coins={**COINS, "NEW": new},
            now=NOON,
        )
    )

    assert {each.coin for each in found.ranked} == {"NEW", "ETC"}


def btc(reward: float) -> Quote:
    """A network beside which one machine is next to nothing."""
    return quote(
        coin="BTC", algorithm="sha256d", difficulty=1e23, network_hashes_per_second=None, block_reward_coins=reward
    )


@pytest.mark.parametrize(("reward", "ranked"), [(3.2, True), (6.25, False), (1.5625, False)])
def test_where_no_height_is_told_a_reward_is_held_to_the_one_that_is_reckoned(reward: float, ranked: bool) -> None:
    told = btc(reward)
    found = ranking(Market(quotes=(told,)), hardware="antminer-s21")

    assert bool(found.ranked) is ranked
    assert bool(found.refused) is not ranked


def test_near_a_step_a_reckoned_height_refuses_neither_side_of_it() -> None:
    at = datetime(2028, 4, 10, tzinfo=UTC)  # about the halving: 2 % of four years are a month
    for reward in (3.125, 1.5625):
        told = btc(reward)
        found = ranking(Market(quotes=(replace(told, taken_at=at),)), hardware="antminer-s21", now=at)
        assert [each.coin for each in found.ranked] == ["BTC"]
