"""What the simulated meter says: the very bytes of a plug that the rig, or one machine, hangs on."""

import json

from calculators.units import WATT_HOUR
from miner_agent.simulate.simulated_rig import SimulatedRig

VOLTS = 231.4


def shelly(rig: SimulatedRig) -> dict[str, bytes]:
    """Shelly's status, second generation."""
    watts = rig.metered_watts
    plug = {
        "id": 0,
        "output": True,
        "apower": round(watts, 1),
        "voltage": VOLTS,
        "current": round(watts / VOLTS, 3),
        "aenergy": {"total": round(rig.meter_joules / WATT_HOUR, 3)},
    }
    return {"status": json.dumps({"switch:0": plug}).encode()}
