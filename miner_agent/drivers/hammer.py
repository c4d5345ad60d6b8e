"""Hammer D10 and its relatives, for Scrypt: the cgminer API on port 4028, as ``scrypt_boards`` reads it.

``summary`` gives accepted and rejected shares one and the same number, as text (``" 41.0000"``), that is neither: 8.43
shares a minute over three days beside ``" 46.0000"``. The shares are those of the pools. ``temp1`` stands there four
times, once for each of a board's sensors, and so do the others.
"""

from functools import partial

from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.scrypt_boards import POOLS, STATS, SUMMARY, parse
from miner_agent.sources.driver import Driver

DRIVER = Driver(
    name="hammer",
    products=("Hammer",),
    requests=(SUMMARY, STATS, POOLS),
    parse=partial(parse, shares_of_pools=True),
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028",
    documentation="https://github.com/UpstreamData/pyasic/pull/264",
    only_read_about="all of it",
)
