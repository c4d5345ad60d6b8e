"""No counter makes shares that nobody found: not over restarts, odd answers, gaps, pools or connections."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isnan

import pytest

from miner_agent.errors import TimedOut
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import ConnectedWorker, ListedPool, MinerSnapshot, Outcome, Reading, Workload
from miner_agent.model.snapshot import Device, Inventory, RigSnapshot
from miner_agent.storage.telemetry.rows import Totals, milliseconds, rows_of
from miner_agent.tick.counters import BOOKS_A_MINER, Counters, Gain
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.one_counter import SETTLED_LOOKS
from miner_agent.tick.proof import Proof
from miner_agent.tick.restarts import Restarts

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DIFFICULTY, HASHES = 100.0, 2.0**32
POOLS = ("a.example:1", "b.example:1", "c.example:1")


class Rig:
    """One miner, asked every ten seconds, and everything that follows its counters."""

    def __init__(self) -> None:
        self.restarts, self.counters, self.proof = Restarts(), Counters(), Proof()
        self.seconds, self.began_seconds = 0.0, -100_000.0

    def look(self, *workloads: Workload, uptime_seconds: float | None = None, tells: bool = True) -> RigSnapshot:
        uptime_seconds = self.seconds - self.began_seconds if uptime_seconds is None else uptime_seconds
        boards = {part.device_index for workload in workloads for part in workload.devices}
        devices = tuple(DeviceReading(index=board) for board in sorted(boards))
        reading = MinerSnapshot(
            software="x", uptime_seconds=uptime_seconds if tells else None, workloads=workloads, devices=devices
        )
        return self.see(reading)

    def see(self, reading: MinerSnapshot | None) -> RigSnapshot:
        now = NOW + timedelta(seconds=self.seconds)
        error = None if reading is not None else TimedOut("late")
        outcome: Outcome[Reading] = Outcome(
            source="m", kind="miner", asked_at=now, duration_seconds=0, reading=reading, error=error
        )
        inventory = take_inventory([outcome])
        fell = self.counters.fell_together(inventory)
        runs = self.restarts.follow([outcome], fell, at_seconds=self.seconds)
        inventory = self.counters.follow(inventory, runs, ["m"], at_seconds=self.seconds)
        self.proof.follow(inventory.workloads, self.counters.gains, configured=["m"])
        self.seconds += 10
        return RigSnapshot(
            taken_at=now,
            rig="left",
            outcomes=(outcome,),
            inventory=inventory,
            miners_started_at=self.restarts.started_at,
            proven=self.proof.proven,
        )

    def shares(self, accepted: int | None, *, pool: str | None = None, algorithm: str = "x") -> int | None:
        """What is shown of one counter."""
        return shown(self.look(work(accepted, pool=pool, algorithm=algorithm)))

    def restart(self) -> None:
        self.began_seconds = self.seconds - 1


def work(accepted: int | None, *, pool: str | None = None, algorithm: str = "x", rejected: int = 0) -> Workload:
    return Workload(
        algorithm=algorithm,
        accepted_shares_total=accepted,
        rejected_shares_total=rejected,
        share_difficulty=DIFFICULTY,
        hashes_per_difficulty=HASHES,
        pool=pool,
    )


def shown(snapshot: RigSnapshot) -> int | None:
    return snapshot.inventory.workloads[0].workload.accepted_shares_total


def gain(rig: Rig, algorithm: str = "x") -> Gain:
    return rig.counters.gains["m", algorithm]


def test_what_grows_is_left_as_it_is() -> None:
    rig = Rig()

    assert [rig.shares(count) for count in (500, 503, 503, None, 510)] == [500, 503, 503, None, 510]
    assert gain(rig).shares == 7


def test_an_odd_answer_is_absent_and_makes_no_shares() -> None:
    rig = Rig()

    assert [rig.shares(count) for count in (10_000, 58, 10_118)] == [10_000, None, 10_118]
    assert gain(rig).shares == 118


def test_an_odd_answer_with_an_odd_uptime_makes_none_either() -> None:
    rig = Rig()
    rig.shares(10_000)
    assert shown(rig.look(work(0), uptime_seconds=0.0)) is None
    assert rig.shares(10_118) == 10_118
    assert gain(rig).shares == 118


def test_after_a_restart_all_shares_are_new_once_it_is_sure() -> None:
    rig = Rig()
    rig.shares(10_000)
    rig.restart()
    assert rig.shares(3) is None
    assert gain(rig) == Gain(shares=None, difficulty=None, refused=0, held=True)
    assert rig.shares(4) == 4
    assert gain(rig).shares == 4


def test_a_counter_that_goes_on_over_a_restart_is_not_counted_twice() -> None:
    rig = Rig()
    rig.shares(10_000)
    rig.restart()
    rig.shares(10_001)

    assert rig.shares(10_002) == 10_002
    assert gain(rig).shares == 2


def test_a_counter_that_began_anew_with_its_connection_counts_on_when_that_is_sure() -> None:
    rig = Rig()
    found = [rig.shares(count) for count in (10_000, 2, 3, 5, 9)]

    assert found == [10_000, None, None, 10_000, 10_004]  # what it had by then may be old


def test_a_counter_that_comes_back_to_where_it_was_counts_on_from_there() -> None:
    rig = Rig()
    for count in (10_000, *range(60, 60 + SETTLED_LOOKS)):
        rig.shares(count)
    settled = shown(rig.look(work(65)))

    assert settled == 10_003
    assert rig.shares(10_001) == 10_004


def test_a_pool_with_a_count_of_its_own_brings_nothing_with_it() -> None:
    rig = Rig()
    rig.shares(100, pool=POOLS[0])
    assert rig.shares(5000, pool=POOLS[1]) == 100
    assert rig.shares(5001, pool=POOLS[1]) == 100
    assert rig.shares(5003, pool=POOLS[1]) == 102
    found = [rig.shares(count, pool=POOLS[0]) for count in (100, 101, 102, 103)]
    assert found == [None, None, 102, 103]
    assert rig.shares(5004, pool=POOLS[1]) == 104


def test_a_counter_that_goes_on_over_pools_loses_two_looks_at_each_new_one_and_no_more() -> None:
    rig = Rig()
    found = [rig.shares(100 + step, pool=POOLS[step // 3 % 2]) for step in range(12)]

    assert found == [100, 101, 102, 102, 102, 103, 104, 105, 106, 107, 108, 109]


def test_what_another_algorithm_has_counted_is_not_this_ones() -> None:
    rig = Rig()
    rig.shares(100, algorithm="x")
    assert rig.shares(105, algorithm="y") == 105
    assert rig.shares(150, algorithm="y") == 150
    assert rig.shares(152, algorithm="x") == 100
    assert rig.shares(153, algorithm="x") == 100
    assert rig.shares(155, algorithm="x") == 102


def test_counters_of_devices_workers_and_pools_are_held_to_the_same() -> None:
    rig = Rig()

    def look(count: int) -> Inventory:
        part = DeviceWork(device_index=0, accepted_shares_total=count)
        listed = ListedPool(number=2, pool=POOLS[0], accepted_shares_total=count)
        one = Workload(algorithm="x", devices=(part,), pools=(listed,))
        worker = ConnectedWorker(name="w", accepted_shares_total=count)
        reading = MinerSnapshot(
            software="x", uptime_seconds=1e5, workloads=(one,), workers=(worker,), devices=(DeviceReading(index=0),)
        )
        return rig.see(reading).inventory

    for count, expected in ((100, 100), (7, None), (130, 130)):
        found = look(count)
        assert found.contributions[0].work.accepted_shares_total == expected
        assert found.workers[0].worker.accepted_shares_total == expected
        assert found.pools[0].listed.accepted_shares_total == expected


def test_one_counter_that_falls_alone_is_no_restart_of_a_miner_without_an_uptime() -> None:
    rig = Rig()
    rig.look(work(100, rejected=3), tells=False)
    rig.look(work(2, rejected=3), tells=False)
    rig.look(work(2, rejected=3), tells=False)

    assert rig.restarts.restarted == ()


def test_counters_that_all_fell_begin_anew_though_no_uptime_says_so() -> None:
    rig = Rig()
    found = [
        shown(rig.look(work(accepted, rejected=rejected), tells=False))
        for accepted, rejected in ((100, 9), (2, 0), (3, 0), (5, 0))
    ]

    assert found == [100, None, 0, 2]  # what it had at first sight may be old


def test_a_hostile_miner_cannot_fill_the_memory() -> None:
    rig = Rig()
    for number in range(2 * BOOKS_A_MINER):
        rig.shares(1, algorithm=f"a{number}")

    assert len(rig.counters._miners["m"].books) <= BOOKS_A_MINER


# Whatever happens


@dataclass
class Program:
    """A mining program whose shares are known, and what it says of them."""

    dice: random.Random
    per_pool: bool = False
    forgets_on_reconnect: bool = False
    keeps_counters: bool = False  # over restarts
    tells_uptime: bool = True
    in_minutes: bool = False
    tells_pool: bool = False
    found: int = 0  # in truth, since it is watched
    counts: dict[str, int] = field(default_factory=dict)
    rejects: int = 5
    pool: str = POOLS[0]
    began_seconds: float = -50_000.0

    def __post_init__(self) -> None:
        self.counts = {pool: self.dice.randrange(20_000) for pool in POOLS} if self.per_pool else {"": 12_345}

    def run(self, seconds: float) -> None:
        """Ten seconds of work, and what may befall it."""
        self.found += (new := self.dice.choice((0, 0, 1, 2, 30)))
        self.counts[self._key] = self.counts.get(self._key, 0) + new
        self.rejects += self.dice.random() < 0.1
        chance = self.dice.random()
        if chance < 0.02:
            self.began_seconds = seconds + self.dice.uniform(1, 9)
            if not self.keeps_counters:
                self.counts, self.rejects = {}, 0
        elif chance < 0.06:
            self.pool = self.dice.choice(POOLS)
            if self.forgets_on_reconnect:
                self.counts, self.rejects = {}, 0

    @property
    def _key(self) -> str:
        return self.pool if self.per_pool else ""

    def says(self, seconds: float, *, odd: bool) -> MinerSnapshot:
        accepted, uptime_seconds = self.counts.get(self._key, 0), max(0.0, seconds - self.began_seconds)
        rejected = self.rejects
        if odd:
            accepted = self.dice.choice((0, self.dice.randint(0, accepted)))
            uptime_seconds = self.dice.choice((0.0, uptime_seconds, self.dice.uniform(0, uptime_seconds)))
            rejected = self.dice.choice((0, rejected))
        if self.in_minutes:
            uptime_seconds -= uptime_seconds % 60
        workload = work(accepted, rejected=rejected, pool=self.pool if self.tells_pool else None)
        return MinerSnapshot(
            software="x",
            uptime_seconds=uptime_seconds if self.tells_uptime else None,
            workloads=(workload,),
        )


KINDS: dict[str, Callable[[random.Random], Program]] = {
    "by seconds": Program,
    "by minutes": lambda dice: Program(dice, in_minutes=True),
    "without an uptime": lambda dice: Program(dice, tells_uptime=False),
    "by pool": lambda dice: Program(dice, per_pool=True, tells_pool=True),
    "by connection": lambda dice: Program(dice, forgets_on_reconnect=True),
    "by connection, which it tells": lambda dice: Program(dice, forgets_on_reconnect=True, tells_pool=True),
    "over restarts": lambda dice: Program(dice, keeps_counters=True),
    "all pools as one": lambda dice: Program(dice, tells_pool=True),
}


class Log:
    """The rows that the log would get, added up."""

    def __init__(self) -> None:
        self.accepted = 0
        self._totals: dict[int, Totals] = {}

    def append(self, snapshot: RigSnapshot) -> None:
        rows = rows_of([snapshot], self, self._totals, taken_at_ms=milliseconds(snapshot.taken_at))
        self._totals.update(rows.totals)
        self.accepted += sum(row[4] for row in rows.works if not isnan(row[4]))  # NULL, where nothing was told

    def device_id(self, rig: str, device: Device) -> int:
        return hash((rig, device.label))

    def workload_id(self, rig: str, miner: str, device: str | None, algorithm: str) -> int:
        return hash((rig, miner, device, algorithm))


def increase(values: list[int | None]) -> int:
    """What Prometheus makes of a counter: after a fall it has counted from zero."""
    told = [value for value in values if value is not None]
    return sum(now - before if now >= before else now for before, now in pairwise(told))


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(2, 12))])
def test_metrics_proof_and_log_never_tell_of_more_shares_than_were_found(kind: str, seed: int) -> None:
    dice = random.Random(f"{kind} {seed}")
    rig, program = Rig(), KINDS[kind](dice)
    log = Log()
    values: list[int | None] = []
    had_good = False
    rig.see(program.says(rig.seconds, odd=False))  # what the miner had counted before it was watched
    log.append(rig.see(program.says(rig.seconds, odd=False)))
    for _ in range(400):
        program.run(rig.seconds)
        if dice.random() < 0.05:
            snapshot = rig.see(None)
        else:
            odd = had_good and dice.random() < 0.05
            had_good = not odd
            snapshot = rig.see(program.says(rig.seconds, odd=odd))
            values.append(shown(snapshot))
        log.append(snapshot)
        proven = sum(one.accepted_hashes_total for one in rig.proof.proven) / (DIFFICULTY * HASHES)
        assert proven <= program.found
        assert increase(values) <= program.found

    assert program.found * 0.3 < log.accepted <= program.found


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["by seconds", "by minutes", "over restarts"])
def test_a_miner_that_is_heard_all_the_time_loses_no_share_but_around_restarts(kind: str) -> None:
    dice = random.Random(kind)
    rig, program = Rig(), KINDS[kind](dice)
    rig.see(program.says(rig.seconds, odd=False))
    values: list[int | None] = []
    for _ in range(2000):
        program.run(rig.seconds)
        values.append(shown(rig.see(program.says(rig.seconds, odd=False))))

    assert 0.97 * program.found <= increase([program.counts.get("", 0), *values][1:]) + 40 <= program.found + 40
