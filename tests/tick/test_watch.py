"""A pool, account or worker that is not the owner's is seen at once, and over restarts."""

import json
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.model.snapshot import MinerWorkload, PoolWatch
from miner_agent.sources.payload import Payloads
from miner_agent.text import account_hash
from miner_agent.tick.watch import FIRST_SIGHT_TICKS, PINS_A_MINER, PLACES_EVER_A_MINER, Destination, Watch
from tests.for_each import for_each

KASPA = "kaspa:qr" + 30 * "0own"  # invented
OWN: dict[str, Any] = {"pool": "stratum+tcp://pool.example:3333", "account": "43own", "worker": "rig1"}
THIEF: dict[str, Any] = {"pool": "stratum+tcp://pool.example:3333", "account": "43thief", "worker": "rig1"}


def look(
    watch: Watch,
    *,
    pool: str | None,
    account: str | None = None,
    worker: str | None = None,
    configured: Destination | None = None,
    dev_fee: bool | None = None,
) -> PoolWatch:
    workload = Workload(
        algorithm="randomx", pool=pool, account_hash=account_hash(account), worker=worker, dev_fee=dev_fee
    )
    entry = MinerWorkload(
        miner="xmrig", algorithm="randomx", snapshot=MinerSnapshot(software="xmrig"), workload=workload
    )
    watch.follow([entry], {"xmrig": configured} if configured else {})
    return watch.watched[0]


def settled() -> Watch:
    """A watch that has pinned the owner's pool."""
    watch = Watch()
    watch.restore({})
    for _ in range(FIRST_SIGHT_TICKS):
        look(watch, **OWN)
    return watch


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"account": "43thief"}, ("account",)),
        ({"pool": "evil.example:3333"}, ("pool",)),
        ({"pool": "stratum+tcp://pool.example:4444"}, ("pool",)),
        ({"worker": "x"}, ("worker",)),
        ({"pool": "evil.example:1", "account": "43thief", "worker": "x"}, ("pool", "account", "worker")),
    ],
)
def test_a_change_is_told_with_the_first_poll_that_shows_it(change: dict[str, str], differs: tuple[str, ...]) -> None:
    watch = settled()

    assert look(watch, **(OWN | change)).differs == differs


def test_what_is_not_told_is_not_compared() -> None:
    watch = settled()

    assert look(watch, **(OWN | {"pool": "evil.example:1"})).compared == ("pool", "account", "worker")
    assert look(watch, pool="evil.example:1").compared == ("pool",)
    assert look(watch, pool="evil.example:1", dev_fee=True).compared == ()


@for_each(
    ("change", "is_new"),
    [
        ({}, False),
        ({"pool": "stratum+tcp://pool.example:4444"}, True),
        ({"pool": "stratum+ssl://pool.example:3333"}, True),
        ({"pool": None}, True),
        ({"account": "43thief"}, True),
        ({"worker": "x"}, True),
        ({"dev_fee": True}, True),
        ({"configured": Destination(pools=("pool.example:1",))}, True),
    ],
)
def test_what_is_told_is_what_a_watch_tells_that_has_kept_nothing(change: dict[str, Any], is_new: bool) -> None:
    watch, fresh = settled(), settled()
    before = look(watch, **OWN)
    fresh._compared_by.clear()

    after = look(watch, **(OWN | change))

    assert after == look(fresh, **(OWN | change))
    assert (after != before) is is_new


def test_what_stays_the_same_matches() -> None:
    assert look(settled(), **OWN).differs == ()


def test_another_scheme_or_case_is_the_same_pool() -> None:
    watch = settled()

    assert look(watch, **(OWN | {"pool": "stratum+ssl://POOL.example:3333"})).differs == ()


def test_a_theft_never_becomes_normal_by_lasting() -> None:
    watch = settled()
    for _ in range(10 * FIRST_SIGHT_TICKS):
        assert look(watch, **THIEF).differs == ("account",)
    assert look(watch, **OWN).differs == ()


def test_a_restart_pins_nothing_anew() -> None:
    facts = settled().unsaved_facts()
    after = Watch()
    after.restore(facts)

    assert look(after, **THIEF).differs == ("account",)


def test_before_the_disk_has_told_nothing_is_pinned() -> None:
    facts = settled().unsaved_facts()
    after = Watch()
    for _ in range(2 * FIRST_SIGHT_TICKS):
        assert look(after, **THIEF).differs is None
    after.restore(facts)

    assert look(after, **THIEF).differs == ("account",)


def test_facts_are_handed_out_once() -> None:
    watch = settled()

    assert watch.unsaved_facts()
    assert watch.unsaved_facts() == {}


def test_the_configuration_holds_from_the_first_poll_even_without_a_disk() -> None:
    wanted = Destination.of(pools=["pool.example:3333"], accounts=["43own"], workers=[])

    assert look(Watch(), **THIEF, configured=wanted).differs == ("account",)
    assert look(Watch(), **OWN, configured=wanted).differs == ()


def test_the_configuration_may_allow_several_pools() -> None:
    wanted = Destination.of(pools=["a.example:1", "b.example:2"], accounts=[], workers=[])

    assert look(Watch(), pool="b.example:2", configured=wanted).differs == ()
    assert look(Watch(), pool="c.example:2", configured=wanted).differs == ("pool",)


def test_a_configured_account_may_have_its_worker_behind_it() -> None:
    wanted = Destination.of(pools=[], accounts=["43own.rig1"], workers=[])

    assert look(Watch(), **OWN, configured=wanted).differs == ()
    assert look(Watch(), **THIEF, configured=wanted).differs == ("account",)


def test_the_configuration_may_allow_several_accounts_and_workers_as_dual_mining_has() -> None:
    wanted = Destination.of(pools=[], accounts=["43own", KASPA], workers=["rig1", "rig1-dual"])
    dual: dict[str, Any] = {"pool": "kas.example:1", "account": KASPA, "worker": "rig1-dual"}

    assert look(Watch(), **OWN, configured=wanted).differs == ()
    assert look(Watch(), **dual, configured=wanted).differs == ()
    assert look(Watch(), **THIEF, configured=wanted).differs == ("account",)


def test_a_new_configuration_replaces_what_was_pinned() -> None:
    watch = settled()
    moved = Destination.of(pools=["new.example:1"], accounts=["43new"], workers=["rig1"])
    for _ in range(FIRST_SIGHT_TICKS):
        assert look(watch, pool="new.example:1", account="43new", worker="rig1", configured=moved).differs == ()

    assert look(watch, pool="new.example:1", account="43new", worker="rig1").differs == ()
    assert look(watch, **OWN).differs == ("pool", "account")


def test_a_place_that_stood_for_a_moment_is_not_pinned() -> None:
    watch = Watch()
    watch.restore({})
    look(watch, pool="fee.example:1", account="43author")
    for _ in range(FIRST_SIGHT_TICKS):
        assert look(watch, **OWN).differs is None or look(watch, **OWN).differs == ()

    assert look(watch, **THIEF).differs == ("account",)


def test_mining_for_the_author_of_a_program_is_known_as_such() -> None:
    watch = settled()
    fee = look(watch, pool="stratum+ssl://fee.example:443", account="donation", dev_fee=True)

    assert fee.is_fee
    assert fee.differs is None
    assert look(watch, **OWN, dev_fee=False).differs == ()


@pytest.mark.parametrize(
    ("pool", "is_fee"),
    [
        ("donate.v2.xmrig.com:3333", True),
        ("stratum+ssl://donate.ssl.xmrig.com:443", True),
        ("donate.v2.xmrig.com.evil.example:443", False),
        ("evil.example:443", False),
        ("xmrig.com@evil.example:443", False),
    ],
)
def test_a_pool_that_is_called_like_the_author_s_is_no_cover(pool: str, is_fee: bool) -> None:
    answer = json.dumps({"version": "6.21", "connection": {"pool": pool}, "results": {}, "hashrate": {"total": [1]}})
    snapshot = drivers.load("xmrig").read(Payloads({"summary": answer.encode()}))
    assert isinstance(snapshot, MinerSnapshot)

    assert snapshot.workloads[0].dev_fee is is_fee


def test_what_a_miner_does_not_tell_is_not_compared() -> None:
    watch = settled()

    assert look(watch, pool=OWN["pool"]).differs == ()
    assert look(watch, pool=None).differs is None


def test_a_pool_that_is_told_without_its_port_is_the_same() -> None:
    assert look(settled(), **(OWN | {"pool": "pool.example"})).differs == ()


def test_what_is_learnt_later_is_pinned_too() -> None:
    watch = Watch()
    watch.restore({})
    for _ in range(FIRST_SIGHT_TICKS):
        look(watch, pool=OWN["pool"])
    for _ in range(FIRST_SIGHT_TICKS):
        look(watch, **OWN)

    assert look(watch, **THIEF).differs == ("account",)


@for_each("fact", ["", "{", "[]", "7", '{"pools": "x"}', '{"pools":[1],"account_hashes":[],"workers":[]}'])
def test_a_fact_that_cannot_be_read_is_as_good_as_none(fact: str) -> None:
    watch = Watch()
    watch.restore({"xmrig randomx": fact})

    assert look(watch, **OWN).differs is None


def test_new_names_with_every_poll_are_bounded() -> None:
    watch = settled()
    shown = {look(watch, pool=f"h{number}.example:1").host for number in range(10 * PLACES_EVER_A_MINER)}

    assert len(shown) <= PLACES_EVER_A_MINER + 1


def test_a_miner_that_makes_up_algorithms_has_so_many_pins_over_all_restarts_and_takes_no_other_ones() -> None:
    def workload(miner: str, algorithm: str) -> MinerWorkload:
        mined = Workload(algorithm=algorithm, pool=OWN["pool"])
        return MinerWorkload(miner=miner, algorithm=algorithm, snapshot=MinerSnapshot(software="x"), workload=mined)

    facts: dict[str, str] = {}
    for run in range(3):
        watch = Watch()
        watch.restore(facts)
        for made_up in range(PINS_A_MINER):
            there = [workload("evil", f"a{run} {made_up}"), *([workload("good", "kawpow")] if run == 2 else [])]
            for _ in range(FIRST_SIGHT_TICKS):
                watch.follow(there, {})
            facts |= watch.unsaved_facts()

    assert sum(key.startswith("evil ") for key in facts) == PINS_A_MINER
    assert "good kawpow" in facts
    thief = MinerWorkload(
        miner="evil", algorithm="a0 0", snapshot=MinerSnapshot(software="x"), workload=Workload(pool="evil.example:1")
    )
    watch.follow([thief], {})
    assert watch.watched[0].differs == ("pool",)


def test_no_account_is_kept_or_shown() -> None:
    watch = settled()
    shown = repr(look(watch, **THIEF)) + repr(watch.unsaved_facts())

    assert "43own" not in shown
    assert "43thief" not in shown
