"""What the daemon makes of fixed quotes, a tariff and a tick: figures, their ages, and advice."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from calculators.chain.quote import Quote
from calculators.exchange import Rate
from calculators.money import Money
from exporters.prometheus import Renderer
from miner_agent import drivers
from miner_agent.config import loading
from miner_agent.config.entries import FeedEntry
from miner_agent.config.named_files import SecretFile
from miner_agent.economy.advice import Adviser, advantage_ratio
from miner_agent.economy.messages import Errand, Return, errand_bytes, errand_of, returns_bytes, returns_of
from miner_agent.economy.settings import Settings
from miner_agent.economy.sums import MOST_COINS, MOST_PRICES, Summed, sum_up
from miner_agent.market.feed import FeedReading, PriceSlot
from miner_agent.market.feeding import undated
from miner_agent.model.finances import FeedStatus, Present
from miner_agent.model.snapshot import RigPower, RigSnapshot
from miner_agent.views.figures import Circumstances
from miner_agent.views.profit_view import profit_view
from tests.log_ticks import device, miner_work, tick
from tests.quotes import NOON, PLAIN, quote, usd

HASHES_PER_SECOND = 600e6
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EUROS = replace(PLAIN, price=Money(Decimal("8.84"), "EUR"))
FLAT = '[tariff]\ncurrency = "USD"\nprice_per_kilowatt_hour = "0.10"\n'
MARKET = '[[feeds]]\nfeed = "file"\nname = "market"\nfile = "market.json"\n'
HOURS = '[[feeds]]\nfeed = "tariff_csv"\nname = "hours"\nfile = "hours.csv"\n'
CHEAP = FLAT.replace("0.10", "0.001")
DYNAMIC = '[tariff]\nkind = "dynamic"\nfeed = "hours"\ncurrency = "USD"\n'
OTHER = quote(coin="RVN", algorithm="kawpow", difficulty=70_000.0, hashes_per_difficulty=2.0**32,
              network_hashes_per_second=70_000 * 2.0**32 / 60, block_time_seconds=60.0, block_reward_coins=1250.0,
              price=usd("0.01"))  # fmt: skip
Make = Callable[[str], Settings]


@pytest.fixture
def settings_of(tmp_path: Path) -> Make:
    def make(text: str) -> Settings:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return Settings.of(loading.load([path], environment={}, known_drivers=drivers.names()))

    return make


def rig(*, watts: float | None = 1000.0, source: str = "meter", coin: str | None = "ETC") -> RigSnapshot:
    works = [miner_work("cards", "etchash", hashes_per_second=HASHES_PER_SECOND, coin=coin)]
    cards = [device("GPU-a", power_watts=900.0)]
    power = () if watts is None else (RigPower(source=source, power_watts=watts),)  # type: ignore[arg-type]
    return replace(tick(0, cards, works, start=NOON), power=power)


def returned(settings: Settings, *readings: FeedReading, at: datetime = NOON) -> list[tuple[FeedEntry, Return]]:
    return [
        (entry, Return(name=entry.name, reading=reading, taken_at=at))
        for entry, reading in zip(settings.loaded.feeds, readings, strict=True)
    ]


def summed(
    settings: Settings, quotes: Sequence[Quote] = (PLAIN,), *, now: datetime = NOON, snapshot: RigSnapshot | None = None
) -> Summed:
    returns = returned(settings, FeedReading(quotes=tuple(quotes)))
    return sum_up(settings, returns, snapshot or rig(), now=now)


def page(found: Summed, snapshot: RigSnapshot) -> str:
    return Renderer(process=False).render(replace(snapshot, economy=found.economy)).text.decode()


def test_the_present_is_what_meter_and_miner_say(settings_of: Make) -> None:
    found = summed(settings_of("[profit]\npool_fee_ratio = 0.0\n" + FLAT + MARKET)).economy

    coins = 0.99 * HASHES_PER_SECOND / 1.94e15 * 86_400 * 1.6384  # the program keeps a hundredth
    assert found.present.power_source == "meter"
    assert found.present.energy_cost_per_day == usd("2.4")
    assert found.present.revenue_per_day is not None
    assert float(found.present.revenue_per_day) == pytest.approx(coins * 8.84, rel=1e-5)  # it is part of the network
    assert float(found.present.break_even_price_per_kilowatt_hour or 0) == pytest.approx(coins * 8.84 / 24, rel=1e-5)
    assert [(each.coin, each.selected) for each in found.candidates] == [("ETC", True)]


@pytest.mark.parametrize(
    "said",
    [
        "[profit]\nuptime_ratio = 0.5\n",
        '[profit]\nfixed_cost_per_day = "0.4"\n[site]\ndemand_charge_per_kilowatt_per_month = "9"\n',
        '[profit]\nuptime_ratio = 0.9\n[power]\ncooling_factor = 1.2\nhost_watts = 0\n[site]\nstanding_charge_per_month = "12"\n',
    ],
    ids=["half the day", "peak", "all"],
)
def test_the_present_costs_and_stops_as_the_estimate_of_what_is_mined_says(settings_of: Make, said: str) -> None:
    found = summed(settings_of(said + FLAT + MARKET), snapshot=rig(watts=900.0, source="estimate"))
    (mined,), present = found.mined.values(), found.economy.present

    assert present.power_watts == pytest.approx(mined.operation.power_watts)
    assert present.energy_cost_per_day is not None
    assert present.energy_cost_per_day.amount == pytest.approx(mined.energy_cost_per_day.amount)
    assert present.break_even_price_per_kilowatt_hour is not None
    assert mined.break_even_price_per_kilowatt_hour is not None
    assert float(present.break_even_price_per_kilowatt_hour.amount) == pytest.approx(
        float(mined.break_even_price_per_kilowatt_hour.amount)
    )


def test_what_it_earns_while_it_mines_has_no_pause_in_it(settings_of: Make) -> None:
    half = summed(settings_of("[profit]\nuptime_ratio = 0.5\n" + FLAT + MARKET)).economy.present
    earned = half.revenue_while_it_mines_per_day

    assert half.revenue_per_day is not None
    assert earned is not None
    assert float(earned) == pytest.approx(2 * float(half.revenue_per_day))
    assert Present(revenue_per_day=usd("3")).revenue_while_it_mines_per_day == usd("3")


def test_an_estimate_of_the_power_is_said_to_be_one_and_goes_through_the_power_supply(settings_of: Make) -> None:
    found = summed(settings_of(FLAT + MARKET), snapshot=rig(source="estimate"))

    assert found.economy.present.power_source == "estimate"
    assert (found.economy.present.power_watts or 0) > 1000
    assert 'rig_profit_power_watts{source="estimate"}' in page(found, rig())


@pytest.mark.parametrize("watts", [None, 0.0, -250.0])
def test_power_that_nobody_knows_costs_nothing_known(settings_of: Make, watts: float | None) -> None:
    present = summed(settings_of(FLAT + MARKET), snapshot=rig(watts=watts)).economy.present

    assert present.energy_cost_per_day is None
    assert present.power_watts is None


def test_what_is_older_than_its_limit_is_absent_and_its_age_is_not(settings_of: Make) -> None:
    settings = settings_of(FLAT + MARKET)
    limit = timedelta(seconds=3 * 900)
    fresh, old = summed(settings, now=NOON + limit), summed(settings, now=NOON + limit + timedelta(seconds=1))

    price = 'rig_market_price{coin="ETC",currency="USD",source="whattomine"} 8.84\n'
    taken = 'rig_market_price_timestamp_seconds{coin="ETC",currency="USD",source="whattomine"}'
    assert price in page(fresh, rig())
    assert "rig_market_price{" not in page(old, rig())
    assert taken in page(old, rig())
    assert old.economy.candidates == ()
    assert old.economy.present.revenue_per_day is None
    assert old.economy.present.energy_cost_per_day is not None
    assert old.economy.networks == ()
    assert old.economy.market_notes == ()


def test_an_old_price_beside_a_fresh_difficulty_earns_nothing(settings_of: Make) -> None:
    found = summed(settings_of(FLAT + MARKET), [quote(price_taken_at=NOON - 2 * HOUR)]).economy

    assert found.prices[0].price is None
    assert found.networks[0].difficulty == PLAIN.difficulty
    assert found.candidates == ()


def test_figures_from_the_future_are_not_shown(settings_of: Make) -> None:
    found = summed(settings_of(FLAT + MARKET), now=NOON - HOUR).economy  # the clock was set back

    assert found.prices[0].price is None
    assert found.candidates == ()


def test_refused_coins_are_absent_and_counted_by_reason(settings_of: Make) -> None:
    quotes = [
        PLAIN,
        quote(coin="OLD", taken_at=NOON - 5 * HOUR),
        quote(coin="ODD", difficulty=1.94e12),  # says three orders less than its network's hashrate
        quote(coin="BARE", price=None),
    ]
    found = summed(settings_of(FLAT + MARKET), quotes)

    assert [each.coin for each in found.economy.candidates] == ["ETC"]
    assert found.economy.refused == {"stale": 1, "doubtful": 1, "incomplete": 1}
    assert 'rig_profit_refused_coins{reason="doubtful"} 1' in page(found, rig())


def test_a_market_of_a_thousand_coins_gives_no_more_series_than_are_bounded(settings_of: Make) -> None:
    quotes = [quote(coin=f"C{number}", price=usd(str(number + 1))) for number in range(1000)]
    found = summed(settings_of(FLAT + MARKET), quotes, snapshot=rig(coin="C3")).economy

    assert len(found.candidates) <= MOST_COINS + 1
    assert len(found.networks) <= MOST_COINS
    assert len(found.prices) <= MOST_COINS
    assert [each.coin for each in found.candidates if each.selected] == ["C3"]


def test_a_coin_that_its_miner_does_not_say_is_known_where_it_can_be_one_only(settings_of: Make) -> None:
    settings = settings_of(FLAT + MARKET)
    alone = summed(settings, snapshot=rig(coin=None)).economy
    twins = summed(settings, [PLAIN, quote(coin="ETHW")], snapshot=rig(coin=None)).economy

    assert alone.present.revenue_per_day is not None
    assert twins.present.revenue_per_day is None
    assert len(twins.candidates) == 2


@pytest.mark.parametrize(
    ("quotes", "coin", "said"),
    [
        ((PLAIN,), "ETC", "ETC: prices are in USD; no rates lead from USD to EUR"),
        ((replace(PLAIN, price=None),), None, "ETC: whattomine tells no price"),
        ((PLAIN,), "XYZ", "cards: no feed tells of XYZ, which it mines"),
        ((quote(coin="RVN", algorithm="kawpow"),), None, "cards: no feed tells of a coin of etchash, which it mines"),
        ((EUROS, replace(EUROS, coin="ETHW")), None, "cards: etchash may be one of several coins: [profit] coins"),
        ((replace(EUROS, block_reward_coins=200.0),), None, "cards: what ETC brings is refused: miner-agent profit"),
    ],
    ids=["no rate", "no price", "not told of", "no coin at all", "several", "refused"],
)
def test_why_nobody_knows_what_is_earned_is_told_once_and_wherever_the_figure_would_stand(
    settings_of: Make, quotes: Sequence[Quote], coin: str | None, said: str
) -> None:
    settings = settings_of(FLAT.replace("USD", "EUR") + MARKET)
    found, later = (
        summed(settings, quotes, snapshot=rig(coin=coin), now=NOON + minutes * MINUTE) for minutes in (0, 20)
    )
    (sentence,) = found.problems
    told = profit_view(found.economy, Circumstances(taken_at=NOON, sees_money=True)).value

    assert sentence.startswith(said)
    assert later.problems == found.problems
    assert told is not None
    assert (told.revenue_per_day.reason, told.net_per_day.reason) == (sentence, sentence)


def test_a_miner_whose_watts_nobody_knows_earns_all_the_same_and_that_is_told(settings_of: Make) -> None:
    settings = settings_of(FLAT + MARKET)
    unmeasured = replace(
        tick(
            0,
            [device("GPU-a", power_watts=None)],
            [miner_work("cards", "etchash", hashes_per_second=HASHES_PER_SECOND, coin="ETC")],
            start=NOON,
        ),
        power=(),
    )
    found = summed(settings, snapshot=unmeasured)
    known = summed(settings)

    assert found.economy.present.revenue_per_day == known.economy.present.revenue_per_day != None  # noqa: E711
    assert found.economy.present.energy_cost_per_day is None
    assert found.economy.present.break_even_price_per_kilowatt_hour is None
    assert found.economy.candidates == ()
    assert any("nobody knows what it draws" in problem for problem in found.problems)


def test_what_a_feed_says_of_a_coin_that_is_mined_reaches_the_log(settings_of: Make) -> None:
    settings = settings_of(FLAT + MARKET)
    said = ("ETC: market.networkhashps is 0; the rest of its row stands", "XYZ: it is 2 times in the answer")
    returns = returned(settings, FeedReading(quotes=(PLAIN,), problems=said))

    assert sum_up(settings, returns, rig(), now=NOON).problems == (said[0],)


def told_of(settings: Settings, *rates: Rate, quotes: Sequence[Quote] = (PLAIN,)) -> Summed:
    return sum_up(settings, returned(settings, FeedReading(quotes=tuple(quotes), rates=rates)), rig(), now=NOON)


@pytest.mark.parametrize(("days", "money"), [(0, True), (5, True), (6, False), (3000, False), (-1, False)], ids=str)
def test_a_rate_of_a_day_holds_over_the_longest_weekend_and_no_longer(
    settings_of: Make, days: int, money: bool
) -> None:
    settings = settings_of(FLAT.replace("USD", "EUR") + MARKET)
    day = (NOON - timedelta(days=days)).replace(hour=0)
    found = told_of(settings, Rate(currency="EUR", worth=usd("1.25"), taken_at=day, source="ecb"))

    assert bool(found.economy.candidates) is money
    assert any("its rates of exchange are of" in problem for problem in found.problems) is not money


@pytest.mark.parametrize(("days", "money"), [(0, True), (20, False)])
def test_an_old_price_of_a_bitcoin_converts_nothing(settings_of: Make, days: int, money: bool) -> None:
    settings = settings_of(FLAT + MARKET)
    in_bitcoin = replace(PLAIN, price=Money(Decimal("1e-4"), "BTC"))
    taken_at = NOON - timedelta(days=days, minutes=1)
    found = told_of(
        settings, Rate(currency="BTC", worth=usd("90000"), taken_at=taken_at, source="whattomine"), quotes=[in_bitcoin]
    )

    assert bool(found.economy.candidates) is money


def test_figures_that_nobody_dates_make_no_money_and_are_told(settings_of: Make) -> None:
    settings = settings_of(FLAT + MARKET)
    saved = undated(FeedReading(quotes=(replace(PLAIN, taken_at=NOON, price_taken_at=NOON),)), NOON)
    found = told_of(settings, quotes=saved.quotes)

    assert found.economy.candidates == ()
    assert found.economy.prices == ()
    assert any("1 of its rows do not say of when they are" in problem for problem in found.problems)


def test_prices_in_another_currency_need_a_rate(settings_of: Make) -> None:
    settings = settings_of(FLAT.replace("USD", "EUR") + MARKET)
    rate = Rate(currency="EUR", worth=usd("1.25"), taken_at=NOON, source="ecb")
    without = sum_up(settings, returned(settings, FeedReading(quotes=(PLAIN,))), rig(), now=NOON).economy
    found = sum_up(settings, returned(settings, FeedReading(quotes=(PLAIN,), rates=(rate,))), rig(), now=NOON).economy

    assert without.candidates == ()
    assert without.refused["incomplete"] == 1
    assert found.candidates[0].profit_per_day.currency == "EUR"
    assert found.market_notes[0].price == Money(Decimal("8.84") / Decimal("1.25"), "EUR")


def slots(count: int, *, start: datetime = NOON) -> FeedReading:
    prices = [usd(str(Decimal(number) / 100)) for number in range(count)]
    return FeedReading(
        slots=tuple(
            PriceSlot(start + number * HOUR, start + (number + 1) * HOUR, price) for number, price in enumerate(prices)
        )
    )


def test_a_dynamic_tariff_tells_its_slot_and_until_when_it_knows_prices(settings_of: Make) -> None:
    settings = settings_of(DYNAMIC + HOURS)
    found = sum_up(settings, returned(settings, slots(30)), rig(), now=NOON + 2.5 * HOUR).economy

    assert found.tariff is not None
    assert found.tariff.import_price == usd("0.02")
    assert found.tariff.slot_end_at == NOON + 3 * HOUR
    assert found.tariff.forecast_end_at == NOON + 30 * HOUR
    assert found.present.energy_cost_per_day is not None


def test_a_tariff_whose_prices_have_run_out_is_absent(settings_of: Make) -> None:
    settings = settings_of(DYNAMIC + HOURS)
    found = sum_up(settings, returned(settings, slots(30)), rig(), now=NOON + 30 * HOUR)
    early = sum_up(settings, returned(settings, slots(30)), rig(), now=NOON - HOUR)

    for each, word in ((found, "its last price held until"), (early, "its first price holds from")):
        assert each.economy.tariff is None
        assert each.economy.present.energy_cost_per_day is None
        assert word in " ".join(each.problems)


@pytest.mark.parametrize(("after_hours", "price"), [(2.5, "0.02"), (8.5, None)])
def test_of_a_hole_in_a_tariff_the_daemon_lacks_the_hole_alone(
    settings_of: Make, after_hours: float, price: str | None
) -> None:
    settings = settings_of(DYNAMIC + HOURS)
    told = slots(30)
    holed = replace(told, slots=(*told.slots[:8], *told.slots[9:]), problems=("there is no price from 20:00 to 21:00",))
    found = sum_up(settings, returned(settings, holed), rig(), now=NOON + after_hours * HOUR)

    assert found.economy.tariff is not None
    assert found.economy.tariff.import_price == (None if price is None else usd(price))
    assert found.economy.present.energy_cost_per_day is not None
    assert any("there is no price from" in problem for problem in found.problems)


def test_a_tariff_of_less_than_a_day_is_a_sentence_and_no_price(settings_of: Make) -> None:
    settings = settings_of(DYNAMIC + HOURS)
    found = sum_up(settings, returned(settings, slots(3)), rig(), now=NOON)

    assert found.economy.tariff is None
    assert "hours" in found.problems[0]


def test_advice_is_given_once_and_counted_by_its_reason(settings_of: Make) -> None:
    settings = settings_of(CHEAP + MARKET)
    adviser = Adviser()
    small, large = quote(coin="ETHW", price=usd("8.9")), quote(coin="ETHW", price=usd("12"))
    notes = [
        adviser.follow(summed(settings, [PLAIN, other]), now=NOON + minute * timedelta(minutes=1))
        for minute, other in enumerate([small, small, large, large])
    ]

    assert [len(given) for given in notes] == [1, 0, 1, 0]
    assert (notes[0][0].reason, notes[0][0].refused, notes[0][0].wanted) == ("hysteresis", True, "ETHW")
    assert (notes[2][0].reason, notes[2][0].after) == ("better", "ETHW")
    assert [each.coin for each in notes[2][0].inputs] == ["ETHW", "ETC"]
    assert (dict(adviser.switches), dict(adviser.suppressed)) == ({"better": 1}, {"hysteresis": 1})


def test_each_coin_is_told_with_between_what_its_profit_may_come_out(settings_of: Make) -> None:
    adviser, small = Adviser(), quote(coin="ETHW", price=usd("8.9"))
    found = summed(settings_of(CHEAP + MARKET), [PLAIN, small])
    before = adviser.with_spread(found.economy.candidates)
    adviser.follow(found, now=NOON)
    best, other = adviser.with_spread(found.economy.candidates)

    assert [each.profit_p5_per_day for each in before] == [None, None]
    assert best.profit_p5_per_day < best.profit_per_day < best.profit_p95_per_day  # type: ignore[operator]
    assert "not on 95 %" in (best.why_unclear or "")
    assert other.profit_p95_per_day is not None


def test_after_a_switch_it_advises_to_stay_for_a_while(settings_of: Make) -> None:
    settings = settings_of(CHEAP + MARKET)
    adviser = Adviser()
    rich = quote(coin="ETHW", price=usd("12"))
    adviser.follow(summed(settings, [PLAIN, rich]), now=NOON)
    poor = quote(coin="ETHW", price=usd("5"))
    (note,) = adviser.follow(
        summed(settings, [PLAIN, poor], snapshot=rig(coin="ETHW")), now=NOON + timedelta(minutes=5)
    )

    assert (note.before, note.wanted, note.reason) == ("ETHW", "ETC", "dwell")


def test_a_coin_below_the_cost_of_its_energy_is_advised_against(settings_of: Make) -> None:
    settings = settings_of(FLAT + MARKET)
    (note,) = Adviser().follow(summed(settings), now=NOON)

    assert (note.before, note.after, note.reason) == ("ETC", None, "unprofitable")


def test_a_coin_with_several_algorithms_is_one_choice(settings_of: Make) -> None:
    settings = settings_of(CHEAP + MARKET)
    one = rig()
    (card,) = one.inventory.devices
    known = replace(card, reading=replace(card.reading, name="GeForce RTX 3080"))
    both = replace(one, inventory=replace(one.inventory, devices=(known,)))
    found = summed(
        settings,
        [PLAIN, replace(OTHER, coin="ETC", block_reward_coins=PLAIN.block_reward_coins, price=usd("90"))],
        snapshot=both,
    )
    assert len(found.ranking.ranked) == 2  # type: ignore[union-attr]

    (note,) = Adviser().follow(found, now=NOON)

    assert [(each.coin, each.algorithm) for each in note.inputs] == [("ETC", "etchash")]


def test_many_sources_of_one_price_are_bounded(settings_of: Make) -> None:
    quotes = [quote(source=f"s{number}") for number in range(MOST_PRICES + 9)]

    assert len(summed(settings_of(FLAT + MARKET), quotes).economy.prices) == MOST_PRICES


def test_the_advantage_is_a_part_of_the_present_revenue(settings_of: Make) -> None:
    settings = settings_of(FLAT + MARKET)

    assert advantage_ratio(summed(settings)) == 0
    better = summed(settings, [PLAIN, quote(coin="ETHW", price=usd("17.68"))])
    assert advantage_ratio(better) == pytest.approx(1, rel=1e-6)
    assert advantage_ratio(summed(settings, [PLAIN, quote(coin="ETHW")], snapshot=rig(coin=None))) is None


def test_what_the_processes_say_to_each_other_arrives_as_it_was(settings_of: Make, tmp_path: Path) -> None:
    feeds = settings_of(DYNAMIC + HOURS + MARKET).loaded.feeds
    keys = (SecretFile(tmp_path / "a"), SecretFile(tmp_path / "b", from_systemd=True))
    keyed = tuple(msgspec.structs.replace(feeds[0], key_file=key, file=tmp_path / "c") for key in keys)
    errand = Errand(now=NOON, state_directory=tmp_path, catalog_file=tmp_path / "d", feeds=(*feeds, *keyed))
    rate = Rate(currency="EUR", worth=usd("1.25"), taken_at=NOON, source="ecb")
    reading = FeedReading(quotes=(PLAIN, OTHER), rates=(rate,), slots=slots(3).slots, problems=("a sentence",))
    answers = [Return(name="market", reading=reading, taken_at=NOON, not_before=NOON + HOUR)]

    assert errand_of(errand_bytes(errand)) == errand
    assert returns_of(returns_bytes(answers)) == answers


def test_the_page_of_profit_is_the_expected_one(settings_of: Make, update_golden: bool) -> None:
    settings = settings_of('[profit]\ncoins = ["ETC", "ETHW", "OLD"]\n' + DYNAMIC + HOURS + MARKET)
    quotes = (PLAIN, quote(coin="ETHW", price=usd("12")), quote(coin="OLD", taken_at=NOON - 5 * HOUR))
    returns = returned(settings, slots(30), FeedReading(quotes=quotes))
    found = sum_up(settings, returns, rig(), now=NOON + HOUR / 4)
    adviser = Adviser()
    adviser.follow(found, now=NOON)
    economy = replace(
        found.economy,
        feeds=(
            FeedStatus(feed="hours", last_success_at=NOON, runs_total=3),
            FeedStatus(feed="market", reason="timeout", last_success_at=NOON, runs_total=7, failures_total=2),
            FeedStatus(feed="never", reason="auth", runs_total=1, failures_total=1),
        ),
        advantage_ratio=advantage_ratio(found),
        switches_total=dict(adviser.switches),
        suppressed_total=dict(adviser.suppressed),
    )
    lines = page(replace(found, economy=economy), rig()).splitlines(keepends=True)
    told = "".join(line for line in lines if re.match(r"(# \w+ )?rig_(market|network|tariff|profit)_", line))

    golden = Path(__file__).parents[1] / "golden" / "profit.prom"
    if update_golden:
        golden.write_text(told)
    assert told == golden.read_text()
