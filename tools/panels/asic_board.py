"""Machines that are their own firmware: boards, chips, water, faults."""

from tools.panels.panel import (
    GOOD_IF_ZERO,
    MINER,
    MINERS,
    NEAR_ONE,
    RIG,
    RIGS,
    SITE,
    Board,
    Column,
    Panel,
    Query,
    Row,
    per_second,
)
from tools.panels.shapes import curve, figure, greatest, speed, worst

NO_MACHINE = "No machine here is its own firmware"
NOT_TOLD = "No firmware here tells it"
EACH = "site, rig, miner"
NAME = "{{rig}} {{miner}}"
BOARDS = RIGS("rig_device_info", 'kind="hashboard"')
OF_A_MACHINE = "on (job, instance, site, rig, miner)"
OF_A_BOARD = "on (job, instance, site, rig, device) group_left ()"


def _of_machines(metric: str) -> str:
    """Of machines alone: programs on cards have miners too."""
    return f"{MINERS(metric)} and {OF_A_MACHINE} rig_miner_machine_info"


WATTS = f"max by ({EACH}) ({MINERS('rig_miner_power_watts')})"
HASHRATE = f"sum by ({EACH}) ({_of_machines('rig_miner_hashrate_hashes_per_second')})"
NOMINAL = f"sum by ({EACH}) ({_of_machines('rig_miner_hashrate_nominal_hashes_per_second')})"

NOW = Row(
    "Now",
    (
        figure(
            "Machines",
            "Machines that are their own firmware, and answer.",
            "none",
            f"count({MINERS('rig_miner_machine_info')})",
            NO_MACHINE,
        ),
        figure(
            "Hashrate",
            "Of all of them, by algorithm.",
            "Hs",
            f"sum by (algorithm) ({_of_machines('rig_miner_hashrate_hashes_per_second')})",
            NO_MACHINE,
            legend="{{algorithm}}",
        ),
        figure(
            "Energy of a terahash",
            "What they draw for it, by their firmware. Lower is better.",
            "joule",
            f"1e12 * sum({WATTS}) / (sum({HASHRATE} and {WATTS}) > 0)",
            "No firmware here tells its power",
            decimals=1,
        ),
        figure(
            "Boards missing",
            "Hashboards that should be there and are not, or are called lost.",
            "none",
            f"sum({MINERS('rig_miner_boards_expected')} - {MINERS('rig_miner_boards')})",
            NOT_TOLD,
            levels=GOOD_IF_ZERO,
        ),
        figure(
            "Chips missing",
            "Chips that boards were built with, or started with, and that do not work.",
            "none",
            f"sum({RIGS('rig_device_chips_expected')} - {RIGS('rig_device_chips')})",
            NOT_TOLD,
            levels=GOOD_IF_ZERO,
        ),
        figure(
            "Faults",
            "Faults and warnings that firmware tells of now; the table below names them.",
            "none",
            f"sum by (severity) ({MINERS('rig_miner_faults')})",
            NOT_TOLD,
            legend="{{severity}}",
            levels=GOOD_IF_ZERO,
        ),
    ),
)

WORK = Row(
    "What they do",
    (
        curve(
            "Hashrate against what it should be",
            "As the firmware says that the machine is rated or set up. 1 is all of it.",
            "percentunit",
            [Query(f"{HASHRATE}\n/ ({NOMINAL} > 0)", NAME)],
            "No firmware here tells what it should do",
            width=12,
            leads_to="miners",
            bounds=(0, None),
            levels=NEAR_ONE,
        ),
        curve(
            "Energy of a terahash",
            "Lower is better. It rises with heat, and with chips that die.",
            "joule",
            [Query(f"1e12 * {WATTS}\n/ ({HASHRATE} > 0)", NAME)],
            "No firmware here tells its power",
            width=12,
            leads_to="miners",
            decimals=1,
            bounds=(0, None),
        ),
        worst(
            "Least of its hashrate",
            "The ten machines that do the least of what their firmware says they should.",
            "percentunit",
            Query(f"bottomk(10, {HASHRATE} / ({NOMINAL} > 0))", NAME),
            "No firmware here tells what it should do",
            width=8,
            leads_to="miners",
            levels=NEAR_ONE,
            bounds=(0, 1),
        ),
        curve(
            "Power",
            "Of whole machines, by their firmware.",
            "watt",
            [Query(WATTS, NAME)],
            "No firmware here tells its power",
            leads_to="miners",
            stacked=True,
            bounds=(0, None),
        ),
        curve(
            "Boards that work",
            "Those that work, and those that should be there (dashed).",
            "none",
            [
                Query(greatest(MINERS, "rig_miner_boards", EACH), NAME),
                Query(greatest(MINERS, "rig_miner_boards_expected", EACH), f"{NAME} expected", "limit"),
            ],
            NOT_TOLD,
            decimals=0,
            bounds=(0, None),
        ),
    ),
)

BOARD_TABLE = Panel(
    title="Boards",
    about="Each hashboard: its chips, its hottest sensor, its hashrate. Its name opens it.",
    unit="none",
    empty="No machine here tells its boards",
    kind="table",
    width=24,
    columns=(
        Column(name="site", title="site"),
        Column(name="rig", title="rig"),
        Column(name="device", title="device", leads_to="device"),
        Column(name="A", title="chips", unit="none"),
        Column(name="B", title="chips missing", unit="none", levels=GOOD_IF_ZERO),
        Column(name="C", title="hottest", unit="celsius"),
        Column(name="D", title="hashrate", unit="Hs"),
    ),
    sorted_by="B",
    queries=[
        Query(greatest(RIGS, "rig_device_chips", "site, rig, device")),
        Query(f"max by (site, rig, device) ({RIGS('rig_device_chips_expected')} - {RIGS('rig_device_chips')})"),
        Query(f"max by (site, rig, device) ({RIGS('rig_device_temperature_celsius')} * {OF_A_BOARD} {BOARDS})"),
        Query(
            f"sum by (site, rig, device) ({RIGS('rig_miner_device_hashrate_hashes_per_second')}"
            f" * {OF_A_BOARD} {BOARDS})"
        ),
    ],
)

FAULTS = Row(
    "Boards and faults",
    (
        BOARD_TABLE,
        Panel(
            title="Faults that firmware tells of",
            about="Now. The words are those of the code's maker, where they are known.",
            unit="none",
            empty="No firmware tells of a fault",
            kind="table",
            columns=(
                Column(name="site", title="site"),
                Column(name="rig", title="rig", leads_to="rig"),
                *(Column(name=name, title=name) for name in ("miner", "severity", "code", "words", "device")),
            ),
            queries=[Query(MINERS("rig_miner_fault_info"))],
        ),
        Panel(
            title="Firmware",
            about="How many machines run which one.",
            unit="none",
            empty=NO_MACHINE,
            kind="table",
            columns=(
                Column(name="product", title="machine"),
                Column(name="software", title="firmware"),
                Column(name="version", title="version"),
                Column(name="A", title="machines", unit="none"),
            ),
            sorted_by="A",
            queries=[
                Query(
                    "count by (product, software, version) (\n"
                    f"max by (job, instance, site, rig, miner, software, version) ({MINERS('rig_miner_info')})\n"
                    "* on (job, instance, site, rig, miner) group_left (product) rig_miner_machine_info\n)"
                )
            ],
        ),
        curve(
            "Errors of boards",
            "Transfers of a board that failed (Avalon), or results of a chip that were wrong (AxeOS), an hour.",
            "none",
            [
                Query(
                    f"3600 * {speed(RIGS, 'rig_device_board_errors_total', 'site, rig, device, board')}",
                    "{{rig}} {{device}} {{board}}",
                )
            ],
            NOT_TOLD,
            leads_to="device",
            decimals=0,
            bounds=(0, None),
        ),
        curve(
            "Hashrate of each board in a device",
            "Where one device has several.",
            "Hs",
            [
                Query(
                    greatest(RIGS, "rig_device_board_hashrate_hashes_per_second", "site, rig, device, board"),
                    "{{rig}} {{device}} {{board}}",
                )
            ],
            NOT_TOLD,
            leads_to="device",
            bounds=(0, None),
        ),
        curve(
            "Wrong results",
            "Results that the machine's own check found wrong, an hour. Compare it with other machines of the model.",
            "none",
            [
                Query(
                    f"3600 * sum by ({EACH}) ({per_second(MINERS('rig_miner_hardware_errors_total'))}\n"
                    f"and {OF_A_MACHINE} rig_miner_machine_info)",
                    NAME,
                )
            ],
            NOT_TOLD,
            leads_to="miners",
            bounds=(0, None),
        ),
    ),
)

COOLING = Row(
    "Cooling",
    (
        curve(
            "Boards: how far from too hot",
            "Each sensor's own warning threshold less its temperature. Below zero its owner is to be told.",
            "celsius",
            [
                Query(
                    "min by (site, rig, device, sensor) (\n("
                    + RIGS("rig_device_temperature_threshold_celsius", 'level="warning"')
                    + "\n- on (job, instance, site, rig, device, sensor) group_left ()\n"
                    + RIGS("rig_device_temperature_celsius")
                    + f")\n* {OF_A_BOARD}\n{BOARDS}\n)",
                    "{{rig}} {{device}} {{sensor}}",
                )
            ],
            "No board here has a sensor with a threshold",
            width=12,
            leads_to="device",
            levels=((None, "red"), (0, "yellow"), (5, "green")),
        ),
        curve(
            "Room and liquid",
            "With the thresholds of each (dashed).",
            "celsius",
            [
                Query(greatest(MINERS, "rig_miner_ambient_temperature_celsius", EACH), f"{NAME} room"),
                Query(greatest(MINERS, "rig_miner_liquid_temperature_celsius", EACH), f"{NAME} liquid"),
                Query(
                    greatest(MINERS, "rig_miner_temperature_threshold_celsius", f"{EACH}, sensor, level"),
                    f"{NAME} {{{{sensor}}}} {{{{level}}}}",
                    "limit",
                ),
            ],
            NOT_TOLD,
            width=12,
        ),
        curve(
            "Fans",
            "Measured, in the order of the firmware.",
            "rotrpm",
            [Query(greatest(MINERS, "rig_miner_fan_speed_rpm", f"{EACH}, fan"), f"{NAME} {{{{fan}}}}")],
            NOT_TOLD,
            width=12,
            leads_to="miners",
            bounds=(0, None),
        ),
        curve(
            "Fans that stand still",
            "Of those that should turn: as configured, else all that have turned.",
            "none",
            [
                Query(
                    f"max by ({EACH}) ({MINERS('rig_miner_fans_expected')}\n"
                    f"- on (job, instance, site, rig, miner) sum by (job, instance, {EACH}) "
                    f"({MINERS('rig_miner_fan_speed_rpm')} > bool 0))",
                    NAME,
                )
            ],
            NOT_TOLD,
            width=12,
            leads_to="miners",
            decimals=0,
            levels=GOOD_IF_ZERO,
        ),
    ),
)

ASICS = Board(
    name="asic",
    title="ASIC farm",
    about="Machines that are their own firmware: what they do, their boards and chips, their faults, their cooling.",
    variables=[SITE, RIG, MINER],
    hours=24,
    rows=[NOW, WORK, FAULTS, COOLING],
)
