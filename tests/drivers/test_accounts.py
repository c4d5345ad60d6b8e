"""Whose account a miner works for leaves a driver as a hash: in no reading and in no error, whatever the answer holds."""

import re

import pytest

from miner_agent import drivers
from miner_agent.errors import BadPayload
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Payloads
from miner_agent.text import account_and_worker, account_hash, worker_name
from tests.captured import own
from tests.examples import few_and_all
from tests.for_each import for_each

ACCOUNT = "Zk8Qw3Lr7Tn2Vx5Bp9Hs4Dm6Gc1Fj0YaEuIoWq"
PARTS = [ACCOUNT[start : start + 8] for start in range(len(ACCOUNT) - 7)]
USER_KEY = re.compile(
    rb'("(?:(?:Current )?[Uu]ser2?|username|Current_User|wallet|login|stratumUser|fallbackStratumUser)"\s*:\s*)"[^"]*"'
)
USER_FIELD = re.compile(rb"(USER=)[^;|]*")
USER_IN_ADDRESS = re.compile(rb'([a-z0-9+]://)[^"/@:]*(?=[^"/@]*@)')
TELLS = {
    "antminer", "auradine", "avalon", "bitaxe", "bminer", "bosminer", "braiins", "bzminer", "ccminer", "cgminer", "dstm", "epic", "ethminer",
    "elphapex", "excavator", "gminer", "goldshell", "hammer", "iceriver", "lolminer", "luxos", "nbminer", "nmaxe", "rigel", "sealminer", "srbminer", "teamredminer", "trex", "volcminer",
    "whatsminer",
}  # fmt: skip
"""Drivers of programs that tell for whom they mine."""

DAMAGED = {
    "a list": b'["%s"]',
    "an object": b'{"%s": 1}',
    "an object of it": b'{"a": "%s"}',
    "no text": b"%s",
    "not closed": b'"%s',
    "text behind it": b'"%s" x',
    "twice": b'"%s" "%s"',
    "broken escape": b'"%s\\x"',
    "not utf-8": b'"%s\xff"',
    "a number": b"123456789012345678901234567890",
    "deep": b"[" * 40 + b'"%s"' + b"]" * 40,
    "the key again": b'"%s", "User": "%s", "User": "%s"',
    "line": b'"%s\n%s"',
    "control": b'"%s\x00%s"',
}


def with_user(answer: bytes, value: bytes) -> bytes:
    """The answer with ``value`` as JSON wherever a user stands."""
    bare = value.strip(b'"')
    answer = USER_KEY.sub(lambda found: found[1] + value, answer)
    answer = USER_FIELD.sub(lambda found: found[1] + bare, answer)
    return USER_IN_ADDRESS.sub(lambda found: found[1] + bare, answer)


def answers(name: str, value: bytes) -> list[dict[str, bytes]]:
    return [{asked: with_user(answer, value) for asked, answer in raw.items()} for raw in own(name)]


def assert_hidden(text: str) -> None:
    assert not [part for part in PARTS if part in text]


@for_each("name", [name for name in drivers.names() if drivers.load(name).kind == "miner"])
def test_an_account_is_hashed_and_stands_in_no_reading(name: str) -> None:
    hashes = set()
    for raw in answers(name, b'"%s.rig-7"' % ACCOUNT.encode()):
        reading = drivers.load(name).read(Payloads(raw))
        assert_hidden(repr(reading))
        if isinstance(reading, MinerSnapshot):
            hashes |= {(workload.account_hash, workload.worker) for workload in reading.workloads}

    accounts = {told for told, _ in hashes}
    assert (account_hash(ACCOUNT) in accounts) == (name in TELLS)


@for_each("name", sorted(TELLS))
def test_an_answer_that_is_refused_for_its_user_does_not_quote_him(name: str) -> None:
    for damage in DAMAGED.values():
        for raw in answers(name, damage.replace(b"%s", ACCOUNT.encode())):
            try:
                reading = drivers.load(name).read(Payloads(raw))
            except BadPayload as bad:
                assert_hidden(str(bad))
                assert_hidden(repr(bad))
            else:
                assert_hidden(repr(reading))


@pytest.mark.thorough
@pytest.mark.parametrize("name", few_and_all(sorted(TELLS), few=8))
def test_an_answer_that_is_cut_short_does_not_quote_its_user(name: str) -> None:
    for raw in answers(name, b'"%s.rig-7"' % ACCOUNT.encode()):
        for asked, answer in raw.items():
            for found in re.finditer(ACCOUNT.encode(), answer):
                for length in range(found.start(), found.end() + 12):
                    try:
                        reading = drivers.load(name).read(Payloads({**raw, asked: answer[:length]}))
                    except BadPayload as bad:
                        assert_hidden(str(bad))
                    else:
                        assert_hidden(repr(reading))


def test_a_worker_that_is_an_account_is_not_told() -> None:
    assert account_and_worker(f"solo.{ACCOUNT}") == (account_hash("solo"), None)
    assert account_and_worker(f".{ACCOUNT}") == (None, None)
    assert worker_name(ACCOUNT) is None
    assert worker_name("rack 3, rig-with-a-long-name-01") == "rack 3, rig-with-a-long-name-01"


def test_the_account_of_a_fee_is_not_taken_for_the_owner_s() -> None:
    pools = b"""{"STATUS":[{"STATUS":"S","Msg":"1 Pool(s)"}],"POOLS":[{"POOL":0,"URL":"DevFee","User":"DevFee",
        "Status":"Alive","Stratum Active":true,"Priority":0,"Accepted":9},{"POOL":1,"URL":"stratum+tcp://pool.example:3333",
        "User":"mine.rig","Status":"Alive","Stratum Active":false,"Priority":1,"Accepted":4}],"id":1}"""
    raw = next(iter(own("cgminer")))
    snapshot = drivers.load("cgminer").read(Payloads({**raw, "pools": pools}))

    assert isinstance(snapshot, MinerSnapshot)
    (workload,) = snapshot.workloads
    assert (workload.pool, workload.account_hash, workload.worker, workload.dev_fee) == (None, None, None, True)


@pytest.mark.parametrize(
    ("pool", "dev_fee"),
    [("donate.v2.xmrig.com:3333", True), ("donate.ssl.xmrig.com:443", True), ("pool.example:3333", False)],
)
def test_xmrig_works_for_its_author_where_its_pool_is_his(pool: str, dev_fee: bool) -> None:
    raw = next(iter(own("xmrig")))
    summary = re.sub(rb'("pool"\s*:\s*)(?:"[^"]*"|null)', rb'\1"%s"' % pool.encode(), raw["summary"])
    snapshot = drivers.load("xmrig").read(Payloads({**raw, "summary": summary}))

    assert isinstance(snapshot, MinerSnapshot)
    assert {workload.dev_fee for workload in snapshot.workloads} == {dev_fee}
