"""VolcMiner D1 and its relatives, for Scrypt: the cgminer API on port 4028, as ``scrypt_boards`` reads it.

The page of its web server tells more, behind a login, and is not read.
"""

from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.scrypt_boards import POOLS, STATS, SUMMARY, parse
from miner_agent.sources.driver import Driver

DRIVER = Driver(
    name="volcminer",
    products=("VolcMiner",),
    requests=(SUMMARY, STATS, POOLS),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028",
    documentation="https://github.com/ckolivas/cgminer/blob/master/API-README",
    only_read_about="all of it",
)
