"""The daemon's part of posting: when it asks for what, what it shows, and the process that does it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporters.prometheus import Renderer
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.model.ledger_status import BookStatus, LedgerStatus
from miner_agent.model.status import AgentStatus
from miner_agent.posting.posting_errand import PostingErrand, PostingReturn
from miner_agent.posting.posting_keeper import POSTED_EVERY_SECONDS, PostingKeeper
from miner_agent.storage.sqlite.file_names import LEDGER_FILE
from tests import databases
from tests.bookkeeping.books import events_file, imported, payout, told
from tests.log_ticks import START, tick
from tests.posting.test_daily_posting import FLAT, configured, logged
from tests.waiting import until

NOW = START + timedelta(days=3, hours=2)

ONE = BookStatus(book="main", entries=1, head_known=True, unpriced=0, open_items=0)


@dataclass
class Asked:
    """In the place of the process."""

    errands: list[PostingErrand] = field(default_factory=list)
    returned: PostingReturn = field(default_factory=lambda: PostingReturn(books=(ONE,)))
    seconds: float = 0.0

    def __call__(self, errand: PostingErrand) -> PostingReturn:
        self.errands.append(errand)
        return self.returned


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    databases.begun(tmp_path)
    return databases.empty_ledger(tmp_path).parent


def loaded(folder: Path, more: str = "") -> Config:
    path = configured(folder, FLAT, "UTC")
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    return loading.load([path], environment={}, known_drivers=())


def keeper_of(folder: Path, asked: Asked, more: str = "") -> PostingKeeper:
    keeper = PostingKeeper(folder, run=asked, monotonic=lambda: asked.seconds)
    keeper.take(loaded(folder, more))
    return keeper


def test_it_posts_once_an_hour_and_looks_where_somebody_wrote(folder: Path) -> None:
    told(folder, payout("p1"), currency="EUR")
    asked = Asked()
    keeper = keeper_of(folder, asked)

    def look(believed: datetime | None) -> list[datetime | None]:
        keeper.look(believed)
        until(lambda: not keeper.is_busy)
        return [errand.post_at for errand in asked.errands]

    try:
        assert look(NOW) == [NOW]
        assert look(NOW) == [NOW], "nothing is new"
        told(folder, payout("p2"), currency="EUR")
        assert look(NOW) == [NOW, None]
        asked.seconds = POSTED_EVERY_SECONDS
        assert look(None) == [NOW, None], "no clock can be believed"
        asked.returned = PostingReturn(error="the disk is full")
        assert look(NOW) == [NOW, None, NOW]
    finally:
        keeper.close()
    status = keeper.status
    assert status is not None
    assert (status.failures_total, status.last_error, len(status.books)) == (1, "the disk is full", 1)


def test_books_that_go_while_it_runs_are_said_to_be_gone_and_are_told_no_more(folder: Path) -> None:
    told(folder, payout("p1"), currency="EUR")
    keeper = keeper_of(folder, Asked())
    try:
        for _ in range(2):
            keeper.look(None)
            until(lambda: not keeper.is_busy)
        before = keeper.status
        for file in folder.glob(f"{LEDGER_FILE}*"):
            file.unlink()
        keeper.look(None)
        until(lambda: not keeper.is_busy)
    finally:
        keeper.close()

    assert before is not None
    assert before.books == (ONE,)
    assert keeper.status is not None
    assert keeper.status.books == ()
    assert "it is gone, but state.db knows entries" in (keeper.status.last_error or "")


@pytest.mark.parametrize("more", ["", "[books]\npost_energy = false\n"], ids=["no books", "switched off"])
def test_where_nothing_is_to_be_posted_nothing_is(tmp_path: Path, more: str) -> None:
    databases.begun(tmp_path)
    if more:
        databases.empty_ledger(tmp_path)
        told(tmp_path, currency="EUR")
    asked = Asked()
    keeper = keeper_of(tmp_path, asked, more)
    try:
        keeper.look(NOW)
        until(lambda: not keeper.is_busy)
    finally:
        keeper.close()

    assert [errand.post_at for errand in asked.errands] == ([None] if more else [])


@pytest.mark.thorough
def test_the_process_posts_into_the_book_that_is_configured_and_tells_how_the_books_stand(folder: Path) -> None:
    told(folder, payout("p1", price=None, value=None), currency="EUR")
    imported(folder, events_file(currency="EUR"), "second")
    logged(folder, 50)
    keeper = PostingKeeper(folder)
    keeper.take(loaded(folder, '[books]\nbook = "second"\n'))
    try:
        keeper.look(NOW)
        until(lambda: keeper.status is not None, seconds=30)
    finally:
        keeper.close()

    status = keeper.status
    assert status is not None
    assert (status.last_error, status.posted_at) == (None, NOW)
    main, second = status.books
    assert (main.book, main.unpriced, main.posted_until, main.head_known) == ("main", 1, None, True)
    assert (second.entries, second.posted_until) == (1 + 3 * 4, datetime(2026, 1, 4, tzinfo=UTC))


def test_the_page_shows_the_books() -> None:
    book = BookStatus(book="main", entries=7, head_known=False, unpriced=2, open_items=1, posted_until=START)
    agent = AgentStatus(
        version="1",
        python_version="3",
        config_loaded_at=START,
        ledger=LedgerStatus(books=(book,), posted_at=NOW, failures_total=3),
    )

    lines = Renderer().render(replace(tick(0), agent=agent)).text.decode().splitlines()

    told_of = dict(line.rsplit(" ", 1) for line in lines if line.startswith("rig_ledger_"))
    assert {name: float(value) for name, value in told_of.items()} == {
        'rig_ledger_entries{book="main"}': 7,
        'rig_ledger_unpriced{book="main"}': 2,
        'rig_ledger_open_items{book="main"}': 1,
        'rig_ledger_head_known{book="main"}': 0,
        'rig_ledger_posted_until_timestamp_seconds{book="main"}': START.timestamp(),
        "rig_ledger_last_posting_timestamp_seconds": NOW.timestamp(),
        "rig_ledger_posting_failures_total": 3,
    }
