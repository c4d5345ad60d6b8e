"""Mining programs, and machines whose firmware is one."""

from dataclasses import replace

from exporters.alerts.alert_rule import AlertGuard, AlertRule, inhibited, only_if, unless
from exporters.alerts.common_guards import UNPAUSED, UNPLANNED, WORKLOAD
from exporters.alerts.conditions import (
    AgeOf,
    Compare,
    Grown,
    Highest,
    Quotient,
    Scaled,
    Series,
    TooFew,
    TooMany,
    above,
    at_least,
    below,
    equal,
    is_not_so,
    series,
)

_OF_DEVICE = ("miner", "device", "algorithm")
_AN_AGENTS_OWN_RIG = at_least(series("rig_host_cpus"), 1)
_DEVICE_HASHRATE = series("rig_miner_device_hashrate_hashes_per_second")
_HASHRATE = series("rig_miner_hashrate_hashes_per_second")


def _running_for(seconds: float) -> tuple[AlertGuard, ...]:
    return only_if(above(AgeOf(series("rig_miner_start_time_seconds")), seconds), on=("miner",))


_EXPECTED = series("rig_miner_hashrate_expected_hashes_per_second")
_DEVICE_EXPECTED = series("rig_miner_device_hashrate_expected_hashes_per_second")


def _known(expected: Series) -> Series:
    """What is known of this very rig. A figure of a table is true of its model, and good enough to tell the half."""
    return expected.excluding(source="table").over_all("max", "source")


def _hotter_than_wanted(name: str, sensor: str) -> Compare:
    limit = Scaled(series("rig_miner_temperature_threshold_celsius", sensor=sensor, level="warning"), ("miner",))
    return above(series(name), limit, clears=replace(limit, plus=-3.0))


def _many_rejected(within_seconds: float) -> TooMany:
    return TooMany(
        series("rig_miner_shares_rejected_total"),
        series("rig_miner_shares_accepted_total"),
        ratio=0.05,
        surely=0.03,
        sigmas=3.0,
        within_seconds=within_seconds,
    )


_DEVICE_PART = Quotient(_DEVICE_HASHRATE, _known(_DEVICE_EXPECTED), on=_OF_DEVICE)
_ROUGH_PART = Quotient(_DEVICE_HASHRATE, _DEVICE_EXPECTED.over_all("max", "source"), on=_OF_DEVICE)
_PART = Quotient(_HASHRATE, _known(_EXPECTED), on=WORKLOAD)

_NOTHING_ELSE_TOLD_WITHIN_A_DAY = unless(
    above(Highest(series("rig_miner_shares_expected_since_accepted"), within_seconds=86_400), 40),
    _many_rejected(within_seconds=86_400),
    on=WORKLOAD,
)
"""Shares that did not come and shares that were refused leave their traces in a window of a day.

Where half of the shares is lost, 18 that are due happen by chance once in some thousand shares, 40 never.
"""

MINER_ALERTS = (
    AlertRule(
        name="MinerDown",
        severity="critical",
        about="miner",
        condition=is_not_so("rig_miner_up"),
        for_seconds=300,
        guards=(*UNPLANNED, *only_if(_AN_AGENTS_OWN_RIG)),
        summary="Miner {miner} does not run, or its API does not answer",
        what_to_do="Look at its service and the end of its log; miner-agent doctor says what its API answers.",
    ),
    AlertRule(
        name="MachineDown",
        severity="critical",
        about="miner",
        condition=is_not_so("rig_miner_up"),
        for_seconds=600,
        guards=(*UNPLANNED, *unless(_AN_AGENTS_OWN_RIG)),
        inhibited_by=inhibited("GatewayRigsDown", any_rig=True),
        summary="Machine {miner} does not answer",
        what_to_do="Look whether it has power and network, then restart it. Many at once: look at the switch or the "
        "breaker.",
    ),
    AlertRule(
        name="MinerRestartLoop",
        severity="warning",
        about="miner",
        condition=above(Grown(series("rig_miner_restarts_total"), within_seconds=3600), 5),
        guards=UNPLANNED,
        inhibited_by=inhibited("RigRebootLoop"),
        summary="New starts of miner {miner} within an hour: {value}",
        what_to_do="Starting it again does not cure it: stop the loop, and look in its log for the card or the clock "
        "that makes it fail.",
        unit="count",
    ),
    AlertRule(
        name="MinerHashrateZero",
        severity="critical",
        about="miner",
        condition=equal(_HASHRATE, 0),
        for_seconds=300,
        guards=(*UNPAUSED, *_running_for(300)),
        inhibited_by=(
            *inhibited("PoolConnectionLost", "DriverCallHung"),
            *inhibited("AllPoolsDown", on=("miner",)),
        ),
        summary="Miner {miner} answers and does no work on {algorithm}",
        what_to_do="Look at the end of its log whether it reaches its pool; if it does, start it anew: miners that "
        "hang rarely do so themselves.",
    ),
    AlertRule(
        name="DeviceHashrateZero",
        severity="critical",
        about="miner",
        condition=equal(_DEVICE_HASHRATE, 0),
        for_seconds=300,
        guards=(*UNPAUSED, *_running_for(300)),
        inhibited_by=(
            *inhibited("DeviceLost", on=("device",)),
            *inhibited("MinerHashrateZero", "AllPoolsDown", "PoolConnectionLost", on=("miner",)),
        ),
        summary="{device} does no work while miner {miner} runs",
        what_to_do="Start the miner anew. If the device stays at zero, take back its overclock and restart the "
        "machine.",
    ),
    AlertRule(
        name="HashrateFarBelowExpected",
        severity="critical",
        about="miner",
        condition=below(_ROUGH_PART, 0.5, clears=0.6),
        for_seconds=600,
        guards=(*UNPAUSED, *_running_for(900)),
        inhibited_by=(
            *inhibited("DeviceHashrateZero", "DeviceLost", on=("device",)),
            *inhibited("MinerHashrateZero", "AllPoolsDown", "PoolConnectionLost", on=("miner",)),
        ),
        summary="{device} does {value} of the {algorithm} hashrate that it is expected to do",
        what_to_do="Look whether it throttles, lost its power limit or its overclock, then start the miner anew.",
        unit="ratio",
    ),
    AlertRule(
        name="HashrateBelowExpected",
        severity="warning",
        about="miner",
        condition=below(_DEVICE_PART, 0.85, clears=0.9),
        for_seconds=1800,
        guards=(*UNPAUSED, *_running_for(900)),
        inhibited_by=(
            *inhibited(
                "DeviceHashrateZero",
                "HashrateFarBelowExpected",
                "DeviceLost",
                "DeviceThermalThrottling",
                "CoolingExhausted",
                "FanStopped",
                "DeviceChipsMissing",
                on=("device",),
            ),
            *inhibited("MinerHashrateZero", "AllPoolsDown", "PoolConnectionLost", on=("miner",)),
        ),
        summary="{device} does {value} of the {algorithm} hashrate that it is expected to do",
        what_to_do="Compare its clocks, power limit and temperature with those of a card that does well. If you set "
        "it so on purpose, write its hashrate into [expected].",
        unit="ratio",
    ),
    AlertRule(
        name="MinerHashrateBelowExpected",
        severity="warning",
        about="miner",
        condition=below(_PART, 0.85, clears=0.9),
        for_seconds=1800,
        guards=(*UNPAUSED, *_running_for(900)),
        inhibited_by=(
            *inhibited("MinerHashrateZero", "AllPoolsDown", on=("miner",)),
            *inhibited("DeviceHashrateZero", "HashrateFarBelowExpected", "HashrateBelowExpected", on=("miner",)),
            *inhibited("HashboardMissing", "MinerFanStopped", on=("miner",)),
            *inhibited("DeviceMissing", "DeviceLost", "PoolConnectionLost", "DeviceThermalThrottling"),
            *inhibited("CoolingExhausted", "FanStopped"),
        ),
        summary="Miner {miner} does {value} of the {algorithm} hashrate that it is expected to do",
        what_to_do="Look which of its devices or boards does less than before.",
        unit="ratio",
    ),
    AlertRule(
        name="PoolHashrateDivergence",
        severity="warning",
        about="miner",
        condition=TooFew(
            counted=series("rig_miner_shares_proven_total"),
            expected=series("rig_miner_shares_expected_total"),
            ratio=0.95,
            sigmas=4.0,
            windows_seconds=(4 * 3600.0, 24 * 3600.0),
        ),
        for_seconds=300,
        guards=(*UNPLANNED, *_NOTHING_ELSE_TOLD_WITHIN_A_DAY),
        inhibited_by=inhibited("NoAcceptedShares", "PoolRefusesShares", "RejectRatioHigh", on=WORKLOAD),
        summary="Only {value} of the shares of {miner} that its {algorithm} hashrate should give were accepted",
        what_to_do="That is more than bad luck. Compare with what the pool shows: an unstable overclock, stale "
        "shares, a fee that nobody told, or a hashrate that the miner makes up.",
        unit="ratio",
    ),
    AlertRule(
        name="NoAcceptedShares",
        severity="critical",
        about="miner",
        condition=above(series("rig_miner_shares_expected_since_accepted"), 18),
        for_seconds=180,
        guards=UNPAUSED,
        inhibited_by=(
            *inhibited("PoolRefusesShares", on=WORKLOAD),
            *inhibited("AllPoolsDown", "PoolConnectionLost", "MinerHashrateZero", on=("miner",)),
        ),
        summary="The pool has accepted no share of {miner}; shares to be expected by now: {value}",
        what_to_do="Look whether the pool is reached and takes the work of your account; the miner's log says what it "
        "answers.",
        unit="count",
    ),
    AlertRule(
        name="PoolRefusesShares",
        severity="critical",
        about="miner",
        condition=TooMany(
            series("rig_miner_shares_rejected_total"),
            series("rig_miner_shares_accepted_total"),
            ratio=0.5,
            surely=0.25,
            sigmas=2.0,
            within_seconds=300,
        ),
        keep_firing_seconds=3300,
        guards=UNPLANNED,
        summary="The pool refuses {value} of the shares of {miner} ({algorithm})",
        what_to_do="Look into the miner's log for the reason: a wrong algorithm, worker or password, or a pool that "
        "moved.",
        unit="ratio",
    ),
    AlertRule(
        name="RejectRatioHigh",
        severity="warning",
        about="miner",
        condition=_many_rejected(within_seconds=3600),
        for_seconds=300,
        guards=UNPLANNED,
        inhibited_by=inhibited("PoolRefusesShares", on=WORKLOAD),
        summary="The pool refuses {value} of the shares of {miner} ({algorithm})",
        what_to_do="Try a nearer server of the pool, and a lower overclock: stale shares come from the way, wrong "
        "ones from the card.",
        unit="ratio",
    ),
    AlertRule(
        name="HashboardMissing",
        severity="critical",
        about="miner",
        condition=below(series("rig_miner_boards"), Scaled(series("rig_miner_boards_expected"), ("miner",))),
        for_seconds=600,
        guards=(*UNPLANNED, *_running_for(600)),
        inhibited_by=inhibited("DeviceLost"),
        summary="Hashboards of {miner} that are there: {value}, fewer than expected",
        what_to_do="Switch the machine off, seat the cables of the board that is gone, and start it again.",
        unit="count",
    ),
    AlertRule(
        name="MinerFanStopped",
        severity="critical",
        about="miner",
        condition=below(
            series("rig_miner_fan_speed_rpm").over_all("above_zero", "fan"),
            Scaled(series("rig_miner_fans_expected"), ("miner",)),
        ),
        for_seconds=60,
        keep_firing_seconds=900,
        guards=(*UNPAUSED, *_running_for(300)),
        summary="Fans of {miner} that turn: {value}, fewer than it has",
        what_to_do="Stop the machine before it gets too hot, and replace the fan that stands still.",
        unit="count",
    ),
    AlertRule(
        name="MinerFault",
        severity="warning",
        about="miner",
        condition=above(series("rig_miner_faults", severity="fault"), 0),
        for_seconds=300,
        guards=UNPLANNED,
        inhibited_by=(*inhibited("HashboardMissing", "MinerFanStopped", on=("miner",)), *inhibited("DeviceLost")),
        summary="Faults that the firmware of {miner} tells of: {value}",
        what_to_do="miner-agent status shows their codes and what they mean.",
        unit="count",
    ),
    AlertRule(
        name="HardwareErrorsMany",
        severity="warning",
        about="miner",
        condition=above(Grown(series("rig_miner_hardware_errors_total"), within_seconds=3600), 3600),
        keep_firing_seconds=3600,
        guards=UNPLANNED,
        summary="{miner} found {value} of its own results wrong within an hour",
        what_to_do="Lower its frequency or raise its voltage by a step; look at its temperatures, and at its power "
        "supply.",
        unit="count",
    ),
    AlertRule(
        name="AmbientTemperatureHigh",
        severity="warning",
        about="miner",
        condition=_hotter_than_wanted("rig_miner_ambient_temperature_celsius", "ambient"),
        for_seconds=600,
        guards=UNPLANNED,
        summary="The air at {miner} has {value}",
        what_to_do="Look at the cooling of the room: every machine in it is next.",
        unit="celsius",
    ),
    AlertRule(
        name="LiquidTemperatureHigh",
        severity="critical",
        about="miner",
        condition=_hotter_than_wanted("rig_miner_liquid_temperature_celsius", "liquid"),
        for_seconds=300,
        guards=UNPLANNED,
        summary="The liquid that cools {miner} has {value}",
        what_to_do="Look at pump, flow and dry cooler; stop the machine if it goes on rising.",
        unit="celsius",
    ),
    AlertRule(
        name="WorkersGone",
        severity="warning",
        about="miner",
        condition=equal(series("rig_miner_workers_connected"), 0),
        for_seconds=900,
        guards=UNPLANNED,
        summary="No miner is connected to {miner} any more",
        what_to_do="Look whether the proxy listens where the rigs look for it.",
    ),
)
