"""The pools that a miner is set up with: which is worked for, which answer, and what each has taken."""

import json
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.model.readings import ListedPool, MinerSnapshot
from miner_agent.sources.payload import Payloads
from tests.captured import OWN, raw_of
from tests.for_each import for_each

GOOD = [{"STATUS": "S", "Msg": "ok", "Description": "cgminer 4.9.0"}]
FIRST = {"POOL": 0, "URL": "stratum+tcp://user:secret@a.example:1", "Priority": 0, "Accepted": 5, "Rejected": 1}
SECOND = {"POOL": 1, "URL": "stratum+tcp://b.example:2", "Priority": 1, "Accepted": 0}


def listed(driver: str, raw: dict[str, bytes]) -> tuple[ListedPool, ...]:
    snapshot = drivers.load(driver).read(Payloads(raw))
    assert isinstance(snapshot, MinerSnapshot)
    return snapshot.workloads[0].pools


def cgminer(*pools: dict[str, Any]) -> tuple[ListedPool, ...]:
    summary = {"STATUS": GOOD, "SUMMARY": [{"Elapsed": 9, "MHS av": 5.0}]}
    answers = {"summary": summary, "pools": {"STATUS": GOOD, "POOLS": list(pools)}}
    return listed("cgminer", {name: json.dumps(answer).encode() for name, answer in answers.items()})


def test_each_pool_has_its_status_and_its_shares() -> None:
    first, second = cgminer(
        {**FIRST, "Status": "Dead", "Stratum Active": False, "Stale": 2},
        {**SECOND, "Status": "Alive", "Stratum Active": True},
    )

    assert first == ListedPool(
        number=0,
        pool="stratum+tcp://a.example:1",
        active=False,
        alive=False,
        accepted_shares_total=5,
        rejected_shares_total=1,
        stale_shares_total=2,
    )
    assert (second.number, second.active, second.alive, second.accepted_shares_total) == (1, True, True, 0)


def test_without_a_word_on_connections_the_first_that_lives_is_worked_for() -> None:
    pools = cgminer({**SECOND, "Status": "Alive"}, {**FIRST, "Status": "Alive"})

    assert [(pool.number, pool.active) for pool in pools] == [(0, True), (1, False)]


@for_each(
    ("status", "alive"),
    [("Alive", True), ("Dead", False), ("Deed", False), ("Rejecting", False), ("Disabled", None), (None, None)],
)
def test_a_pool_answers_or_does_not_or_nobody_knows(status: str | None, alive: bool | None) -> None:
    assert cgminer({**FIRST, "Status": status})[0].alive is alive


def test_the_pool_of_the_author_is_marked() -> None:
    fee = {"POOL": 2, "URL": "DevFee", "User": "DevFee", "Status": "Alive", "Stratum Active": True}

    assert [pool.is_fee for pool in cgminer(FIRST, fee)] == [False, True]


def test_numbers_that_two_pools_share_cost_those_pools() -> None:
    assert [pool.number for pool in cgminer({**FIRST, "POOL": 7}, {**SECOND, "POOL": 3}, {**SECOND, "POOL": 3})] == [7]


@pytest.mark.parametrize(
    ("driver", "case", "pools"),
    [
        ("whatsminer3", "3.0__m66__mining", [(0, "pool.example:3333", False, False), (1, "backup.example:3333", True, True)]),
        ("whatsminer", "2.0__m50__mining", [(1, "pool.example:3333", True, True), (2, "second.example:3333", False, False)]),
    ],
)  # fmt: skip
def test_whatsminers_list_their_pools(driver: str, case: str, pools: list[tuple[object, ...]]) -> None:
    found = listed(driver, raw_of(OWN / driver / case))

    assert [(one.number, (one.pool or "").rpartition("//")[2], one.active, one.alive) for one in found] == pools


def test_axeos_has_one_pool_behind_the_first() -> None:
    answers = raw_of(OWN / "bitaxe/2.9__gamma__mining")
    known = json.loads(answers["info"])
    more = {"fallbackStratumURL": "b.example", "fallbackStratumPort": 2, "isUsingFallbackStratum": 1}

    found = listed("bitaxe", {**answers, "info": json.dumps(known | more).encode()})

    assert [(one.number, one.active) for one in found] == [(0, False), (1, True)]
    assert found[1].pool == "b.example:2"


def test_braiins_counts_shares_by_pool() -> None:
    stats = {"accepted_shares": 10, "rejected_shares": 1, "stale_shares": 0}
    groups = [
        {"pools": [{"active": False, "alive": False, "url": "stratum+tcp://a.example:1", "stats": stats}]},
        {"pools": [{"active": True, "alive": True, "url": "stratum+tcp://b.example:2"}]},
    ]
    answers = raw_of(OWN / "braiins/25.07__s19__mining") | {"pools": json.dumps(groups).encode()}

    first, second = listed("braiins", answers)

    assert (first.alive, first.active, first.accepted_shares_total, first.rejected_shares_total) == (
        False,
        False,
        10,
        1,
    )
    assert (second.number, second.alive, second.active, second.accepted_shares_total) == (1, True, True, None)
