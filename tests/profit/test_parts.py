"""A rig of several parts: each mines its own best at the same time, and what they have in common is paid once."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from calculators.electricity.tariff_tiers import Tier, TieredTariff
from calculators.equipment.hardware import Benchmark, Hardware
from calculators.money import Money
from miner_agent.profit.energy_cost import Prices, cost_of_day
from miner_agent.profit.in_common import gained_by
from miner_agent.profit.own_power import OwnSurplus
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import Rig, as_second, rig_of
from miner_agent.profit.running_hours import hours_of
from miner_agent.profit.supply import Supply
from miner_agent.profit.what_if import answer_with, narrowed
from tests.profit.recomputed_ranking import BUILT_IN, COINS, flat, recomputed, rig
from tests.quotes import NOON, quote

MIXED = "6x rtx3080, 2x rx6800, 1x ryzen-5950x"
COMMON = Conditions(prices=flat("0.10"), supply=Supply(host_watts=90), fixed_cost_per_day=Money(Decimal("0.90"), "USD"))


def asked(rig_: Rig, conditions: Conditions = COMMON, market: Market = BUILT_IN, **others: object) -> Question:
    return Question(market=market, rig=rig_, conditions=conditions, coins=COINS, now=NOON, **others)  # type: ignore[arg-type]


def device(slug: str, rate: float, *algorithms: str, watts: float = 1000) -> Hardware:
    figures = tuple(
        Benchmark(algorithm=name, hashes_per_second=rate, power_watts=watts, source="a test", dated=date(2026, 1, 1))
        for name in algorithms
    )
    return Hardware(slug=slug, name=slug, kind="asic", vendor="x", benchmarks=figures, power_is="wall")


def best(ranking: Ranking) -> dict[str, tuple[str, ...]]:
    return {of.part.slug: of.best.chains for of in ranking.parts if of.best is not None}


def test_cards_and_a_processor_mine_at_the_same_time() -> None:
    found = rank(asked(rig(MIXED)))

    assert best(found).keys() == {"rtx3080", "rx6800", "ryzen-5950x"}
    assert best(found)["ryzen-5950x"] == ("XMR",)
    assert found.whole is not None
    each = [of.best for of in found.parts if of.best is not None]
    assert found.whole.profit_per_day.amount == sum(one.profit_per_day.amount for one in each)
    assert found.whole.operation.power_watts == pytest.approx(sum(one.operation.power_watts for one in each))
    assert found.whole.sides == tuple(each)
    recomputed(found.whole.terms)


def test_machines_of_two_models_each_mine_their_own() -> None:
    found = rank(asked(rig("2x antminer-s21, 1x antminer-l7"), Conditions(prices=flat("0.05"))))
    alone = [rank(asked(rig(one), Conditions(prices=flat("0.05")))) for one in ("2x antminer-s21", "1x antminer-l7")]

    assert best(found)["antminer-l7"] == ("LTC", "DOGE", "PEP", "DINGO")
    assert found.whole is not None
    assert float(found.whole.profit_per_day) == pytest.approx(
        sum(float(one.ranked[0].profit_per_day) for one in alone), rel=1e-12
    )


def test_the_host_and_what_is_fixed_are_paid_once() -> None:
    found = rank(asked(rig(MIXED)))
    without = rank(asked(rig(MIXED), Conditions(prices=flat("0.10"))))

    assert found.whole is not None
    assert without.whole is not None
    paid = without.whole.profit_per_day - found.whole.profit_per_day
    assert float(paid) == pytest.approx(0.90 + 0.09 * 24 * 0.10)


def test_a_part_that_can_mine_nothing_of_it_still_has_its_share_of_what_is_common() -> None:
    found = rank(asked(rig(MIXED), only=("XMR",)))

    assert best(found) == {"ryzen-5950x": ("XMR",)}
    assert found.whole is not None
    (xmr,) = found.whole.sides
    rest = float(xmr.profit_per_day - found.whole.profit_per_day)
    assert rest == pytest.approx((0.90 + 0.09 * 24 * 0.10) * 8 / 9)
    assert found.whole.operation.power_watts == pytest.approx(xmr.operation.power_watts + 80)
    recomputed(found.whole.terms)


def test_a_part_gains_what_it_brings_beyond_its_own_energy() -> None:
    found = rank(asked(rig(MIXED)))
    without = rank(asked(rig(MIXED), Conditions(prices=flat("0.10"))))

    for one, bare in zip(found.parts, without.parts, strict=True):
        assert one.best is not None
        assert bare.best is not None
        assert float(gained_by(one.best)) == pytest.approx(float(bare.best.profit_per_day), rel=1e-9)


def test_blocks_of_consumption_are_filled_by_one_part_after_the_other() -> None:
    tiers = (Tier(Decimal(0), Money(Decimal("0.1"), "USD")), Tier(Decimal(1000), Money(Decimal("0.3"), "USD")))
    prices = Prices(tariff=TieredTariff(tiers=tiers, time_zone=ZoneInfo("UTC")), source="[tariff]")
    found = rank(asked(rig(MIXED), Conditions(prices=prices)))

    assert found.whole is not None
    whole = cost_of_day(prices, power_watts=found.whole.operation.power_watts, now=NOON).money
    assert float(found.whole.energy_cost_per_day) == pytest.approx(float(whole), rel=1e-9)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "hardware", ["1x rtx3080, 1x antminer-l7", "6x rtx3080, 2x rx6800", "6x rtx3080, 1x antminer-s21"]
)
def test_own_power_goes_first_to_what_earns_most_for_it(hardware: str) -> None:
    """Whichever part is told first: a card that takes it from a machine mines what is not worth bought power."""
    own = OwnSurplus(watts_by_hour=(1500.0,) * 24, zone=ZoneInfo("UTC"), export_price=Money(Decimal(0), "USD"))
    terms = Conditions(prices=replace(flat("0.20"), own=own))
    names = hardware.split(", ")
    one, other = (rank(asked(rig(", ".join(order)), terms)) for order in (names, names[::-1]))

    assert one.whole is not None
    assert other.whole is not None
    assert one.whole.profit_per_day == other.whole.profit_per_day
    assert best(one) == best(other)


@pytest.mark.parametrize("price", ["0.5", "5", "49.64"])
def test_what_leaves_as_much_in_any_order_takes_own_power_by_worth(price: str) -> None:
    """A day of all parts costs the same whoever takes the little there is; who stops first is who is worth least."""
    own = OwnSurplus(watts_by_hour=(100.0, 0.0, 600.0) * 8, zone=ZoneInfo("UTC"), export_price=Money(Decimal(0), "USD"))
    terms = Conditions(prices=replace(flat(price), own=own))
    found = rank(asked(rig("9x antminer-s21, 1x antminer-s9"), terms))
    hours = {part.devices: part.best for part in hours_of(found).parts}

    assert [part.slug for part in found.in_turn] == ["antminer-s21", "antminer-s9"]
    assert all(best.worth.amount >= 0 for best in hours.values())


def test_hours_leave_who_takes_own_power_first_as_it_is() -> None:
    """A part that is found to stand still for ever moves no other one's energy."""
    own = OwnSurplus(watts_by_hour=(100.0, 0.0, 600.0) * 8, zone=ZoneInfo("UTC"), export_price=Money(Decimal(0), "USD"))
    terms = Conditions(prices=replace(flat("5"), own=own))
    found = rank(asked(rig("2x ryzen-5950x, 2x rx6800xt, 1x rtx4090"), terms))
    held = replace(found.asked, rig=replace(found.asked.rig, parts=found.in_turn[::-1]), is_in_turn=True)

    assert rank(held).in_turn == found.in_turn[::-1]
    assert hours_of(found).ranking.asked.rig.parts == found.in_turn


def test_a_power_supply_carries_all_parts() -> None:
    hardware = "6x rtx3080, 1x ryzen-5950x"
    alone, beside = (Conditions(prices=flat("0.10"), supply=Supply(rated_watts=watts)) for watts in (1750, 1900))

    assert all("RVN" not in problem for problem in rank(asked(rig("6x rtx3080"), alone)).problems)
    assert any("RVN" in problem for problem in rank(asked(rig(hardware), alone)).problems)
    assert all("RVN" not in problem for problem in rank(asked(rig(hardware), beside)).problems)


def twofold() -> Rig:
    (part,) = rig_of([(1, device("both", 1e8, "etchash", "kawpow"))]).parts
    first, other = part.works
    return Rig(name="twofold", parts=(replace(part, works=(replace(first, second=as_second(other)),)),))


def test_two_algorithms_at_once_are_two_coins_of_one_part_that_draws_its_power_once() -> None:
    quotes = (
        quote(),
        quote(coin="RVN", algorithm="kawpow"),
        quote(coin="XNA", algorithm="kawpow", block_reward_coins=9.0),
    )
    found = rank(asked(twofold(), market=Market(quotes=quotes)))
    single = rank(asked(rig_of([(1, device("one", 1e8, "etchash"))]), market=Market(quotes=quotes)))

    assert {each.chains for each in found.ranked} == {("ETC", "RVN"), ("ETC", "XNA")}
    assert {each.algorithm for each in found.ranked} == {"etchash+kawpow"}
    top = found.ranked[0]
    assert top.operation.power_watts == single.ranked[0].operation.power_watts
    assert top.energy_cost_per_day == single.ranked[0].energy_cost_per_day
    assert top.fixed_cost_per_day == single.ranked[0].fixed_cost_per_day
    etc, other = top.sides
    assert top.revenue_per_day == etc.revenue_per_day + other.revenue_per_day
    assert rank(asked(twofold(), market=Market(quotes=quotes), only=("XNA",))).ranked[0].chains == ("ETC", "XNA")


def test_a_coin_that_is_not_asked_for_stands_only_beside_one_that_is() -> None:
    both = twofold()
    (part,) = both.parts
    (alone,) = rig_of([(1, device("one", 1e8, "kawpow"))]).works
    either = replace(both, parts=(replace(part, works=(*part.works, alone)),))
    quotes = (quote(), quote(coin="RVN", algorithm="kawpow"))

    assert [each.chains for each in rank(asked(either, market=Market(quotes=quotes), only=("ETC",))).ranked] == [
        ("ETC", "RVN")
    ]


def test_a_what_if_of_the_whole_rig_holds_each_part_at_its_coin() -> None:
    question = asked(rig(MIXED))
    today = rank(question).whole
    assert today is not None
    then = narrowed(question, today)

    assert answer_with(then, today, {}).profit_per_day == today.profit_per_day
    dearer = answer_with(then, today, {"kwh_price": 0.2})
    assert dearer.chains == today.chains
    assert float(dearer.energy_cost_per_day) == pytest.approx(2 * float(today.energy_cost_per_day))
    with pytest.raises(ValueError, match="name one --coin"):
        answer_with(then, today, {"hashrate": 1e9})


@pytest.mark.thorough
def test_a_what_if_of_one_part_leaves_the_others_as_they_are() -> None:
    question = asked(rig(MIXED))
    for found in rank(question).ranked:
        again = answer_with(narrowed(question, found), found, {})
        assert (again.devices, again.profit_per_day) == (found.devices, found.profit_per_day)
    cards = next(found for found in rank(question).ranked if found.coin == "RVN" and "RX" in found.devices)
    faster = answer_with(narrowed(question, cards), cards, {"hashrate": 2 * cards.operation.hashes_per_second})
    assert float(faster.revenue_per_day) == pytest.approx(2 * float(cards.revenue_per_day), rel=1e-3)


def sha256d(count: int, *others: tuple[int, Hardware]) -> Rig:
    """So many machines of 100 TH/s, and others."""
    return rig_of([(count, device("one", 1e14, "sha256d")), *others])


def xec(network_hashes_per_second: float = 1e17) -> Market:
    """A chain of which a block every ten minutes pays 2,000,000 coins at 0.00001 USD: 2,880 USD a day to all."""
    told = quote(
        coin="XEC", algorithm="sha256d", difficulty=None, network_hashes_per_second=network_hashes_per_second,
        block_time_seconds=600.0, block_reward_coins=2e6, price=Money(Decimal("0.00001"), "USD"),
    )  # fmt: skip
    return Market(quotes=(told,))


FREE = Conditions(prices=flat("0"), pool_fee_ratio=0)


def answer(rig_: Rig, market: Market | None = None) -> Ranking:
    return rank(Question(market=market or xec(), rig=rig_, conditions=FREE, coins={}, now=NOON))


@pytest.mark.parametrize("count", [1, 10, 200, 999])
def test_own_hashrate_is_part_of_the_network_and_never_earns_more_than_it_pays(count: int) -> None:
    (found,) = answer(sha256d(count)).ranked

    assert float(found.revenue_per_day) == pytest.approx(2880 * count * 1e14 / (1e17 + count * 1e14), rel=1e-9)
    recomputed(found.terms)
    words = [reason for reason in found.confidence.reasons if "of the whole network" in reason]
    assert len(words) == (count > 50)


def test_more_than_the_whole_network_is_refused() -> None:
    found = answer(sha256d(1001))

    assert found.ranked == ()
    assert "XEC: the rig has 100 % of the hashrate of the whole network" in found.refused[0].confidence.reasons[0]


def test_a_thousand_machines_on_a_small_chain_of_the_market_are_refused_and_fifty_get_a_word() -> None:
    many = rank(asked(rig("1000x antminer-s21"), Conditions(prices=flat("0.05")), only=("XEC",)))
    few = rank(asked(rig("50x antminer-s21"), Conditions(prices=flat("0.05")), only=("XEC",)))

    assert many.whole is None
    assert "436 % of the hashrate of the whole network" in many.refused[0].confidence.reasons[0]
    assert any("21.8 % of the hashrate" in reason for reason in few.ranked[0].confidence.reasons)


def test_parts_that_mine_one_chain_take_from_each_other() -> None:
    found = answer(sha256d(100, (50, device("other", 2e14, "sha256d"))))
    one = answer(sha256d(200))

    assert found.whole is not None
    assert float(found.whole.revenue_per_day) == pytest.approx(float(one.ranked[0].revenue_per_day), rel=1e-9)
    assert float(found.whole.revenue_per_day) == pytest.approx(2880 / 6, rel=1e-9)


def test_a_part_that_would_be_too_much_beside_another_stands_still() -> None:
    found = answer(sha256d(600, (600, device("other", 1e14, "sha256d"))))

    assert best(found) == {"one": ("XEC",)}
    assert "120 % of the hashrate of the whole network" in found.refused[0].confidence.reasons[0]


def test_a_difficulty_at_which_nothing_is_left_leaves_nothing_with_a_large_part_of_the_network_too() -> None:
    costly = Conditions(prices=flat("0.02"), pool_fee_ratio=0)
    question = Question(market=xec(), rig=sha256d(200), conditions=costly, coins={}, now=NOON)
    (today,) = rank(question).ranked
    assert today.break_even_difficulty_ratio is not None

    then = answer_with(narrowed(question, today), today, {"difficulty_ratio": today.break_even_difficulty_ratio})

    assert float(then.profit_per_day) == pytest.approx(0, abs=1e-9)
