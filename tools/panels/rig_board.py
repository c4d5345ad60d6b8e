"""One rig: what ails it, its devices, its miners, its machine."""

from typing import Unpack

from tools.panels.fleet_board import NO_MONEY
from tools.panels.panel import (
    BAD_IF_ZERO,
    FEW,
    GAIN,
    GOOD_IF_ZERO,
    ONE_RIG,
    RIGS,
    SITE,
    Board,
    Column,
    Options,
    Panel,
    Query,
    Row,
    Word,
    numbered,
    per_second,
)

NO_PAGE = "Prometheus has read no page of this rig in this time"
NO_DEVICE = "No device of this rig tells it"
NO_MINER = "No miner of this rig tells it"
STATES = (
    Word(0, "ok", "green"),
    Word(1, "asleep", "blue"),
    Word(2, "disabled", "blue"),
    Word(3, "throttled", "yellow"),
    Word(4, "degraded", "yellow"),
    Word(5, "slow", "orange"),
    Word(6, "hung", "red"),
    Word(7, "reset_required", "red"),
    Word(8, "lost", "red"),
)
ANSWERS = (Word(0, "no answer", "red"), Word(1, "answers", "green"))


def _now(title: str, about: str, unit: str, expression: str, empty: str = NO_PAGE, **further: Unpack[Options]) -> Panel:
    return Panel(
        title=title,
        about=about,
        unit=unit,
        empty=empty,
        kind="stat",
        width=4,
        queries=[Query(expression)],
        **further,
    )


NOW = Row(
    "Now",
    (
        _now(
            "Page",
            "Whether Prometheus could read the rig's page in its last scrape.",
            "none",
            f"max({RIGS('up')})",
            levels=BAD_IF_ZERO,
            says=(Word(0, "down", "red"), Word(1, "up", "green")),
        ),
        _now(
            "Health",
            "What the agent says of the whole rig; the table below says what ails it.",
            "none",
            "max("
            + numbered(
                "rig_verdict",
                (Word(0, "well", "green"), Word(1, "unknown", "yellow"), Word(2, "ill", "red")),
                label="verdict",
                scope=RIGS,
                by="rig",
            )
            + ")",
            says=(Word(0, "well", "green"), Word(1, "unknown", "yellow"), Word(2, "ill", "red")),
        ),
        _now(
            "Meant to stand still",
            "Whether the configuration says that the rig is off now, or that somebody works on it.",
            "none",
            f"max({RIGS('rig_planned_off')} or {RIGS('rig_maintenance')})",
            says=(Word(0, "no", "text"), Word(1, "yes", "blue")),
        ),
        _now(
            "Devices missing",
            "Devices that should be there and are not: as configured, else those that were there.",
            "none",
            f"sum({RIGS('rig_devices_expected')} - {RIGS('rig_devices_detected')})",
            NO_DEVICE,
            levels=GOOD_IF_ZERO,
        ),
        _now(
            "Power",
            "Of the whole machine: as meters tell, else its firmware, else the sum of cards and processors.",
            "watt",
            f"sum({RIGS('rig:power_watts')})",
            "No records, or no power is told",
        ),
        _now(
            "Left in a day",
            "What is mined now would leave in a day after electricity.",
            "none",
            f"sum by (currency) ({RIGS('rig_profit_revenue_per_day')} - {RIGS('rig_profit_energy_cost_per_day')})",
            NO_MONEY,
            decimals=2,
            levels=GAIN,
        ),
        Panel(
            title="What ails it",
            about="How many devices, miners, meters, collectors, disks or databases ail, by reason. docs/health.md tells what "
            "each reason means.",
            unit="none",
            empty="Nothing ails it",
            kind="bars",
            width=12,
            levels=GOOD_IF_ZERO,
            queries=[Query(f"sum by (reason) ({RIGS('rig_verdict_symptoms')})", legend="{{reason}}")],
        ),
        Panel(
            title="Devices",
            about="What there is. A device's name opens it.",
            unit="none",
            empty=NO_DEVICE,
            kind="table",
            width=12,
            height=8,
            columns=(
                Column(name="site", title="site"),
                Column(name="rig", title="rig"),
                Column(name="device", title="device", leads_to="device"),
                Column(name="kind", title="kind"),
                Column(name="vendor", title="vendor"),
                Column(name="model", title="model"),
                Column(name="bus_id", title="bus"),
                Column(name="driver_version", title="driver"),
            ),
            queries=[Query(RIGS("rig_device_info"))],
        ),
    ),
)

DEVICES = Row(
    "Devices",
    (
        Panel(
            title="State of devices",
            about="How each device is, the worst first where several hold. Absent: it was not read.",
            unit="none",
            empty=NO_DEVICE,
            kind="timeline",
            width=24,
            leads_to="device",
            says=STATES,
            queries=[
                Query(
                    "max by (site, rig, device) (\n"
                    + numbered("rig_device_state", STATES, label="state", scope=RIGS, by="site, rig, device")
                    + "\n)",
                    legend="{{device}}",
                )
            ],
        ),
        Panel(
            title="Hashrate of devices",
            about="What each device contributes, as its miner reports it.",
            unit="Hs",
            empty=NO_MINER,
            logarithmic=True,
            leads_to="device",
            queries=[
                Query(
                    f"sum by (site, rig, device, algorithm) ({RIGS('rig_miner_device_hashrate_hashes_per_second')})",
                    legend="{{device}} {{algorithm}}",
                )
            ],
        ),
        Panel(
            title="Power of devices",
            about="As each device tells it.",
            unit="watt",
            empty=NO_DEVICE,
            stacked=True,
            bounds=(0, None),
            leads_to="device",
            queries=[Query(f"max by (site, rig, device) ({RIGS('rig_device_power_watts')})", legend="{{device}}")],
        ),
        Panel(
            title="How far from too hot",
            about="Each sensor's own warning threshold less its temperature. Below zero its owner is to be told.",
            unit="celsius",
            empty="No sensor of this rig has a threshold",
            levels=((None, "red"), (0, "yellow"), (5, "green")),
            leads_to="device",
            queries=[
                Query(
                    "min by (site, rig, device, sensor) (\n"
                    + RIGS("rig_device_temperature_threshold_celsius", 'level="warning"')
                    + "\n- on (job, instance, site, rig, device, sensor) group_left ()\n"
                    + RIGS("rig_device_temperature_celsius")
                    + "\n)",
                    legend="{{device}} {{sensor}}",
                )
            ],
        ),
        Panel(
            title="Fans",
            about="What fans are told to turn at. A fan that is asked for all of it on a hot card may stand still.",
            unit="percentunit",
            empty="No fan of this rig is told of",
            bounds=(0, 1),
            leads_to="device",
            queries=[
                Query(
                    f"max by (site, rig, device, fan) ({RIGS('rig_device_fan_target_ratio')})",
                    legend="{{device}} fan {{fan}}",
                )
            ],
        ),
        Panel(
            title="Slowed down",
            about="Part of the time in which a device ran below its clocks, by reason: the ten greatest. A power limit is meant, heat "
            "is not.",
            unit="percentunit",
            empty="No device of this rig tells why it is slow",
            bounds=(0, 1),
            leads_to="device",
            queries=[
                Query(
                    "topk(10, sum by (site, rig, device, reason) ("
                    + per_second(RIGS("rig_device_throttled_seconds_total"))
                    + "))",
                    legend="{{device}} {{reason}}",
                )
            ],
        ),
        Panel(
            title="Times lost",
            about="Times a device stopped answering its driver.",
            unit="none",
            decimals=0,
            empty=NO_DEVICE,
            bounds=(0, None),
            leads_to="device",
            queries=[
                Query(
                    "sum by (site, rig, device) (increase(" + RIGS("rig_device_lost_total") + "[$__rate_interval]))",
                    legend="{{device}}",
                )
            ],
        ),
    ),
)

MINING = Row(
    "Miners",
    (
        Panel(
            title="Miners answer",
            about="Whether each miner's API answered and was understood.",
            unit="none",
            empty="No miner is configured or found",
            kind="timeline",
            leads_to="miners",
            levels=BAD_IF_ZERO,
            says=ANSWERS,
            queries=[Query(f"max by (site, rig, miner) ({RIGS('rig_miner_up')})", legend="{{miner}}")],
        ),
        Panel(
            title="Hashrate against what is expected",
            about="1 is all of it: as configured, learnt over seven days, or told by the firmware.",
            unit="percentunit",
            empty="Nothing is expected of a miner of this rig, as yet",
            bounds=(0, None),
            levels=((None, "red"), (0.85, "yellow"), (0.95, "green")),
            leads_to="miners",
            queries=[
                Query(
                    "max by (site, rig, miner, algorithm) (\n"
                    + RIGS("rig_miner_hashrate_hashes_per_second")
                    + "\n/ on (job, instance, site, rig, miner, algorithm) group_right ()\n"
                    + RIGS("rig_miner_hashrate_expected_hashes_per_second")
                    + "\n)",
                    legend="{{miner}} {{algorithm}}",
                )
            ],
        ),
        Panel(
            title="Refused shares",
            about="Part of the shares that the pool refused.",
            unit="percentunit",
            empty=NO_MINER,
            bounds=(0, None),
            levels=FEW,
            leads_to="miners",
            queries=[
                Query(
                    "sum by (site, rig, miner, algorithm) ("
                    + per_second(RIGS("rig_miner_shares_rejected_total"))
                    + ")\n/ (sum by (site, rig, miner, algorithm) ("
                    + per_second(RIGS("rig_miner_shares_rejected_total"))
                    + " + "
                    + per_second(RIGS("rig_miner_shares_accepted_total"))
                    + ") > 0)",
                    legend="{{miner}} {{algorithm}}",
                )
            ],
        ),
        Panel(
            title="Starts of miners",
            about="Times a mining program was found to be started anew.",
            unit="none",
            decimals=0,
            empty=NO_MINER,
            bounds=(0, None),
            leads_to="miners",
            queries=[
                Query(
                    "sum by (site, rig, miner) (increase(" + RIGS("rig_miner_restarts_total") + "[$__rate_interval]))",
                    legend="{{miner}}",
                )
            ],
        ),
    ),
)

NO_HOST = "The machine is not told of: a rig behind a gateway has none"


def _host(title: str, about: str, unit: str, queries: list[Query], **further: Unpack[Options]) -> Panel:
    return Panel(title=title, about=about, unit=unit, empty=NO_HOST, width=8, queries=queries, **further)


MACHINE = Row(
    "The machine",
    (
        _host(
            "Processors",
            "Part of all processors' time in use.",
            "percentunit",
            [Query(f"max by (rig) ({RIGS('rig_host_cpu_utilization_ratio')})", legend="{{rig}}")],
            bounds=(0, 1),
        ),
        _host(
            "Load for each processor",
            "Programs that run or want to, over 5 minutes. Above 1 some of them wait.",
            "none",
            [Query(f"max by (rig) ({RIGS('rig_host_load5')} / {RIGS('rig_host_cpus')})", legend="{{rig}}")],
            decimals=2,
            bounds=(0, None),
        ),
        _host(
            "Memory that is left",
            "What a new program could have without swapping, and swap in use.",
            "bytes",
            [
                Query(f"max by (rig) ({RIGS('rig_host_memory_available_bytes')})", legend="available"),
                Query(f"max by (rig) ({RIGS('rig_host_swap_used_bytes')})", legend="swap in use"),
            ],
            bounds=(0, None),
        ),
        _host(
            "Disks: what is left",
            "Part of each file system that an ordinary user can still fill.",
            "percentunit",
            [
                Query(
                    "max by (rig, mountpoint) ("
                    f"{RIGS('rig_host_filesystem_avail_bytes')} / {RIGS('rig_host_filesystem_size_bytes')})",
                    legend="{{mountpoint}}",
                )
            ],
            bounds=(0, 1),
            levels=((None, "red"), (0.05, "yellow"), (0.1, "green")),
        ),
        _host(
            "Board sensors",
            "By the kernel's names.",
            "celsius",
            [
                Query(
                    f"max by (rig, chip, sensor) ({RIGS('rig_host_temperature_celsius')})",
                    legend="{{chip}} {{sensor}}",
                )
            ],
        ),
        _host(
            "Running since",
            "How long ago the machine started. A step to zero is a restart.",
            "s",
            [Query(f"time() - max by (rig) ({RIGS('rig_host_boot_time_seconds')})", legend="{{rig}}")],
            bounds=(0, None),
        ),
    ),
)

ONE = Board(
    name="rig",
    title="rig",
    about="One rig: what ails it now, its devices, its miners and its machine.",
    variables=[SITE, ONE_RIG],
    rows=[NOW, DEVICES, MINING, MACHINE],
)
