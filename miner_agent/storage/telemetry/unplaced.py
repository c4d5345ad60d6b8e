"""Energy that a device's own counter knows of a gap: in the log it stands beside the ticks, since it is of none."""

import sqlite3

from miner_agent.model.devices import DeviceKind, meter_label
from miner_agent.storage.telemetry.log_answers import UnplacedEnergy
from miner_agent.storage.telemetry.rows import moment

_ASKED = """
    SELECT taken_at, devices.rig, devices.device, devices.kind, energy_millijoules
    FROM unplaced JOIN devices ON devices.id = unplaced.device
    WHERE taken_at >= :start AND taken_at < :end AND (:rig IS NULL OR devices.rig = :rig)
    ORDER BY taken_at, unplaced.device
"""


def unplaced_energy(
    connection: sqlite3.Connection, start_ms: int, end_ms: int, *, rig: str | None
) -> list[UnplacedEnergy]:
    """All that became known in ``start <= t < end``, of every rig or of one."""
    found = []
    for at_ms, of_rig, device, kind, millijoules in connection.execute(
        _ASKED, {"start": start_ms, "end": end_ms, "rig": rig}
    ):
        is_meter = kind == DeviceKind.METER.value
        name = device.removeprefix(meter_label("")) if is_meter else device
        found.append(
            UnplacedEnergy(known_at=moment(at_ms), rig=of_rig, name=name, is_meter=is_meter, joules=millijoules / 1000)
        )
    return found
