"""WildRig Multi, HTTP API: the document of XMRig 2.

Its hashrate is in H/s, but for wildkeccak, which counts in kH/s. A thread is not always a card, so none is told of.
The account is not told.
"""

from dataclasses import replace

from calculators.units import HASHRATE_PREFIX
from miner_agent.drivers.shared import xmrig_summary
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Payloads
from miner_agent.text import clean_or_none

SUMMARY = HttpGet("summary", "/", aliases=("/api.json",))
IN_KILOHASHES = frozenset({"wildkeccak"})


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name).shaped(*xmrig_summary.KEYS)
    work = xmrig_summary.workload(summary)
    if work.hashes_per_second is not None and work.algorithm in IN_KILOHASHES:
        work = replace(work, hashes_per_second=work.hashes_per_second * HASHRATE_PREFIX["k"])
    return MinerSnapshot(
        software="wildrig",
        software_version=clean_or_none(summary.text_or_none("version")),
        uptime_seconds=summary.number_or_none("uptime"),
        pool_connection_seconds=summary.number_or_none("connection", "uptime"),
        workloads=(work,),
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
