"""Counters that outlive the agent: never shown lower than before, never before they are known, and nothing counted twice.

The disk of these tests takes a write at once, or later, or not at all; the agent ends well, is killed between any two
steps, or loses its power and with it every write that the disk had not promised.
"""

import random
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from miner_agent.model.kept_counter import RESTARTS, KeptCounter
from miner_agent.storage.state.counter_book import (
    LEAST_LEAD_MILLIJOULES,
    SYNCED_EVERY_SECONDS,
    CounterBook,
    CounterPage,
    RigCounterKey,
)
from miner_agent.tick.lasting_counters import LastingCounters

CARD = ("GPU-1", "hardware")
KEY: RigCounterKey = ("", *CARD)
AMOUNTS = (0.0, 1 / 3, 0.1 + 0.2, 1000.0, 120_000.7, 3_600_000.1, 3.6e9 + 1 / 3)  # [mJ] up to a kilowatt-hour at once


@dataclass
class Disk:
    """What is written, and what of it is there after a power cut."""

    written: dict[RigCounterKey, KeptCounter] = field(default_factory=dict)
    synced: dict[RigCounterKey, KeptCounter] = field(default_factory=dict)
    rebooted: bool = False

    def take(self, page: CounterPage) -> None:
        self.written |= page.rows
        if page.synced:
            self.synced = dict(self.written)

    def cut_power(self) -> None:
        self.written, self.rebooted = dict(self.synced), True

    def begin_run(self) -> dict[RigCounterKey, KeptCounter]:
        if self.rebooted:
            self.written = {key: replace(row, floor=row.ceiling) for key, row in self.written.items()}
            self.synced, self.rebooted = dict(self.written), False
        return dict(self.written)

    def end_run(self) -> None:
        self.written = {key: replace(row, ceiling=max(row.counted, row.floor)) for key, row in self.written.items()}
        self.synced = dict(self.written)


class Run:
    """One run of an agent, step by step."""

    def __init__(self, disk: Disk, *, at_seconds: float) -> None:
        self.disk, self.at_seconds = disk, at_seconds
        self.counters, self.book = LastingCounters(), CounterBook()
        self.is_open = False

    def shown(self) -> int | None:
        return self.counters.shown(CARD)

    def open(self) -> None:
        self.book.open(self.disk.begin_run())
        self.is_open = True

    def tick(self, amount: float) -> None:
        self.counters.see(self.book.kept("") if self.is_open else None)
        self.counters.count(CARD, amount)
        if self.counters.counted is not None:
            self.book.tell("", self.counters.counted)

    def write(self) -> bool:
        """Whether it waited for the disk."""
        page = self.book.next_page(self.at_seconds)
        self.disk.take(page)
        self.book.written(page, self.at_seconds)
        return page.synced


def test_nothing_is_shown_before_it_is_known_and_then_what_the_last_run_left() -> None:
    disk = Disk(written={KEY: KeptCounter(3_600_000_333, 0, 3_600_000_333)})
    run = Run(disk, at_seconds=0)
    run.tick(0.1 + 0.2)
    run.tick(1000.7)
    assert run.shown() is None
    assert run.counters.counted is None

    run.open()
    run.tick(0.0)
    assert run.shown() == 3_600_000_333
    run.write()
    run.tick(0.0)
    assert run.shown() == 3_600_001_334


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        (KeptCounter(7, 0, 9), 7),
        (KeptCounter(7, 8, 9), 8),  # an earlier run may have shown more
        (KeptCounter(7, 0, 5), 5),  # a power cut would take the rest back
        (KeptCounter(7, 9, 9), 9),
    ],
)
def test_what_is_shown_lies_between_floor_and_ceiling(kept: KeptCounter, shown: int) -> None:
    assert kept.shown == shown


def test_what_a_run_shows_is_on_disk_before() -> None:
    run = Run(Disk(), at_seconds=0)
    run.open()
    run.tick(500.0)
    assert run.shown() == 0
    run.tick(500.0)
    assert run.shown() == 0
    run.write()
    run.tick(500.0)
    assert run.shown() == 1000
    assert run.disk.written[KEY].counted == 1000


def test_after_a_clean_end_a_counter_goes_on_to_the_last_digit() -> None:
    disk, amounts = Disk(), 0
    for _ in range(10):
        run = Run(disk, at_seconds=0)
        run.open()
        for _ in range(5):
            run.tick(3_600_000_000 + 1 / 3)
            amounts += 3_600_000_000
            run.write()
        run.tick(0.0)
        shown = run.shown()
        run.disk.end_run()
        disk.cut_power()  # on another boot as well
        run = Run(disk, at_seconds=0)
        run.open()
        run.tick(0.0)
        assert run.shown() == shown

    assert amounts <= disk.written[KEY].counted <= amounts + 17


def test_after_a_power_cut_a_counter_stands_until_as_much_is_counted() -> None:
    run = Run(Disk(), at_seconds=0)
    run.open()
    for _ in range(12):
        run.tick(1_000_000.0)  # 100 W
        run.at_seconds += 10
        run.write()
    run.tick(0.0)
    shown = run.shown() or 0
    run.disk.cut_power()

    again = Run(run.disk, at_seconds=0)
    again.open()
    again.tick(0.0)
    stands_at = again.shown() or 0
    assert shown <= stands_at <= shown + 180 * 100_000
    for _ in range(60):
        again.tick(1_000_000.0)
        again.at_seconds += 10
        again.write()
    again.tick(0.0)
    assert 66_000_000 <= (again.shown() or 0) <= 72_000_000  # the last minute may be lost, nothing is made up


def test_the_disk_is_waited_for_once_a_minute_and_where_the_pace_grows() -> None:
    run = Run(Disk(), at_seconds=0)
    run.open()
    synced = []
    for number in range(180):
        run.tick(500_000.0 if number < 60 else 3_000_000.0)
        run.at_seconds += 1
        if run.write():
            synced.append(number)

    assert len(synced) <= 12
    steady = [number for number in synced if number >= 70]
    assert all(later - earlier >= SYNCED_EVERY_SECONDS for earlier, later in pairwise(steady))


def test_what_is_rare_is_shown_as_soon_as_the_disk_has_it_and_never_ahead_of_it() -> None:
    book, shown, waits = CounterBook(), [], []
    key = ("", "xmrig", RESTARTS)
    for second in range(300):
        book.tell("", {key[1:]: second // 100})
        page = book.next_page(second)
        book.written(page, second)
        waits.append(page.synced)
        shown.append(book.kept("")[key[1:]].shown)

    assert shown == [second // 100 for second in range(300)]
    assert [second for second, waited in enumerate(waits) if waited] == [0, 60, 100, 160, 200, 260]
    assert book.kept("")[key[1:]].ceiling == 2


def test_a_ceiling_falls_again_where_nothing_is_drawn_any_more() -> None:
    run = Run(Disk(), at_seconds=0)
    run.open()
    run.tick(3.6e9)
    run.write()
    run.tick(3.6e9)
    run.write()
    high = run.disk.synced[KEY].ceiling
    run.at_seconds += SYNCED_EVERY_SECONDS
    run.tick(1.0)
    run.write()
    row = run.disk.synced[KEY]

    assert row.ceiling - row.counted <= LEAST_LEAD_MILLIJOULES < high - row.counted


def test_a_file_that_is_begun_anew_gets_all_that_this_run_knows() -> None:
    run = Run(Disk(written={KEY: KeptCounter(7, 9, 11)}), at_seconds=0)
    run.open()
    run.tick(100.0)
    run.write()
    known = run.disk.written[KEY]
    for found in ({}, {KEY: KeptCounter(3, 0, 3)}):
        run.disk.written = dict(found)
        run.open()
        assert run.book.is_behind
        assert run.write()
        assert run.disk.written[KEY].counted == known.counted
        assert run.disk.written[KEY].floor == known.floor
        assert not run.book.is_behind


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), -1.0, 1e300])
def test_what_is_no_amount_is_not_counted(bad: float) -> None:
    counters = LastingCounters()
    counters.see({})
    counters.count(CARD, 1.0)
    counters.count(CARD, bad)

    assert counters.counted == {CARD: 1}


@pytest.mark.thorough
@pytest.mark.parametrize("first", range(0, 300, 50))
def test_whatever_becomes_of_agent_disk_and_power_no_reader_sees_a_counter_fall(first: int) -> None:
    for seed in range(first, first + 50):
        live_through(seed)


def live_through(seed: int) -> None:
    """Hundreds of steps, the same ones for a seed."""
    chance, disk = random.Random(seed), Disk()
    seen = drawn = 0.0
    run, at_seconds, steps = Run(disk, at_seconds=0), 0.0, 0
    lost = 0.0  # to kills and power cuts: what was counted and is not on disk
    slow = chance.random() < 0.3
    while steps < 400 or not run.is_open or run.book.is_behind:
        steps += 1
        match chance.choices(("open", "tick", "write", "kill", "cut", "end", "fail"), (5, 40, 40, 2, 1, 2, 3))[0]:
            case "open" if not run.is_open:
                run.open()
            case "tick":
                amount = chance.choice(AMOUNTS) if steps < 400 else 0.0
                at_seconds += chance.choice((1.0, 10.0, 61.0))
                run.at_seconds = at_seconds
                run.tick(amount)
                drawn += amount
            case "write" if run.is_open and not (slow and chance.random() < 0.7):
                run.write()
            case "fail" if run.is_open:  # closed, and opened anew
                run.open()
            case "end" if run.is_open and not run.book.is_behind:
                disk.end_run()
                run = Run(disk, at_seconds=at_seconds)
            case "kill":
                lost += 1
                run = Run(disk, at_seconds=at_seconds)
            case "cut":
                lost += 1
                disk.cut_power()
                run = Run(disk, at_seconds=at_seconds)
            case _:
                continue
        shown = run.shown()
        if shown is not None:
            assert shown >= seen, "a reader saw it fall"
            seen = shown
            row = disk.written.get(KEY, KeptCounter(0))
            assert shown <= max(row.counted, row.floor)
        assert disk.written.get(KEY, KeptCounter(0)).counted <= drawn + 1e-3, "counted twice"

    counted = disk.written[KEY].counted if KEY in disk.written else 0
    if not lost:
        assert drawn - steps <= counted  # each tick may leave less than one behind


def test_what_fell_while_its_page_was_written_lowers_nothing() -> None:
    book, other = CounterBook(), ("GPU-b", "hardware")
    book.tell("", {CARD: 2000})
    page = book.next_page(0.0)
    book.tell("", {CARD: 1999, other: 1})
    book.written(page, 0.0)

    assert {key: row.counted for key, row in book.next_page(1.0).rows.items()} == {("", *other): 1}


def test_a_page_says_whose_counters_are_counted_now_and_nothing_of_the_others() -> None:
    gone: RigCounterKey = ("", "GPU-2", "hardware")
    run = Run(Disk(written={gone: KeptCounter(7, 0, 7 + LEAST_LEAD_MILLIJOULES)}), at_seconds=0)
    run.open()
    run.counters.see(run.book.kept(""))
    run.counters.count(CARD, 500.0, "nvml")
    run.book.tell("", run.counters.counted or {}, run.counters.told_by)
    page = run.book.next_page(0)

    assert page.told_by == {KEY: "nvml"}
    run.book.written(page, 0)
    run.book.open({})  # a new file gets all of them
    page = run.book.next_page(1)
    assert (set(page.rows), page.told_by) == ({KEY, gone}, {KEY: "nvml"})
