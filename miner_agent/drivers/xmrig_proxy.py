"""XMRig Proxy, HTTP API versions 1 and 2.

Its hashrates are in kH/s, over one minute first. They are worked out from the shares of its workers, which are miners
of their own: of each there is one row, by the name that it gave and without the names of its columns. Of ``/1/miners``,
which holds their passwords, nothing is asked. Its ``algo`` is the text "invalid". A share that came after its job ended
is ``expired``. ``hashes_total`` is the sum of the difficulties of accepted shares, in hashes, with those that were
mined for its author. A pool's account is not told.
"""

from miner_agent.model.readings import ConnectedWorker, MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none, login_names

SUMMARY = HttpGet("summary", "/1/summary", aliases=("/2/summary", "/"))
WORKERS = HttpGet("workers", "/1/workers", aliases=("/workers.json",))
NAME, CONNECTIONS, ACCEPTED, REJECTED, KILOHASHES = 0, 2, 3, 4, 8  # in the row of a worker
ONE_MINUTE = 0  # averages over 1 min, 10 min, 1 h, 12 h, 24 h and, in newer versions, all the time
NO_ALGORITHM = "invalid"


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name).shaped("miners", "upstreams")
    algorithm = clean_or_none(summary.text_or_none("algo"))
    kilohashes = summary.number_or_none("hashrate", "total", ONE_MINUTE)
    answered = payloads.json_or_none(WORKERS.name)
    rows = [row for row in answered.items("workers") if row.count_or_none(CONNECTIONS)] if answered is not None else []
    names = login_names(row.private_text_or_none(NAME) for row in rows)
    return MinerSnapshot(
        software="xmrig-proxy",
        software_version=clean_or_none(summary.text_or_none("version")),
        uptime_seconds=summary.number_or_none("uptime"),
        workloads=(
            Workload(
                algorithm=None if algorithm == NO_ALGORITHM else algorithm,
                hashes_per_second=None if kilohashes is None else kilohashes * 1e3,
                hashrate_window_seconds=60.0,
                accepted_shares_total=summary.count_or_none("results", "accepted"),
                rejected_shares_total=summary.count_or_none("results", "rejected"),
                stale_shares_total=summary.count_or_none("results", "expired"),
                invalid_shares_total=summary.count_or_none("results", "invalid"),
                hashes_per_difficulty=1.0,
                accepted_difficulty_total=summary.number_or_none("results", "hashes_total"),
            ),
        ),
        workers_connected=summary.count_or_none("miners", "now"),
        workers=tuple(_worker(row, name) for row, name in zip(rows, names, strict=True) if name is not None),
    )


def _worker(row: Doc, name: str) -> ConnectedWorker:
    """One of those that are connected now and gave a name."""
    kilohashes = row.number_or_none(KILOHASHES)
    return ConnectedWorker(
        name=name,
        hashes_per_second=None if kilohashes is None else kilohashes * 1e3,
        accepted_shares_total=row.count_or_none(ACCEPTED),
        rejected_shares_total=row.count_or_none(REJECTED),
    )


DRIVER = Driver(
    name="xmrig_proxy",
    products=("XMRig Proxy",),
    requests=(SUMMARY, WORKERS),
    parse=parse,
    default_port=None,
    enable_api='"http": {"enabled": true, "host": "127.0.0.1", "port": 18081, "restricted": true} in config.json',
    of_farm=True,
    documentation="https://xmrig.com/docs/proxy/api",
    seen=("2.4.5",),
    only_read_about="version 6",
    processes=("xmrig-proxy",),
    port_options=("--http-port", "--api-port"),
)
