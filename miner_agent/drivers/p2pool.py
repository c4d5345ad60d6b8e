"""P2Pool for Monero, which is the pool of those who run it: the files that it writes about itself.

It writes a file anew when what stands in it has changed: ``local/p2p`` holds the uptime and so comes every minute,
which tells that P2Pool lives; ``local/stratum`` comes every 20 to 40 seconds while a miner is connected to it, and
stays as it is while none is. Files that are older than that are not read.

``hashrate_15m`` is worked out from the shares of all connected miners. ``shares_found`` are those that the other
P2Pools took, which are what is paid for: each stands for as many hashes as ``sidechainDifficulty``. ``total_hashes``
are those of all shares that its own miners brought it. Of a connected miner there is one text: its address, for how
long, its difficulty, its hashrate, the name it gave. ``workers`` and ``peers`` hold addresses, of which nothing is
kept.
"""

import re
from collections.abc import Iterator

from miner_agent.model.readings import ConnectedWorker, MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, FileRead
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import account_hash, login_names

PEERS = FileRead("p2p", "local/p2p", fresh_seconds=180.0)
STRATUM = FileRead("stratum", "local/stratum", fresh_seconds=180.0)
POOL = FileRead("pool", "pool/stats", fresh_seconds=600.0)
ALGORITHM = "rx/0"
COIN = "XMR"
SECONDS_OF_HASHRATE = 900.0
NO_NAME = "not logged in"
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)


def parse(payloads: Payloads) -> MinerSnapshot:
    peers = payloads.json(PEERS.name).shaped("connections")
    stratum = payloads.json_or_none(STRATUM.name) or Doc({}, STRATUM.name)
    pool = payloads.json_or_none(POOL.name) or Doc({}, POOL.name)
    connections = peers.count_or_none("connections")
    connected = stratum.count_or_none("connections")
    # without miners some versions write no more: what stands there is the hashrate of those who were there
    hashrate = stratum.number_or_none("hashrate_15m") if connected else None
    return MinerSnapshot(
        software="p2pool",
        uptime_seconds=peers.number_or_none("uptime"),
        pool_connection_seconds=0.0 if connections == 0 else None,
        workloads=(
            Workload(
                algorithm=ALGORITHM,
                coin=COIN,
                hashes_per_second=hashrate,
                hashrate_window_seconds=SECONDS_OF_HASHRATE,
                accepted_shares_total=stratum.count_or_none("shares_found"),
                rejected_shares_total=stratum.count_or_none("shares_failed"),
                share_difficulty=pool.number_or_none("pool_statistics", "sidechainDifficulty") or None,
                hashes_per_difficulty=1.0,
                accepted_difficulty_total=stratum.number_or_none("total_hashes"),
                account_hash=account_hash(stratum.private_text_or_none("wallet")),
            ),
        ),
        workers_connected=connected,
        workers=tuple(_workers(stratum)),
    )


def _workers(stratum: Doc) -> Iterator[ConnectedWorker]:
    """Those that have logged in. Several connections under one name are one worker."""
    told: list[tuple[str, float]] = []
    for worker in stratum.items("workers"):
        parts = (worker.text_or_none() or "").split(",", 4)
        if len(parts) != 5 or not _WHOLE.fullmatch(parts[3]):
            worker.doubt("an address, two numbers, a hashrate and a name, joined by commas")
            continue
        told.append((parts[4], float(parts[3])))
    by_name: dict[str, float] = {}
    for name, (_, hashes_per_second) in zip(login_names(user for user, _ in told), told, strict=True):
        if name is not None and name != NO_NAME:
            by_name[name] = by_name.get(name, 0.0) + hashes_per_second
    for name, hashes_per_second in by_name.items():
        yield ConnectedWorker(name=name, hashes_per_second=hashes_per_second)


DRIVER = Driver(
    name="p2pool",
    products=("P2Pool",),
    requests=(PEERS, STRATUM, POOL),
    parse=parse,
    default_port=None,
    enable_api="--data-api DIRECTORY --local-api; its address is file://DIRECTORY, and the agent's user must be in the "
    "group that owns the folder local in it",
    of_farm=True,
    documentation="https://github.com/SChernykh/p2pool/blob/master/docs/COMMAND_LINE.MD",
    only_read_about="all of it: what its source writes",
    processes=("p2pool",),
)
