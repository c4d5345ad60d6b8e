"""In which time zone this machine stands."""

import os
from collections.abc import Mapping

from calculators.local_time import zone_named

LOCAL_TIME = "/etc/localtime"
ZONES = "/zoneinfo/"


def own_zone(environment: Mapping[str, str], *, local_time: str = LOCAL_TIME) -> str | None:
    """Its name, such as ``Europe/Berlin``; ``None`` where nobody says it by a name that is known.

    Args:
        environment: of which ``TZ`` goes before what the machine says.
        local_time: the link by which the machine says it.
    """
    linked = os.path.realpath(local_time).partition(ZONES)[2]
    for name in (environment.get("TZ", "").removeprefix(":"), linked):
        try:
            return zone_named(name).key
        except ValueError:
            continue
    return None
