"""The daemon's part of payouts: when pools are asked, what the page shows, and the process that does it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from calculators.money import Money
from exporters.prometheus import Renderer
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.economy.revenue_estimate import RevenueEstimate
from miner_agent.model.finances import Economy
from miner_agent.model.ledger_status import BookStatus, LedgerStatus, PaidStatus, PoolStatus
from miner_agent.model.snapshot import TickClock
from miner_agent.model.status import AgentStatus
from miner_agent.posting.ledger_look import paid_value_since
from miner_agent.posting.posting_errand import PoolReturn, PostingErrand, PostingReturn
from miner_agent.posting.posting_keeper import POOLS_AGAIN_SECONDS, POOLS_ASKED_EVERY_SECONDS, PostingKeeper
from tests.bookkeeping.books import book_in, events_file, imported, payout
from tests.log_ticks import START, tick
from tests.payouts.fake_pools import FakePool
from tests.payouts.test_syncing import configured, nanopool, paid, payouts, table
from tests.waiting import until

NOW = START + timedelta(days=3)


@dataclass
class Asked:
    """In the place of the process."""

    errands: list[PostingErrand] = field(default_factory=list)
    returned: PostingReturn = field(default_factory=lambda: PostingReturn(pools=(PoolReturn(name="nanopool"),)))
    seconds: float = 0.0

    def __call__(self, errand: PostingErrand) -> PostingReturn:
        self.errands.append(errand)
        return self.returned


def loaded(path: Path) -> Config:
    return loading.load([path], environment={}, known_drivers=())


def look(keeper: PostingKeeper, believed: datetime | None = NOW) -> None:
    keeper.look(believed)
    until(lambda: not keeper.is_busy, seconds=30)


def test_pools_are_asked_at_start_and_once_a_day_and_sooner_after_a_failure(tmp_path: Path) -> None:
    asked = Asked()
    keeper = PostingKeeper(tmp_path, run=asked, monotonic=lambda: asked.seconds)
    keeper.take(loaded(configured(tmp_path, table("http://127.0.0.1:1"))))

    def times() -> int:
        look(keeper)
        return sum(errand.ask_pools_at is not None for errand in asked.errands)

    try:
        look(keeper, None)
        assert asked.errands == [], "no clock can be believed"
        assert (times(), times()) == (1, 1)
        asked.seconds += POOLS_ASKED_EVERY_SECONDS
        asked.returned = PostingReturn(pools=(PoolReturn(name="nanopool", error="it refuses"),))
        assert (times(), times()) == (2, 2)
        asked.seconds += POOLS_AGAIN_SECONDS
        assert times() == 3
    finally:
        keeper.close()
    status = keeper.status
    assert status is not None
    assert status.pools == (PoolStatus(name="nanopool", read_at=NOW, failures_total=2, last_error="it refuses"),)


@pytest.mark.thorough
def test_the_process_asks_the_pools_and_tells_what_they_paid(folder: Path) -> None:
    with FakePool(lambda *_: nanopool(paid(1), paid(2))) as fake:
        keeper = PostingKeeper(folder)
        keeper.take(
            loaded(configured(folder, table(fake.url), table(fake.url, name="bad", pool="braiins", coin="BTC")))
        )
        try:
            look(keeper)
            look(keeper)
        finally:
            keeper.close()
    status = keeper.status

    assert status is not None
    assert len(payouts(folder)) == 2
    assert [(pool.name, pool.read_at, pool.failures_total) for pool in status.pools] == [
        ("nanopool", NOW, 0), ("bad", None, 1),
    ]  # fmt: skip
    assert [(one.pool, one.coin, one.payouts, one.coins) for one in status.books[0].paid] == [
        ("nanopool", "XMR", 2, 0.2)
    ]


def test_what_is_estimated_is_added_up_over_ticks_and_not_over_a_gap() -> None:
    estimate = RevenueEstimate()

    def at(seconds: float) -> TickClock:
        return TickClock(boot_id="b", monotonic_seconds=seconds, interval_seconds=10, clock_ok=True)

    for seconds in (100.0, 110.0, 120.0):
        estimate.add(Money(Decimal(8640), "USD"), at(seconds))
    estimate.pass_over(at(130.0))
    estimate.add(None, at(140.0))
    estimate.add(Money(Decimal(8640), "USD"), at(140.0 + 3600))
    estimate.add(Money(Decimal(8640), "EUR"), at(150.0 + 3600))

    assert dict(estimate.total) == {"USD": 2.0, "EUR": 1.0}


def test_what_was_paid_since_the_agent_started_is_known_where_all_of_it_has_a_price(folder: Path) -> None:
    imported(
        folder,
        events_file(payout("a"), payout("b", time="2025-05-06T00:00:00Z"), payout("c", time="2025-05-07T00:00:00Z")),
    )
    book = book_in(folder)

    assert paid_value_since(book, datetime(2025, 5, 6, tzinfo=UTC)) == 84.0
    assert paid_value_since(book, datetime(2025, 6, 6, tzinfo=UTC)) == 0.0
    imported(folder, events_file(payout("d", value=None, price=None)))
    assert paid_value_since(book_in(folder), datetime(2025, 5, 1, tzinfo=UTC)) is None


def test_the_page_shows_what_pools_paid_and_how_they_are_asked() -> None:
    told = PaidStatus(pool="nanopool", coin="XMR", payouts=2, coins=0.2, value=42.5, last_at=START)
    book = BookStatus(
        book="main", entries=7, head_known=True, unpriced=2, open_items=1, paid=(told,), currency="USD",
        paid_value_since_start=40.0,
    )  # fmt: skip
    economy = Economy(computed_at=NOW, revenue_estimated_total={"USD": 50.0})
    pools = (PoolStatus(name="xmr", read_at=NOW, failures_total=3), PoolStatus(name="never", failures_total=1))
    agent = AgentStatus(
        version="1", python_version="3", config_loaded_at=START, ledger=LedgerStatus(books=(book,), pools=pools)
    )  # fmt: skip

    lines = Renderer().render(replace(tick(0), agent=agent, economy=economy)).text.decode().splitlines()

    assert 'rig_revenue_estimated_total{currency="USD"} 50.0' in lines
    told_of = dict(line.rsplit(" ", 1) for line in lines if line.startswith("rig_payouts_"))
    assert {name: float(value) for name, value in told_of.items()} == {
        'rig_payouts_booked{book="main",coin="XMR",pool="nanopool"}': 2,
        'rig_payouts_booked_coins{book="main",coin="XMR",pool="nanopool"}': 0.2,
        'rig_payouts_booked_value{book="main",coin="XMR",pool="nanopool"}': 42.5,
        'rig_payouts_since_start_value{book="main"}': 40,
        'rig_payouts_to_estimate_ratio{book="main"}': 0.8,
        'rig_payouts_last_timestamp_seconds{book="main",coin="XMR",pool="nanopool"}': START.timestamp(),
        'rig_payouts_last_read_timestamp_seconds{pool="xmr"}': NOW.timestamp(),
        'rig_payouts_failures_total{pool="xmr"}': 3,
        'rig_payouts_failures_total{pool="never"}': 1,
    }
