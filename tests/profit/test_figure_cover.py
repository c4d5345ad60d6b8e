"""A ranking says what it knows nothing of, and what is a model's."""

from dataclasses import replace
from decimal import Decimal

import pytest

from calculators.chain.confidence import LEVELS
from calculators.electricity.tariff import FlatTariff
from calculators.equipment.rigs import parse_rig
from calculators.money import Money
from miner_agent.market import markets
from miner_agent.profit.document import document
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import one_part, rig_of
from tests.cli.profit_asked import answered, run
from tests.tables.shipped import COINS, HARDWARE

MARKET = markets.builtin()
OF_THE_MARKET = {quote.algorithm for quote in MARKET.quotes}


def ranking(hardware: str) -> Ranking:
    return rank(
        Question(
            market=MARKET,
            rig=rig_of(parse_rig(hardware, HARDWARE)),
            conditions=Conditions(prices=Prices(tariff=FlatTariff(Money(Decimal("0.1"), "USD")), source="test")),
            coins=COINS,
            now=max(quote.taken_at for quote in MARKET.quotes),
        )
    )


@pytest.mark.parametrize("hardware", ["rtx4070tisuper", "6x rtx3080, 1x ryzen-5950x", "antminer-s21", "rx6400"])
def test_every_algorithm_of_the_market_is_cited_modelled_or_missing(hardware: str) -> None:
    answer = ranking(hardware)
    cover = answer.cover
    told = {*cover.cited, *cover.modelled, *cover.missing}

    assert told == OF_THE_MARKET
    assert len(told) == len(cover.cited) + len(cover.modelled) + len(cover.missing)
    assert {found.algorithm for found in answer.ranked} <= {*cover.cited, *cover.modelled}


def test_cards_whose_best_coin_a_gap_decided_have_the_same_one() -> None:
    """M1: of one the table knew what paid, of its sister it did not."""
    one, other = ranking("rtx4070ti"), ranking("rtx4070tisuper")

    assert {found.coin for found in one.ranked} == {found.coin for found in other.ranked}
    assert {one.ranked[0].coin, one.ranked[1].coin} == {other.ranked[0].coin, other.ranked[1].coin}
    assert one.ranked[0].profit_per_day.amount > 0
    assert other.ranked[0].profit_per_day.amount > 0


def test_a_modelled_hashrate_is_a_reason_against_an_estimate_and_a_cited_one_is_none() -> None:
    rows = {found.coin: found for found in ranking("rtx3080").ranked}

    assert not any("modelled" in reason for reason in rows["QUAN"].confidence.reasons)
    assert any("the hashrate is modelled, likely " in reason for reason in rows["FIRO"].confidence.reasons)
    assert any("the watts are modelled" in reason for reason in rows["BEAM"].confidence.reasons)
    for found in rows.values():
        if any("modelled" in reason for reason in found.confidence.reasons):
            assert LEVELS.index(found.confidence.level) >= LEVELS.index("medium")


def test_a_model_of_a_card_is_told_by_itself_and_in_the_sum_of_the_rig() -> None:
    asked = ("profit", "--kwh-price", "0.1", "--hardware")
    both, one = answered(*asked, "2x rtx5070, 1x rtx4090"), answered(*asked, "rtx5070")
    cited = next(each for each in HARDWARE["rtx4090"].benchmarks if each.algorithm == "kawpow")

    assert both["figures"]["modelled"]["kawpow"] == pytest.approx(
        [2 * end + cited.hashes_per_second for end in one["figures"]["modelled"]["kawpow"]]
    )
    shown = run(*asked, "2x rtx5070, 1x rtx4090").stdout.splitlines()
    assert [" ~" in line for line in shown if line.startswith("RVN ")] == [True, False]


def test_documents_and_pages_tell_the_gaps() -> None:
    asked = ("profit", "--hardware", "rtx4070tisuper", "--kwh-price", "0.1")
    answer, shown = answered(*asked), run(*asked).stdout.splitlines()

    assert answer["figures"]["missing"] == ["sha256d", "scrypt", "equihash-200-9", "randomx", "blake2s"]
    least, most = answer["figures"]["modelled"]["quantus"]
    (row,) = (row for row in answer["ranking"] if row["coin"] == "QUAN")
    assert least < row["hashes_per_second"] < most
    assert shown[2].startswith("Figures: for 18 of the market's 23 algorithms: ")
    assert shown[2].endswith("modelled (~); none for sha256d, scrypt, equihash-200-9, randomx, blake2s")
    assert any(line.startswith("QUAN") and " ~" in line for line in shown)


def test_what_is_measured_is_no_model() -> None:
    rig = rig_of(parse_rig("rtx5070", HARDWARE))
    (work,) = (work for work in rig.works if work.algorithm == "kawpow")
    measured = one_part([replace(work, likely_hashes_per_second=None, power_is_modelled=False)], name=rig.name)
    answer = rank(
        Question(
            market=MARKET,
            rig=measured,
            conditions=Conditions(prices=Prices(tariff=FlatTariff(Money(Decimal("0.1"), "USD")), source="test")),
            coins=COINS,
            now=max(quote.taken_at for quote in MARKET.quotes),
        )
    )

    assert answer.cover.modelled == ()
    assert "figures" in document(answer)
    assert not any("modelled" in reason for found in answer.ranked for reason in found.confidence.reasons)
