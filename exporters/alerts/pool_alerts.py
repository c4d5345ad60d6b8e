"""Where is mined to, and whether that is where the owner wants."""

from exporters.alerts.alert_rule import AlertRule, inhibited, only_if
from exporters.alerts.common_guards import UNPAUSED, UNPLANNED, WORKLOAD
from exporters.alerts.conditions import at_least, equal, is_not_so, is_so, series

POOL_ALERTS = (
    AlertRule(
        name="PoolAccountUnexpected",
        severity="critical",
        about="pool",
        condition=is_so("rig_pool_differs", what="account"),
        keep_firing_seconds=300,
        summary="{miner} mines for another account than yours ({algorithm})",
        what_to_do="Somebody may be mining for himself: stop the miner, look into its configuration and who could "
        "write it, and change the passwords of the rig. If it was you, write the account into [[miners]].",
    ),
    AlertRule(
        name="PoolUnexpected",
        severity="warning",
        about="pool",
        condition=is_so("rig_pool_differs", what=("pool", "worker")),
        for_seconds=1800,
        guards=UNPLANNED,
        inhibited_by=inhibited("PoolAccountUnexpected", on=WORKLOAD),
        summary="{miner} mines with another {what} than it should ({algorithm})",
        what_to_do="A failover to a pool of the miner's own list takes that long when its first pool is away. If the "
        "change was yours, write it into [[miners]].",
    ),
    AlertRule(
        name="AllPoolsDown",
        severity="critical",
        about="pool",
        condition=equal(series("rig_pool_up").over_all("max", "pool"), 0),
        for_seconds=180,
        guards=UNPAUSED,
        summary="{miner} reaches none of its pools ({algorithm})",
        what_to_do="Check name server, router and firewall; then whether the pools are up.",
    ),
    AlertRule(
        name="PoolConnectionLost",
        severity="critical",
        about="pool",
        condition=equal(series("rig_miner_pool_connection_seconds"), 0),
        for_seconds=300,
        guards=UNPAUSED,
        inhibited_by=inhibited("AllPoolsDown", on=("miner",)),
        summary="{miner} is connected to no pool",
        what_to_do="Check name server, router and firewall; then address and port of the pool.",
    ),
    AlertRule(
        name="MiningOnBackupPool",
        severity="info",
        about="pool",
        condition=is_not_so("rig_pool_active", pool="0"),  # the first of its list
        for_seconds=1800,
        guards=(*UNPLANNED, *only_if(at_least(series("rig_pool_active").over_all("max", "pool"), 1), on=WORKLOAD)),
        inhibited_by=inhibited("PoolAccountUnexpected", on=WORKLOAD),
        summary="{miner} has been on a backup pool for half an hour ({algorithm})",
        what_to_do="Look whether the first pool of its list is up, and still takes your account.",
    ),
)
