"""One device: everything that is told of it."""

from tools.panels.panel import (
    DEVICES,
    GOOD_IF_ZERO,
    NEAR_ONE,
    ONE_DEVICE,
    ONE_RIG,
    SITE,
    Board,
    Column,
    Panel,
    Query,
    Row,
    Word,
    numbered,
)
from tools.panels.rig_board import NO_DEVICE, STATES
from tools.panels.shapes import curve, figure, greatest, growth, speed, summed

NOT_TOLD = "Its driver does not tell it"
NEVER = "Its driver has told of none"
HASHRATE = DEVICES("rig_miner_device_hashrate_hashes_per_second")
POWER = greatest(DEVICES, "rig_device_power_watts", "device")

NOW = Row(
    "Now",
    (
        Panel(
            title="What it is",
            about="As its driver or its firmware says.",
            unit="none",
            empty=NO_DEVICE,
            kind="table",
            width=24,
            height=4,
            columns=tuple(
                Column(name=name, title=title)
                for name, title in (
                    ("rig", "rig"),
                    ("device", "device"),
                    ("kind", "kind"),
                    ("vendor", "vendor"),
                    ("model", "model"),
                    ("index", "index"),
                    ("bus_id", "bus"),
                    ("driver_version", "driver"),
                    ("firmware_version", "firmware"),
                    ("serial", "serial number"),
                )
            ),
            queries=[Query(DEVICES("rig_device_info"))],
        ),
        figure(
            "State",
            "How it is, the worst where several hold.",
            "none",
            "max(\n" + numbered("rig_device_state", STATES, label="state", scope=DEVICES, by="device") + "\n)",
            NOT_TOLD,
            says=STATES,
        ),
        figure(
            "Hashrate",
            "Of all algorithms that it works on, each for itself.",
            "Hs",
            f"sum by (algorithm) ({HASHRATE})",
            "No miner works on it",
            legend="{{algorithm}}",
        ),
        figure("Power", "As it tells it.", "watt", POWER, NOT_TOLD),
        figure(
            "Hashes a joule",
            "What it makes of its power. Compare it over time, and with cards of its model.",
            "sishort",
            f"sum by (algorithm) ({HASHRATE}) / on () group_left () (max({DEVICES('rig_device_power_watts')}) > 0)",
            "No miner works on it, or its power is not told",
            legend="{{algorithm}}",
        ),
        figure(
            "Energy of a day",
            "What it drew in the last 24 hours while the agent ran.",
            "watth",
            f"max(increase({DEVICES('rig_device_energy_joules_total')}[24h])) / 3600",
            NOT_TOLD,
        ),
        figure(
            "Missing for",
            "How long it has been gone, over restarts of the agent too.",
            "s",
            f"max(time() - {DEVICES('rig_device_missing_since_timestamp_seconds')}) or vector(0)",
            "Prometheus does not answer",
            levels=GOOD_IF_ZERO,
            says=(Word(0, "it is there", "green"),),
        ),
    ),
)

WORK = Row(
    "Work, heat and power",
    (
        curve(
            "Hashrate",
            "What it contributes, and what is expected of it (dashed).",
            "Hs",
            [
                Query(f"sum by (device, miner, algorithm) ({HASHRATE})", "{{miner}} {{algorithm}}"),
                Query(
                    greatest(
                        DEVICES, "rig_miner_device_hashrate_expected_hashes_per_second", "device, miner, algorithm"
                    ),
                    "{{algorithm}} expected",
                    "limit",
                ),
            ],
            "No miner works on it",
            width=12,
            bounds=(0, None),
        ),
        curve(
            "Hashrate against what is expected",
            "1 is all of it.",
            "percentunit",
            [
                Query(
                    f"sum by (device, algorithm) ({HASHRATE})\n/ "
                    + greatest(DEVICES, "rig_miner_device_hashrate_expected_hashes_per_second", "device, algorithm"),
                    "{{algorithm}}",
                )
            ],
            "Nothing is expected of it, as yet",
            width=12,
            bounds=(0, None),
            levels=NEAR_ONE,
        ),
        curve(
            "Temperatures",
            "By sensor, with the sensor's own thresholds (dashed): from the first on its owner is warned.",
            "celsius",
            [
                Query(greatest(DEVICES, "rig_device_temperature_celsius", "device, sensor"), "{{sensor}}"),
                Query(
                    greatest(DEVICES, "rig_device_temperature_threshold_celsius", "device, sensor, level"),
                    "{{sensor}} {{level}}",
                    "limit",
                ),
            ],
            NOT_TOLD,
            width=12,
        ),
        curve(
            "Power and its limits",
            "What it draws, the limit in force, and the one that there should be (dashed).",
            "watt",
            [
                Query(POWER, "drawn"),
                Query(greatest(DEVICES, "rig_device_power_limit_watts", "device"), "limit", "limit"),
                Query(greatest(DEVICES, "rig_device_power_limit_desired_watts", "device"), "wanted", "limit"),
                Query(greatest(DEVICES, "rig_device_power_limit_default_watts", "device"), "default", "limit"),
            ],
            NOT_TOLD,
            width=12,
            bounds=(0, None),
        ),
        curve(
            "Fans: what is asked for",
            "1 is full speed.",
            "percentunit",
            [Query(greatest(DEVICES, "rig_device_fan_target_ratio", "device, fan"), "fan {{fan}}")],
            "It has no fan, or its driver tells of none",
            bounds=(0, 1),
        ),
        curve(
            "Fans: how fast they turn",
            "NVIDIA says of its own that it is what the driver wants: a blocked fan may not show in it.",
            "rotrpm",
            [Query(greatest(DEVICES, "rig_device_fan_speed_rpm", "device, fan"), "fan {{fan}}")],
            "It has no fan, or its driver does not tell how fast it turns",
            bounds=(0, None),
        ),
        curve(
            "Slowed down",
            "Part of the time in which it ran below its clocks, by reason.",
            "percentunit",
            [Query(speed(DEVICES, "rig_device_throttled_seconds_total", "device, reason"), "{{reason}}")],
            NOT_TOLD,
            bounds=(0, 1),
        ),
        curve(
            "Clocks",
            "Frequencies.",
            "hertz",
            [Query(greatest(DEVICES, "rig_device_clock_hertz", "device, clock"), "{{clock}}")],
            NOT_TOLD,
            bounds=(0, None),
        ),
        curve(
            "In use",
            "Part of the time in which each engine worked.",
            "percentunit",
            [Query(greatest(DEVICES, "rig_device_utilization_ratio", "device, engine"), "{{engine}}")],
            NOT_TOLD,
            bounds=(0, 1),
        ),
        curve(
            "Memory",
            "In use, and there (dashed).",
            "bytes",
            [
                Query(greatest(DEVICES, "rig_device_memory_used_bytes", "device"), "in use"),
                Query(greatest(DEVICES, "rig_device_memory_size_bytes", "device"), "size", "limit"),
            ],
            NOT_TOLD,
            bounds=(0, None),
        ),
    ),
)

FAULTS = Row(
    "Faults",
    (
        curve(
            "Shares of the device",
            "Shares a second: accepted, refused, too late, found wrong by the miner.",
            "none",
            [
                Query(
                    speed(DEVICES, f"rig_miner_device_shares_{word}_total", "device, algorithm"),
                    f"{{{{algorithm}}}} {word}",
                )
                for word in ("accepted", "rejected", "stale", "invalid")
            ],
            "Its miner does not count the shares of each device",
            bounds=(0, None),
        ),
        curve(
            "Wrong results",
            "Results that the miner's own check found wrong: too high clocks, or a dying chip.",
            "none",
            [Query(growth(DEVICES, "rig_miner_device_hardware_errors_total", "device, algorithm"), "{{algorithm}}")],
            "Its miner does not count them",
            bounds=(0, None),
        ),
        curve(
            "PCIe repeats",
            "Transfers that had to be repeated. Many of them tell of a bad riser.",
            "none",
            [Query(growth(DEVICES, "rig_device_pcie_replays_total", "device"), "{{device}}")],
            NOT_TOLD,
            bounds=(0, None),
        ),
        curve(
            "PCIe lanes",
            "In use, and those that card and slot could use together (dashed). A riser leaves them unused.",
            "none",
            [
                Query(greatest(DEVICES, "rig_device_pcie_link_width", "device"), "in use"),
                Query(greatest(DEVICES, "rig_device_pcie_link_width_max", "device"), "possible", "limit"),
            ],
            NOT_TOLD,
            decimals=0,
            bounds=(0, None),
        ),
        curve(
            "Errors of memory",
            "By ECC: corrected, or not to be corrected. The second kind costs results.",
            "none",
            [Query(growth(DEVICES, "rig_device_ecc_errors_total", "device, severity"), "{{severity}}")],
            "Its memory has no ECC, or nobody tells",
            bounds=(0, None),
        ),
        figure(
            "Rows of memory replaced",
            "Rows that spare ones stand in for.",
            "none",
            summed(DEVICES, "rig_device_remapped_rows", "severity"),
            "Its memory has no spare rows, or nobody tells",
            legend="{{severity}}",
            levels=GOOD_IF_ZERO,
        ),
        figure(
            "Times lost",
            "Times it stopped answering its driver in the last 24 hours.",
            "none",
            f"sum(increase({DEVICES('rig_device_lost_total')}[24h]))",
            NOT_TOLD,
            decimals=0,
            levels=GOOD_IF_ZERO,
        ),
        Panel(
            title="Errors of NVIDIA's driver",
            about="By Xid, and how long ago the last one was. NVIDIA's list tells what each number means.",
            unit="none",
            empty=NEVER,
            kind="table",
            height=6,
            columns=(
                Column(name="device", title="device"),
                Column(name="xid", title="Xid"),
                Column(name="A", title="last", unit="s"),
            ),
            queries=[Query("time() - " + greatest(DEVICES, "rig_device_xid_last_timestamp_seconds", "device, xid"))],
        ),
        curve(
            "Reads that failed",
            "Quantities that could not be read, or had an impossible value.",
            "none",
            [
                Query(
                    growth(DEVICES, "rig_device_read_errors_total", "device, quantity, reason"),
                    "{{quantity}} {{reason}}",
                )
            ],
            "None",
            width=12,
            bounds=(0, None),
        ),
    ),
)

DEVICE = Board(
    name="device",
    title="device",
    about="One card, processor or hashboard: what it does, how hot it is, what it draws, and what went wrong with it.",
    variables=[SITE, ONE_RIG, ONE_DEVICE],
    rows=[NOW, WORK, FAULTS],
)
