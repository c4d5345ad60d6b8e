"""Energy that a device's own counter knows of a gap: in the log it stands beside the ticks, since it is of none."""

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from miner_agent.model.devices import DeviceKind, meter_label
from miner_agent.storage.telemetry.log_answers import UnplacedEnergy
from miner_agent.storage.telemetry.rows import moment
from miner_agent.storage.telemetry.schema import DEVICES, UNPLACED

_ASKED = (
    select(UNPLACED.c.taken_at, DEVICES.c.rig, DEVICES.c.device, DEVICES.c.kind, UNPLACED.c.energy_millijoules)
    .join(DEVICES, DEVICES.c.id == UNPLACED.c.device)
    .where(UNPLACED.c.taken_at >= bindparam("start"), UNPLACED.c.taken_at < bindparam("end"))
    .order_by(UNPLACED.c.taken_at, UNPLACED.c.device)
)


def unplaced_energy(connection: Connection, start_ms: int, end_ms: int, *, rig: str | None) -> list[UnplacedEnergy]:
    """All that became known in ``start <= t < end``, of every rig or of one."""
    asked = _ASKED if rig is None else _ASKED.where(DEVICES.c.rig == rig)
    found = []
    for at_ms, of_rig, device, kind, millijoules in connection.execute(asked, {"start": start_ms, "end": end_ms}):
        is_meter = kind == DeviceKind.METER.value
        name = device.removeprefix(meter_label("")) if is_meter else device
        found.append(
            UnplacedEnergy(known_at=moment(at_ms), rig=of_rig, name=name, is_meter=is_meter, joules=millijoules / 1000)
        )
    return found
