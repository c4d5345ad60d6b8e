"""Inputs that are others: what is set is what the sum then says, and nothing else moves."""

import math
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.earnings.estimate import Estimate
from calculators.earnings.own_hashrate import own_ratio_of
from calculators.earnings.stress import stress_grid
from calculators.electricity.tariff import FlatTariff
from calculators.electricity.tariff_bands import Band, TimeOfUseTariff
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.equipment.rigs import parse_rig
from calculators.money import Money
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking import rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import rig_of
from miner_agent.profit.supply import Supply
from miner_agent.profit.what_if import (
    answer_with,
    asked_with,
    crossings,
    estimate_of,
    inputs,
    narrowed,
    sweep,
    sweep_two,
    weights,
)
from miner_agent.profit.what_if_words import Range, parse_range, parse_setting, parse_settings, settled
from miner_agent.profit.whole_sum import sum_of
from miner_agent.tables.coin_table import load_coins
from miner_agent.tables.hardware_table import load_hardware
from miner_agent.tables.market_of_one_day import builtin_market
from tests.for_each import for_each
from tests.profit.recomputed_ranking import check_by_hand

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PRICES = Prices(tariff=FlatTariff(Money(Decimal("0.10"), "USD")), source="a test")
CONDITIONS = Conditions(
    prices=PRICES, supply=Supply(host_watts=60), dev_fee_ratio=0.01, stale_ratio=0.02, uptime_ratio=0.95
)


@cache
def asked(hardware: str = "6x rtx3080") -> Question:
    return Question(
        market=Market(quotes=builtin_market()),
        rig=rig_of(parse_rig(hardware, load_hardware())),
        conditions=CONDITIONS,
        coins=load_coins(),
        now=NOW,
    )


@cache
def base(coin: str, hardware: str = "6x rtx3080") -> tuple[Question, Estimate]:
    found = rank(asked(hardware)).found(coin)
    assert found is not None
    return narrowed(asked(hardware), found), found


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def then(key: str, value: float, coin: str = "RVN") -> Estimate:
    question, today = base(coin)
    return answer_with(question, today, {key: value})


def close(one: object, other: float) -> bool:
    return math.isclose(float(one), other, rel_tol=1e-9)  # type: ignore[arg-type]


@pytest.mark.parametrize(("coin", "hardware"), [("RVN", "6x rtx3080"), ("LTC", "antminer-l7"), ("PRL", "rtx4090")])
def test_a_narrowed_question_has_the_same_answer(coin: str, hardware: str) -> None:
    question, today = base(coin, hardware)

    assert estimate_of(question, coin) == today
    assert len(question.market.quotes) < len(asked().market.quotes)


@for_each("key", inputs())
def test_an_input_set_to_what_it_is_changes_nothing(key: str) -> None:
    question, today = base("RVN")
    told = inputs()[key].today(question, today)

    assert close(answer_with(question, today, {key: told}).profit_per_day, float(today.profit_per_day))


def test_each_input_moves_what_it_names_and_nothing_else() -> None:
    _, today = base("RVN")
    revenue, cost = float(today.revenue_per_day), float(today.energy_cost_per_day)
    own = own_ratio_of(today.terms)

    assert close(then("kwh_price", 0.3).energy_cost_per_day, 3 * cost)
    assert close(then("kwh_price", 0.3).revenue_per_day, revenue)
    assert close(then("coin_price", 2 * float(today.price)).revenue_per_day, 2 * revenue)
    assert close(then("coin_price_ratio", 0.5).revenue_per_day, 0.5 * revenue)
    assert close(then("difficulty_ratio", 2).revenue_per_day, revenue * (1 + own) / (2 + own))
    assert close(then("difficulty", 2 * difficulty(today)).revenue_per_day, revenue * (1 + own) / (2 + own))
    assert close(then("block_reward_ratio", 0.5).revenue_per_day, revenue / 2)
    assert close(
        then("hashrate", 2 * today.operation.hashes_per_second).revenue_per_day, revenue * (2 + 2 * own) / (1 + 2 * own)
    )
    assert close(then("hashrate", 2 * today.operation.hashes_per_second).energy_cost_per_day, cost)
    assert close(then("power", today.operation.power_watts / 2).energy_cost_per_day, cost / 2)
    assert close(then("pool_fee", 0.505).revenue_per_day, revenue / 2)
    assert close(then("dev_fee", 0.505).revenue_per_day, revenue / 2)
    assert close(then("stale", 0.51).revenue_per_day, revenue / 2)
    assert close(then("uptime", 0.475).revenue_per_day, revenue * (1 + own) / (2 + own))
    assert close(then("exchange_fee", 0.5).revenue_per_day, revenue / 2)
    assert close(then("fixed_per_day", 3).profit_per_day, float(today.profit_per_day) - 3)
    assert close(then("host_watts", 160).operation.power_watts, today.operation.power_watts + 100)
    assert close(then("uptime", 0).operation.power_watts, 60)


def difficulty(found: Estimate) -> float:
    return next(float(term.value) for term in found.terms if term.name == "difficulty")


@for_each("key", inputs())
def test_the_sum_of_a_changed_input_can_be_done_again(key: str) -> None:
    question, today = base("RVN")
    told = inputs()[key]
    value = min(told.most, (told.today(question, today) or 1) * 1.1)
    found = answer_with(question, today, {key: value})

    check_by_hand(found)
    assert found.confidence.level != "refused"


def test_what_is_set_says_that_it_was() -> None:
    for key in ("kwh_price", "hashrate", "power", "host_watts"):
        sources = {term.source for term in sum_of(then(key, 100.0 if key != "kwh_price" else 0.2))}
        assert "what if" in sources


@given(low=st.floats(0.01, 1), high=st.floats(0.01, 1))
def test_dearer_energy_never_earns_more(low: float, high: float) -> None:
    low, high = sorted((low, high))

    assert then("kwh_price", low).profit_per_day >= then("kwh_price", high).profit_per_day


def row(text: str, coin: str = "RVN") -> Range:
    return Range.of(parse_range(text), *base(coin))


def test_a_ratio_is_of_all_merged_chains_as_in_stress_and_a_price_of_the_first() -> None:
    question, today = base("LTC", "antminer-l7")
    first, (stressed,) = today.parts[0], stress_grid(estimates=[today])
    by_name = {cell.scenario.name: cell.profit_per_day for cell in stressed.cells}
    dearer = answer_with(question, today, {"coin_price": 2 * float(today.price)})

    assert dearer.chains == today.chains
    assert close(dearer.revenue_per_day, float(today.revenue_per_day) + float(first.revenue_per_day))
    for name, setting in (
        ("price -15 %", "coin_price_ratio=0.85"),
        ("price -30 %", "coin_price=-30%"),
        ("difficulty +30 %", "difficulty=+30%"),
        ("energy +20 %", "kwh_price=+20%"),
    ):
        then_ = answer_with(question, today, settled([parse_setting(setting)], question, today))
        assert close(then_.profit_per_day, float(by_name[name])), name
    told = {each.input.key for each in weights(question, today, share=0.1)}
    assert "coin_price" not in told
    assert "coin_price_ratio" in told


@for_each("key", inputs())
def test_every_input_takes_a_change_of_what_it_is_today(key: str) -> None:
    question, today = base("RVN")
    if key in {"exchange_fee", "fixed_per_day"}:  # nothing today
        with pytest.raises(ValueError, match=f"{key} is 0 today"):
            settled([parse_setting(f"{key}=+20%")], question, today)
        return
    value = inputs()[key].today(question, today)
    lower = answer_with(question, today, settled([parse_setting(f"{key}=-20%")], question, today))

    assert close(lower.profit_per_day, float(answer_with(question, today, {key: value * 0.8}).profit_per_day))
    values = Range.of(parse_range(f"{key}=-20%:+10%:10%"), question, today).values
    unit = 1 if key in {"kwh_price", "coin_price", "difficulty"} else value  # told by today's
    assert values == pytest.approx([unit * part for part in (0.8, 0.9, 1, 1.1)])


def test_a_change_of_the_price_of_energy_keeps_its_hours() -> None:
    hours = (Band(name="day", price=usd("0.30"), start=time(6), end=time(22)),)
    night = Band(name="night", price=usd("0.10"), start=time(22), end=time(6))
    tariff = TimeOfUseTariff((*hours, night), ZoneInfo("UTC"))
    question, _ = base("RVN")
    prices = Prices(tariff=tariff, source="a test")
    question = replace(question, conditions=replace(CONDITIONS, prices=prices))
    today = estimate_of(question, "RVN")
    changed = asked_with(question, today, settled([parse_setting("kwh_price=+20%")], question, today))

    dearer = changed.conditions.prices.tariff
    assert not isinstance(dearer, TieredTariff)
    told = {slot.price.amount for slot in dearer.slots(NOW, NOW + timedelta(days=1))}
    assert told == {Decimal("0.36"), Decimal("0.12")}
    assert close(estimate_of(changed, "RVN").energy_cost_per_day, 1.2 * float(today.energy_cost_per_day))


@for_each(
    ("text", "value"),
    [
        ("hashrate=2.2G", 2.2e9),
        ("hashrate=140 MH/s", 140e6),
        ("power=1500W", 1500),
        ("power=1.5kW", 1500),
        ("host_watts=60", 60),
        ("difficulty=86T", 86e12),
        ("pool_fee=2%", 0.02),
        ("coin_price_ratio=130%", 1.3),
        ("kwh_price=-0.05", -0.05),
    ],
)
def test_a_value_may_have_its_unit(text: str, value: float) -> None:
    assert float(parse_setting(text).told[0]) == value


@for_each(
    ("text", "sentence"),
    [
        ("pool_fee=1", "'1' is 100 %; write 1% or 0.01"),
        ("dev_fee=0.9", "'0.9' is 90 %; write 0.9% or 0.009"),
        ("kwh_price=20%", "is a share of something"),
        ("kwh_price=20%", r"a change of today's has its sign: \+20% or -20%"),
        ("power=20 %", r"a change of today's has its sign: \+20 % or -20 %"),
        ("kwh_price=+0.05", "is '\\+0.05' added"),
        ("kwh_price=0,302", "'0,302' is 0.302\\? Write it so"),
        ("coin_price=1,200", "'1,200' is 1200 or 1.200\\?"),
        ("power=1500V", "is no number with its unit, such as 1500W"),
        ("hashrate=140 mh/s", "is no number with its unit"),
        ("kwh_price=-120%", "takes away more than there is"),
    ],
)
def test_a_value_that_would_be_taken_for_another_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_setting(text)


def test_shares_and_numbers_are_not_mixed_in_one_row() -> None:
    with pytest.raises(ValueError, match="shares of today's and numbers"):
        parse_range("kwh_price=-30%:0.3:0.1")


def test_a_sweep_finds_where_gain_and_loss_meet() -> None:
    question, today = base("QUAN")
    stop = today.break_even_price_per_kilowatt_hour
    assert stop is not None
    rows = list(sweep(question, today, row("kwh_price=0.05:0.95:0.05")))

    assert [round(value, 2) for value, _ in rows] == [round(0.05 * step, 2) for step in range(1, 20)]
    ((one, other),) = crossings(rows)
    assert one < float(stop) < other


def test_two_sweeps_make_a_map() -> None:
    question, today = base("QUAN")
    across, up = row("kwh_price=0.1:0.3:0.1"), row("coin_price=50:100:50")
    rows = list(sweep_two(question, today, across, up))

    assert [len(row) for row in rows] == [3, 3]
    alone = answer_with(question, today, {"coin_price": 100, "kwh_price": 0.2})
    assert rows[1][1].profit_per_day == alone.profit_per_day


def test_the_weightiest_input_stands_first_and_zeros_stay_out() -> None:
    question, today = base("QUAN")
    question = replace(question, conditions=replace(CONDITIONS, dev_fee_ratio=0))
    today = estimate_of(question, "QUAN")
    found = weights(question, today, share=0.1)
    swings = [each.swing for each in found]
    keys = [each.input.key for each in found]

    assert swings == sorted(swings, reverse=True)
    assert {"dev_fee", "exchange_fee", "fixed_per_day", "difficulty", "coin_price_ratio"}.isdisjoint(keys)
    assert {"kwh_price", "coin_price", "difficulty_ratio", "uptime", "pool_fee", "stale", "host_watts"} <= set(keys)
    uptime = found[keys.index("uptime")]
    assert (round(uptime.low, 4), uptime.high) == (0.855, 1)


@for_each(
    ("text", "sentence"),
    [
        ("kwh_price=0:1:5", "a step of 5 goes beyond the end; write a smaller one"),
        ("kwh_price", "is no row of values; write it as kwh_price=0.05:0.30:0.01"),
        ("kwh_price=1:2", "is no row of values"),
        ("kwhprice=1:2:1", "'kwhprice' is no input; known: kwh_price, "),
        ("kwh_price=a:2:1", "'a' is not a number"),
        ("kwh_price=1:2:0", "a step above zero"),
        ("kwh_price=2:1:1", "an end above the start"),
        ("kwh_price=0:1:0.0001", "holds 10001 values; at most 1000"),
        ("kwh_price=0:inf:1", "'inf' is not a number"),
        ("kwh_price=0:1e999999:1", "is not a number"),
        ("kwh_price=0:1:1e-999999", "is not a number"),
    ],
)
def test_a_row_that_is_none_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")):
        parse_range(text)


@for_each("text", ["kwh_price", "x=1", "kwh_price=1:2", "kwh_price=0x10", "kwh_price=" + "9" * 50, "kwh_price=nan"])
def test_a_setting_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_setting(text)


@for_each(
    ("key", "value"),
    [
        ("uptime", 1.1),
        ("pool_fee", -0.1),
        ("coin_price", 0),
        ("difficulty_ratio", 0),
        ("hashrate", -1),
        ("power", math.nan),
    ],
)
def test_a_value_that_cannot_be_is_refused(key: str, value: float) -> None:
    question, today = base("RVN")
    with pytest.raises(ValueError, match=f"{key} = "):
        answer_with(question, today, {key: value})


def test_energy_may_cost_less_than_nothing() -> None:
    assert then("kwh_price", -0.05).energy_cost_per_day.amount < 0


def test_a_coin_without_difficulty_says_what_to_set_instead() -> None:
    question, today = base("PRL", "rtx4090")
    with pytest.raises(ValueError, match="PRL: its estimate does not rest on a difficulty; set difficulty_ratio"):
        answer_with(question, today, {"difficulty": 5})
    own = own_ratio_of(today.terms)
    assert close(
        answer_with(question, today, {"difficulty_ratio": 2}).revenue_per_day,
        float(today.revenue_per_day) * (1 + own) / (2 + own),
    )


ORDERS = st.permutations(
    [("power", 800.0), ("uptime", 0.5), ("coin_price", 0.02), ("difficulty_ratio", 2.0), ("pool_fee", 0.03)]
)


@given(order=ORDERS)
def test_the_order_in_which_inputs_are_set_says_nothing(order: list[tuple[str, float]]) -> None:
    question, today = base("RVN")
    found = answer_with(question, today, dict(order))

    assert found == answer_with(question, today, dict(sorted(order)))
    assert close(found.operation.power_watts, 800)


def test_a_power_that_is_set_stays_while_the_uptime_is_swept() -> None:
    question, today = base("RVN")
    rows = sweep(question, today, row("uptime=0.5:1:0.25"), {"power": 800.0})

    assert all(close(found.operation.power_watts, 800) for _, found in rows)


def test_weights_are_around_what_is_set() -> None:
    question, today = base("RVN")
    found = {each.input.key: each for each in weights(question, today, share=0.1, settings={"difficulty_ratio": 2.0})}

    assert (found["difficulty_ratio"].low, found["difficulty_ratio"].high) == (1.8, 2.2)
    harder = answer_with(question, today, {"difficulty_ratio": 1.8})
    assert found["difficulty_ratio"].profit_at_low == harder.profit_per_day
    dearer = {each.input.key: each for each in weights(question, today, share=0.1, settings={"coin_price_ratio": 2.0})}
    assert close(dearer["coin_price"].high, float(today.price) * 2.2)
    price = answer_with(question, today, {"coin_price_ratio": 2.2}).profit_per_day
    assert close(dearer["coin_price"].profit_at_high, float(price))


@pytest.mark.parametrize(
    "settings",
    [
        ["kwh_price=0.1", "kwh_price=0.2"],
        ["coin_price=1", "coin_price_ratio=2"],
        ["difficulty=1", "difficulty_ratio=2"],
        ["difficulty=+10%", "difficulty_ratio=2"],
        ["kwh_price=0.1", "kwh_price_ratio=2"],
    ],
)
def test_what_is_set_in_two_ways_is_refused(settings: list[str]) -> None:
    question, today = base("RVN")
    with pytest.raises(ValueError, match="leave one away"):
        settled(parse_settings(settings), question, today)


def test_what_is_set_is_not_swept_too() -> None:
    question, today = base("RVN")
    with pytest.raises(ValueError, match="kwh_price is set and swept"):
        list(sweep(question, today, row("kwh_price=0.1:0.2:0.1"), {"kwh_price": 0.3}))


def test_a_coin_that_is_refused_with_other_inputs_has_no_answer() -> None:
    question, today = base("RVN")
    refused = replace(
        question,
        market=Market(quotes=tuple(replace(q, network_hashes_per_second=1e20) for q in question.market.quotes)),
    )

    with pytest.raises(ValueError, match="RVN is refused then: "):
        answer_with(refused, today, {"kwh_price": 0.2})
