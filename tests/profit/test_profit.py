"""From tables, a market and a tariff to a ranking whose every figure can be computed again from its sum."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.exchange import Rate
from calculators.money import Money
from miner_agent.profit.document import document
from miner_agent.profit.quotes import Market, joined, told_ages
from miner_agent.profit.ranking import rank
from miner_agent.profit.ranking_question import Conditions, Question
from tests.profit.recomputed_ranking import BUILT_IN, COINS, check_by_hand, flat, ranking, rig
from tests.quotes import NOON, quote, usd

HOUR = timedelta(hours=1)


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
