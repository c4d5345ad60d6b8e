"""WildRig Multi, HTTP API: the document of XMRig 2.

Its hashrate is in H/s, but for wildkeccak, which counts in kH/s. A thread is not always a card, so none is told of.
The difficulty counts hashes: it is worked out from the target of the job. The account is not told.
"""

from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Payloads
from miner_agent.text import clean_or_none, pool_address

SUMMARY = HttpGet("summary", "/", aliases=("/api.json",))
TEN_SECONDS = 0  # a hashrate is a list of averages over 10 s, 60 s and 15 min
IN_KILOHASHES = frozenset({"wildkeccak"})


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name)
    algorithm = clean_or_none(summary.text_or_none("algo"))
    hashrate = summary.number_or_none("hashrate", "total", TEN_SECONDS)
    accepted = summary.count_or_none("results", "shares_good")
    submitted = summary.count_or_none("results", "shares_total")
    return MinerSnapshot(
        software="wildrig",
        software_version=clean_or_none(summary.text("version")),
        uptime_seconds=summary.number_or_none("uptime"),
        pool_connection_seconds=summary.number_or_none("connection", "uptime"),
        workloads=(
            Workload(
                algorithm=algorithm,
                hashes_per_second=hashrate * 1e3 if hashrate and algorithm in IN_KILOHASHES else hashrate,
                hashrate_window_seconds=10.0,
                accepted_shares_total=accepted,
                rejected_shares_total=(None if accepted is None or submitted is None else max(0, submitted - accepted)),
                share_difficulty=summary.number_or_none("results", "diff_current") or None,
                hashes_per_difficulty=1.0,
                accepted_difficulty_total=summary.number_or_none("results", "hashes_total"),
                pool=pool_address(summary.text_or_none("connection", "pool")),
            ),
        ),
    )


DRIVER = Driver(
    name="wildrig",
    products=("WildRig Multi",),
    requests=(SUMMARY,),
    parse=parse,
    default_port=None,
    enable_api="--api-port 4068",
    documentation="https://github.com/andru-kun/wildrig-multi",
    seen=("0.10.0",),
    only_read_about="versions later than 0.10",
    processes=("wildrig-multi", "wildrig"),
    port_options=("--api-port",),
)
