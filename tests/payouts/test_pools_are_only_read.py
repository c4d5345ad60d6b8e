"""Nothing but reads leaves for a pool or a node: every request that every pool can be sent, as a fake receives it."""

import json
import re
from typing import Any

from miner_agent.payouts.asking import AskedPool
from miner_agent.payouts.pool import Ask
from miner_agent.payouts.pool_list import POOLS
from miner_agent.transport.feed_requests import fetch
from tests.for_each import for_each
from tests.payouts.fake_pools import NOW, FakePool, entry

WRITES = re.compile(
    r"\bset|change|withdraw|pause|resume|switch|send|import|create|add_|payout_threshold", re.IGNORECASE
)
BILLS = "/v2/assets/transactions/list"
CALLS = {"listsinceblock", "getbalance"}
ASKED: list[tuple[str, Ask]] = [
    (name, question)
    for name, pool in POOLS.items()
    for question in (pool.payouts, pool.credits, pool.unpaid)
    if question is not None
]


@for_each(("name", "question"), ASKED, ids=lambda case: str(case[0]))
def test_a_pool_is_only_read(name: str, question: Ask) -> None:
    rows: Any = {"payments": [f"{7:064x}:15:1:7", "1700000000"], "config": {"coinUnits": 100}, "success": True}
    rows |= {"data": {"coin": "TRX", "list": [], "has_next": True}, "result": {"transactions": [], "removed": []}}
    with FakePool(lambda *_: rows) as fake:
        asked = AskedPool.of(entry(name, fake.url, coin="TRX"))
        asked.ask(question, now=NOW, fetch=fetch, monotonic=lambda: 0.0)

    assert fake.asked
    for method, path, body in fake.asked:
        assert not WRITES.search(path.replace("48account", "")), path
        if method == "GET":
            assert body == b""
        elif path == BILLS:
            assert set(json.loads(body)) == {"currency", "mining_user_name", "type", "start_time", "end_time"}
        else:
            assert (name, path) == ("bitcoind", "/")
            assert json.loads(body)["method"] in CALLS
