"""Boards and chips of a device of which more is told than of the whole."""

from collections.abc import Iterator

from exporters.metric_table import Labels, Section, by, one
from miner_agent.model.devices import DevicePart
from miner_agent.model.snapshot import RigSnapshot


def _parts(snapshot: RigSnapshot) -> Iterator[tuple[Labels, DevicePart]]:
    for device in snapshot.inventory.devices:
        for part in device.reading.parts:
            yield (device.label, str(part.number)), part


PARTS: Section[DevicePart] = Section(
    title="Parts of devices",
    keys=("device", "board"),
    told_by="device",
    subjects=_parts,
    specs=(
        one(
            "rig_device_board_hashrate_hashes_per_second",
            "gauge",
            "What one board, or one chip of a small machine, contributes. It is in the hashrate of its device.",
            lambda p: p.hashes_per_second,
        ),
        by(
            "sensor",
            "rig_device_board_temperature_celsius",
            "gauge",
            "Temperature of one board: the mean of its chips (mean), the hottest of them (chip).",
            lambda p: {"mean": p.core_temperature_celsius, "chip": p.hotspot_temperature_celsius},
        ),
        one("rig_device_board_chips", "gauge", "Chips of one board that tell their temperature.", lambda p: p.chips),
        one(
            "rig_device_board_errors_total",
            "counter",
            "Transfers of one board that failed (Avalon), or results of one chip that were wrong (AxeOS).",
            lambda p: p.errors_total,
        ),
        by(
            "domain",
            "rig_device_board_domain_hashrate_hashes_per_second",
            "gauge",
            "What each voltage domain of a chip contributes (AxeOS).",
            lambda p: {str(number): rate for number, rate in enumerate(p.domain_hashes_per_second)},
        ),
    ),
)
