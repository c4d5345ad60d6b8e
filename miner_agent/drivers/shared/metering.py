"""What drivers of meters share: channels (sockets, relays, phases), one of them or all together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from miner_agent.errors import BadPayload
from miner_agent.model.readings import MeterReading
from miner_agent.sources.payload import Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One socket, relay or phase. ``None``: it does not say, or says that it failed."""

    power_watts: float | None = None
    energy_joules_total: float | None = None
    voltage_volts: float | None = None
    current_amperes: float | None = None


def reading(channels: Mapping[int, Channel], wanted: int | None, origin: Doc, *, product: str) -> MeterReading:
    """The channel that is wanted, else all together: where one says nothing, the sum is not known.

    Voltage and current are those of one channel: phases have each their own.
    """
    if not channels:
        origin.expected("the status of a device that measures power")
    if wanted is None:
        chosen = tuple(channels.values())
    elif wanted in channels:
        chosen = (channels[wanted],)
    else:
        there = ", ".join(str(number) for number in sorted(channels)[:8])
        raise BadPayload(f"{origin.path}: numbers of its channels", there, f"the configured channel {wanted}")
    only = chosen[0] if len(chosen) == 1 else Channel()
    return MeterReading(
        power_watts=_sum(channel.power_watts for channel in chosen),
        energy_joules_total=_sum(channel.energy_joules_total for channel in chosen),
        voltage_volts=only.voltage_volts,
        current_amperes=only.current_amperes,
        product=product,
    )


def _sum(values: Iterable[float | None]) -> float | None:
    """All of them together; not known where one is not."""
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total
