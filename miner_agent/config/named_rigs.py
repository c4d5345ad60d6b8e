"""Rigs that the configuration names beside those that it says how to read."""

from collections.abc import Collection, Iterator

from calculators.nearest_words import suggestion
from miner_agent.config.channel_keys import ChannelEntry, place_of
from miner_agent.config.planned_keys import Maintenance, PlannedOff, Plans
from miner_agent.config.threshold_keys import ThresholdEntry
from miner_agent.config.words import shown
from miner_agent.errors import ConfigError


def check_rigs(
    plans: Plans,
    thresholds: Collection[ThresholdEntry],
    *,
    rigs: Collection[str],
    own_rig: str | None,
) -> None:
    """Refuse what is said of a rig that there is not: it would hold for none.

    Args:
        plans: of the configuration.
        thresholds: of the configuration.
        rigs: other machines that the agent reads.
        own_rig: what its own is called; ``None``: as the machine is.

    Raises:
        ConfigError: with the place and what to write.
    """
    known = {*rigs, *([own_rig] if own_rig is not None else [])}
    for place, rig in _named(plans, thresholds):
        if rig is not None and rig not in known:
            hint = suggestion(rig, known) if known else "leave it away for this machine, or name it in agent.rig"
            raise ConfigError(f"{place}: rig = {shown(rig)} is none that is read; {hint}")


def check_channel_rigs(channels: Collection[ChannelEntry], rigs: Collection[str], own_rig: str) -> None:
    """Refuse a channel for a rig that there is not: it would tell nobody of anything.

    Args:
        channels: of the configuration.
        rigs: other machines that the agent reads.
        own_rig: what people call this one.

    Raises:
        ConfigError: with the place and what to write.
    """
    known = {*rigs, own_rig}
    for channel in channels:
        for rig in channel.rigs:
            if rig not in known:
                hint = suggestion(rig, known) if rigs else f"this machine is called {shown(own_rig)}"
                raise ConfigError(f"{place_of(channel)}: rigs: {shown(rig)} is none that is read; {hint}")


def _named(plans: Plans, thresholds: Collection[ThresholdEntry]) -> Iterator[tuple[str, str | None]]:
    entries: tuple[Maintenance | PlannedOff | ThresholdEntry, ...]
    entries = (*plans.maintenance, *plans.planned_off, *thresholds)
    for one in entries:
        yield one.place, one.rig
