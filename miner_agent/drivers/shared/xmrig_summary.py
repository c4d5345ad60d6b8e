"""What XMRig's summary says of the work that it does, in every version and in the programs that took it over.

Difficulties count hashes, whatever the algorithm: they are worked out from the target of the job.
"""

from miner_agent.drivers.shared.cards import amount
from miner_agent.model.devices import DeviceWork
from miner_agent.model.readings import Workload
from miner_agent.sources.payload import Doc
from miner_agent.text import clean_or_none, pool_address

KEYS = ("hashrate", "results", "connection")
"""By these its summary is known, and that of the programs that took it over."""
TEN_SECONDS = 0  # a hashrate is a list of averages over 10 s, 60 s and 15 min


def workload(summary: Doc, *, devices: tuple[DeviceWork, ...] = ()) -> Workload:
    """The work of the whole program, in hashes a second as it tells them."""
    accepted = summary.count_or_none("results", "shares_good")
    submitted = summary.count_or_none("results", "shares_total")
    return Workload(
        algorithm=clean_or_none(summary.text_or_none("algo")),
        hashes_per_second=amount(summary, "hashrate", "total", TEN_SECONDS),
        hashrate_window_seconds=10.0,
        accepted_shares_total=accepted,
        rejected_shares_total=None if accepted is None or submitted is None else max(0, submitted - accepted),
        session_best_difficulty=amount(summary, "results", "best", 0) or None,
        share_difficulty=amount(summary, "results", "diff_current") or None,
        hashes_per_difficulty=1.0,
        accepted_difficulty_total=amount(summary, "results", "hashes_total"),
        pool=pool_address(summary.private_text_or_none("connection", "pool")),
        devices=devices,
    )
