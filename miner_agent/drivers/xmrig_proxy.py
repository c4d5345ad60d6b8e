"""XMRig Proxy, HTTP API versions 1 and 2.

Its hashrates are in kH/s, over one minute first. It is worked out from the shares of its workers, which are miners of
their own and not told of here; of ``/1/miners``, which holds their passwords, nothing is asked. Its ``algo`` is the
text "invalid". A share that came after its job ended is ``expired``.
"""

from miner_agent.driver import Driver, HttpGet
from miner_agent.model import MinerSnapshot, Workload
from miner_agent.payload import Payloads
from miner_agent.text import clean_or_none

SUMMARY = HttpGet("summary", "/1/summary", aliases=("/2/summary", "/"))
ONE_MINUTE = 0  # averages over 1 min, 10 min, 1 h, 12 h, 24 h and, in newer versions, all the time
NO_ALGORITHM = "invalid"


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name)
    algorithm = clean_or_none(summary.text_or_none("algo"))
    kilohashes = summary.number_or_none("hashrate", "total", ONE_MINUTE)
    return MinerSnapshot(
        software="xmrig-proxy",
        software_version=clean_or_none(summary.text("version")),
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
            ),
        ),
    )


DRIVER = Driver(
    name="xmrig_proxy",
    products=("XMRig Proxy",),
    requests=(SUMMARY,),
    parse=parse,
    default_port=None,
    enable_api='"http": {"enabled": true, "host": "127.0.0.1", "port": 18081, "restricted": true} in config.json',
    documentation="https://xmrig.com/docs/proxy/api",
)
