"""What is written by hand about the alerts of machines, meters and money."""

from collections.abc import Mapping

from exporters.alerts.runbook import Runbook

RIG_RUNBOOKS: Mapping[str, Runbook] = {
    "RigRebootLoop": Runbook(
        cause="The machine was started twice or more in an hour: it loses power, a card takes it down, or a watchdog "
        "restarts it.",
        check=(
            "`last -x reboot shutdown`: orderly or not?",
            "`journalctl -b -1 -e`: what was said last before it went?",
        ),
    ),
    "FilesystemReadOnly": Runbook(
        cause="The kernel stopped writing to the disk because it gave errors. USB sticks end like this.",
        check=("`dmesg | grep -Ei 'i/o error|remount'` and `smartctl -a` of the disk.",),
        then=("`miner-agent ledger backup` to another disk, if the books lie there.",),
    ),
    "FilesystemFull": Runbook(
        cause="There is hardly a byte left. The agent writes nothing any more when it is full, nor do most miners.",
        check=("`du -xh MOUNTPOINT | sort -h | tail`: what is large?",),
    ),
    "FilesystemAlmostFull": Runbook(
        cause="Less than 5 % and less than 2 GB are left.",
        check=("`du -xh MOUNTPOINT | sort -h | tail`: what is large? Logs of miners grow without an end.",),
    ),
    "HostMemoryLow": Runbook(
        cause="Less than 5 % of the memory could be given to a program. The kernel will end one of them soon.",
        check=("`ps aux --sort -rss | head`: who takes it?",),
        then=("Add swap space of the size of the cards' memory, where a miner of several cards needs it.",),
    ),
    "MeterDown": Runbook(
        cause="The meter at the wall does not answer: no power, no network, another address or a changed password.",
        check=("`rig_meter_error` or `miner-agent doctor` says why.",),
        then=("Give it a fixed address in the router.",),
    ),
    "EnergyMeterMismatch": Runbook(
        cause="The wall shows more than 1.6 times of what cards and processors tell. Something else hangs behind the "
        "meter, a device does not tell its power, or the power supply is a very bad one.",
        check=("`rig_host_power_difference_watts`, and what is plugged into the same meter.",),
        then=("If it is right so, switch this alert off: costs are computed from the meter.",),
    ),
    "MiningUnprofitable": Runbook(
        cause="For two hours what is mined has brought less than 98 % of what its electricity costs. It is over when "
        "it brings more than 105 %.",
        check=(
            "`miner-agent profit`: is there another coin that pays?",
            "`miner-agent hours`: is it the price of this hour only?",
        ),
    ),
    "FeedFailing": Runbook(
        cause="The feed has given nothing new for two hours: its service is down, wants a key, or answers something "
        "else.",
        check=("`rig_market_feed_error` says why; `miner-agent doctor` asks it once.",),
    ),
    "TariffDataStale": Runbook(
        cause="The exchange's prices of tomorrow did not come. They are published at about 13:00 of its time.",
        check=("`rig_market_feed_up` of the feed that the tariff names; `miner-agent tariff show`.",),
    ),
    "PayoutOverdue": Runbook(
        cause="A pool that has paid three times or more has paid nothing for two weeks, while something is mined.",
        check=(
            "The pool's page: balance, threshold, address.",
            "The wallet: is it there and not yet read? `miner-agent payouts sync`.",
        ),
        then=("`[[alerts.rules]]` with `threshold` in seconds sets another time for a pool that pays rarely.",),
    ),
    "PoolPayoutsUnread": Runbook(
        cause="The pool's history of payouts has not been read to its end for three days.",
        check=("`miner-agent payouts sync` asks it now and says what it answers.",),
    ),
    "LedgerHeadUnknown": Runbook(
        cause="The chain of the book does not contain the end that the agent has seen. An older copy was put in its "
        "place, or something was taken off.",
        check=("`miner-agent ledger verify` says where it differs. Until then change nothing.",),
        then=("`miner-agent ledger restore` puts a copy back that was made later.",),
    ),
    "LedgerPostingFailing": Runbook(
        cause="The process that posts days into the books failed more than three times in six hours.",
        check=("`miner-agent energy post` does it once, and says what is wrong.",),
    ),
    "SiteRigsDown": Runbook(
        cause="More than a tenth of a site, and three rigs or more, do not answer. It inhibits the alert of each.",
        check=("Router and line of the site first, then its power: what else there does not answer?",),
    ),
    "RigDown": Runbook(
        cause="Prometheus has had no page of the rig for ten minutes: the machine is off, hangs, has no network, or "
        "its agent does not run. A rig that was in planned hours when last seen is not told.",
        check=(
            "Does it answer to `ping`? Then `systemctl status miner-agent` there.",
            "Prometheus' own page of targets says what it got instead.",
        ),
    ),
    "AgentClockAhead": Runbook(
        cause="The rig says that it read its devices in the future: its clock or that of Prometheus is wrong.",
        check=("`timedatectl` on both.",),
    ),
    "AlertsNotEvaluated": Runbook(
        cause="The rig tells of its alerts itself and has not looked at them for five minutes. Prometheus leaves "
        "them out, so that nobody is told.",
        check=("`journalctl -u miner-agent -e` on the rig.",),
        then=('Until it is mended, set `alerts.owner = "prometheus"` there.',),
    ),
    "RigMonitoringWatchdog": Runbook(
        cause="It always fires. It goes through Prometheus, Alertmanager and the way to you like any other alert.",
        check=("The service outside that expects it, such as a check of healthchecks.io: when did it last come?",),
    ),
}
