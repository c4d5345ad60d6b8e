"""What is written by hand about the alerts of the agent itself and of its gateway."""

from collections.abc import Mapping

from exporters.alerts.runbook import Runbook

AGENT_RUNBOOKS: Mapping[str, Runbook] = {
    "AgentStalled": Runbook(
        cause="The newest readings are older than five intervals and a minute. The sampling loop hangs, or the page "
        "is an old copy: a proxy that caches.",
        check=(
            "`miner-agent status`: what does it say of its age?",
            "`journalctl -u miner-agent -e`, and `systemctl status miner-agent`: is it being restarted?",
        ),
    ),
    "DriverCallHung": Runbook(
        cause="A call of the driver has not come back by its deadline. The process that made it can often not even be "
        "ended (state D): it waits in the kernel for a card that does not answer.",
        check=(
            "`ps -eo pid,stat,wchan:32,cmd | grep ' D'` shows who waits in the kernel.",
            "`dmesg | tail`: does the driver tell of a card?",
        ),
        then=("If it does not restart, use the power switch; then look at the card that it waited for.",),
    ),
    "DriverLibraryMismatch": Runbook(
        cause="The kernel runs one version of NVIDIA's driver and the library on disk is another: an unattended "
        "upgrade.",
        check=("`cat /proc/driver/nvidia/version` beside `nvidia-smi`.",),
        then=("`apt-mark hold` its packages, and upgrade when you are there.",),
    ),
    "CollectorFailing": Runbook(
        cause="One source of the machine itself has given nothing for five minutes: a driver that is not loaded, a "
        "file that may not be read, a process that ended.",
        check=("`rig_agent_collector_error` or `miner-agent doctor` says why.",),
    ),
    "AgentRestartLoop": Runbook(
        cause="The agent was started more than three times in half an hour: it ends by a fault, or systemd's "
        "watchdog ends it because it does not tick.",
        check=("`journalctl -u miner-agent` has the end of each run; `miner-agent config check` the configuration.",),
    ),
    "AgentDatabaseWriteFailing": Runbook(
        cause="The disk refused writes of a database of the agent within the last quarter of an hour.",
        check=("`df -h` and `df -i` of its directory, `dmesg` for errors of the disk.",),
    ),
    "AgentDatabaseLost": Runbook(
        cause="Somebody removed, replaced or wrote over a database while the agent had it open, or it was found "
        "damaged. The agent goes on with what is whole, else with a new one.",
        check=("`ls -la` of the state directory: what lies beside it? A damaged file is kept there.",),
        then=("Never copy a database back while the agent runs; `miner-agent ledger restore` knows how.",),
    ),
    "AgentTicksDropped": Runbook(
        cause="The queue before the disk was full: the disk took nothing for so long that readings were left out.",
        check=("`rig_agent_database_queued_ticks`, `iostat -x 5`: is the disk busy, or does it hang?",),
    ),
    "AgentSeriesDropped": Runbook(
        cause="A miner or a proxy tells of more devices, workers or faults than are shown of one source.",
        check=("`rig_agent_collector_series_dropped_total`: which source? What does it list?",),
    ),
    "AgentJobFailing": Runbook(
        cause="A job of the calendar, such as the backup of the books or the deletion of old rows, failed twice in a "
        "day.",
        check=("`rig_agent_job_failures_total` names it; the agent's log has the reason.",),
    ),
    "AgentMistakes": Runbook(
        cause="A fault in the agent's own code. It cost one source one reading and nothing else.",
        check=("`journalctl -u miner-agent | grep -A 30 Traceback`.",),
    ),
    "AgentCountersUnkept": Runbook(
        cause="The counters of earlier runs could not be read, or those of this run cannot be written. Counters of "
        "energy are absent rather than wrong.",
        check=("`miner-agent doctor`; owner and rights of state.db.",),
    ),
    "AgentConfigReloadFailed": Runbook(
        cause="The last reload was refused; the configuration before it is in force.",
        check=("`miner-agent config check` with the same file, as the same user.",),
    ),
    "AgentClockUnsynchronized": Runbook(
        cause="The kernel says that nobody has set the clock for a while. It drifts by seconds a day, more after a "
        "start.",
        check=("`timedatectl`: is a time service active, and does it reach a server?",),
    ),
    "AgentNotificationFailing": Runbook(
        cause="A channel refused or did not take notifications more than three times in half an hour. They wait in the "
        "outbox and are tried again, at the latest after 15 minutes.",
        check=("The agent's log has the answer; `miner-agent alerts test CHANNEL` tries it now.",),
        then=("Have a second channel that goes another way: this alert can not come by the one that is broken.",),
    ),
    "AgentNotificationsWaiting": Runbook(
        cause="The oldest notification of a channel has waited for half an hour.",
        check=("`rig_agent_notifications_queued`, `miner-agent alerts test CHANNEL`.",),
    ),
    "AlertsUnrecorded": Runbook(
        cause="An alert was told from memory because alerts.db could not be written.",
        check=("`df -h` of the state directory, and its rights.",),
    ),
    "GatewayRigsDown": Runbook(
        cause="More than a tenth of the machines behind the gateway, and three or more, do not answer. It inhibits "
        "the alert of each.",
        check=(
            "`miner-agent status`: have they a shelf, a switch or a breaker in common?",
            "Does the gateway itself reach anything on that network?",
        ),
    ),
    "GatewayStalled": Runbook(
        cause="The gateway has not come to the end of a round for ten minutes.",
        check=("`journalctl -u miner-agent -e`; is the machine out of memory or of descriptors?",),
    ),
    "GatewaySlow": Runbook(
        cause="A round takes half as long again as it may: too many machines, or many that answer slowly.",
        check=("`rig_gateway_round_duration_seconds` beside `rig_gateway_interval_seconds`; `rig_gateway_rigs_dead`.",),
    ),
}
