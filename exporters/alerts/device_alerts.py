"""Cards, processors and boards."""

from exporters.alerts.alert_rule import AlertRule, KnownBy, inhibited, only_if
from exporters.alerts.common_guards import UNPLANNED
from exporters.alerts.conditions import (
    AgeOf,
    Apart,
    Fallen,
    Grown,
    Scaled,
    TooMany,
    above,
    at_least,
    below,
    equal,
    is_not_so,
    is_so,
    series,
)

_TEMPERATURE = series("rig_device_temperature_celsius")
_SENSOR = ("device", "sensor")
_FAN = ("device", "fan")
_BACK_CELSIUS = (
    -3.0
)  # below the threshold again by so much, or a temperature that swings about it is told at each swing
_BROKEN_XIDS = ("48", "62", "64", "74", "79", "95", "119", "120")
_THROTTLED = series("rig_device_throttled_seconds_total", reason=("hw_thermal", "sw_thermal"))


def _threshold(level: str, plus: float = 0.0) -> Scaled:
    return Scaled(series("rig_device_temperature_threshold_celsius", level=level), _SENSOR, plus=plus)


DEVICE_ALERTS = (
    AlertRule(
        name="DeviceMissing",
        severity="critical",
        about="device",
        condition=below(
            series("rig_devices_detected").excluding(kind="hashboard"),
            Scaled(series("rig_devices_expected"), ("kind",)),
        ),
        for_seconds=180,
        guards=UNPLANNED,
        inhibited_by=inhibited("DeviceLost", "DriverCallHung", "CollectorFailing"),
        summary="Devices of kind {kind} that are there: {value}, fewer than expected",
        what_to_do="Look which card is gone (miner-agent status names it), then check its riser, power cables and "
        "slot. If you took it out yourself, say so: miner-agent devices forget.",
        unit="count",
    ),
    AlertRule(
        name="DeviceLost",
        severity="critical",
        about="device",
        condition=is_so("rig_device_state", state=("lost", "reset_required")),
        for_seconds=60,
        keep_firing_seconds=300,
        guards=UNPLANNED,
        known_by=KnownBy(series("rig_device_up"), ("device",)),
        summary="{device} does not answer its driver any more ({state})",
        what_to_do="Restart the machine: a card that fell off the bus does not come back by itself. If it happens "
        "again, check riser and power, and take back its overclock.",
    ),
    AlertRule(
        name="DeviceErrorCritical",
        severity="critical",
        about="device",
        condition=above(
            series("rig_device_xid_last_timestamp_seconds", xid=_BROKEN_XIDS),
            Scaled(series("rig_host_boot_time_seconds")),
        ),
        inhibited_by=inhibited("DeviceLost", on=("device",)),
        summary="NVIDIA's driver told of error (XID) {xid} on {device} since the machine was started",
        what_to_do="79: the card fell off the bus; check riser, power and slot. The others tell of its memory or its "
        "controllers: take back its overclock, restart the machine, and replace the card if it comes again.",
        unit="moment",
    ),
    AlertRule(
        name="DeviceSilent",
        severity="warning",
        about="device",
        condition=is_not_so("rig_device_up"),
        for_seconds=600,
        guards=UNPLANNED,
        inhibited_by=(*inhibited("DeviceLost", on=("device",)), *inhibited("DriverCallHung")),
        summary="{device} is there and has given no value for a while",
        what_to_do="Run miner-agent doctor. Often its driver is about to hang: plan a restart of the machine.",
    ),
    AlertRule(
        name="DeviceTemperatureHigh",
        severity="warning",
        about="device",
        condition=above(_TEMPERATURE, _threshold("warning"), clears=_threshold("warning", _BACK_CELSIUS)),
        for_seconds=300,
        keep_firing_seconds=600,
        inhibited_by=(
            *inhibited("DeviceTemperatureCritical", on=_SENSOR),
            *inhibited("CoolingExhausted", "FanStopped", on=("device",)),
            *inhibited("MinerFanStopped"),
        ),
        summary="{device} is at {value} ({sensor})",
        what_to_do="Check that its fans turn, that the intake is free of dust and that the room is not hotter than "
        "usual; then lower its power limit.",
        unit="celsius",
    ),
    AlertRule(
        name="DeviceTemperatureCritical",
        severity="critical",
        about="device",
        condition=above(_TEMPERATURE, _threshold("critical"), clears=_threshold("critical", _BACK_CELSIUS)),
        for_seconds=60,
        keep_firing_seconds=900,
        inhibited_by=(*inhibited("FanStopped", on=("device",)), *inhibited("MinerFanStopped")),
        summary="{device} is at {value} ({sensor}), close to where it is damaged or switches itself off",
        what_to_do="Stop the miner now. Then look for a fan that does not turn, a blocked intake, or a power limit "
        "that was lost.",
        unit="celsius",
    ),
    AlertRule(
        name="CoolingExhausted",
        severity="critical",
        about="device",
        condition=above(
            series("rig_device_temperature_celsius", sensor="core"),
            _threshold("warning"),
            clears=_threshold("warning", _BACK_CELSIUS),
        ),
        for_seconds=180,
        keep_firing_seconds=600,
        guards=only_if(at_least(series("rig_device_fan_target_ratio"), 0.95), on=("device",)),
        inhibited_by=inhibited("FanStopped", "DeviceTemperatureCritical", on=("device",)),
        summary="{device} is at {value} although its fans are told to turn at full speed",
        what_to_do="Look whether its fans turn: drivers tell the speed that they ask for, so that a dead fan shows as "
        "100 %. If they do, clean the cooler and lower its power limit.",
        unit="celsius",
    ),
    AlertRule(
        name="DeviceThermalThrottling",
        severity="warning",
        about="device",
        condition=above(Grown(_THROTTLED, within_seconds=900, a_second=True), 0.1),
        for_seconds=60,
        guards=(*UNPLANNED, *only_if(above(Grown(_THROTTLED, within_seconds=300), 0), on=("device", "reason"))),
        inhibited_by=inhibited("CoolingExhausted", "DeviceTemperatureCritical", "FanStopped", on=("device",)),
        summary="{device} lowers its clocks for heat {value} of the time ({reason})",
        what_to_do="Check fans, dust and the temperature of the room; lower its power limit until it stops: a card "
        "that throttles earns less and draws as much.",
        unit="ratio",
    ),
    AlertRule(
        name="FanStopped",
        severity="critical",
        about="device",
        condition=equal(series("rig_device_fan_speed_rpm"), 0),
        for_seconds=60,
        keep_firing_seconds=900,
        guards=only_if(above(series("rig_device_fan_target_ratio"), 0.2), on=_FAN),
        summary="Fan {fan} of {device} does not turn although it is told to",
        what_to_do="Stop the miner, look whether a cable blocks the fan, and replace it. Fans that rest by design are "
        "told to rest, and are not meant here.",
    ),
    AlertRule(
        name="PowerLimitDrift",
        severity="warning",
        about="device",
        condition=above(
            Apart(
                series("rig_device_power_limit_watts"), series("rig_device_power_limit_desired_watts"), on=("device",)
            ),
            Scaled(series("rig_device_power_limit_desired_watts"), ("device",), times=0.01, at_least=2.0),
        ),
        for_seconds=300,
        guards=UNPLANNED,
        summary="The power limit of {device} is {value} away from the one that you want",
        what_to_do="Set it again, and look who changed it: a restart, a reset of the card, or a second tool.",
        unit="watts",
    ),
    AlertRule(
        name="SensorImplausible",
        severity="warning",
        about="device",
        condition=above(Grown(series("rig_device_read_errors_total", reason="implausible"), within_seconds=900), 5),
        keep_firing_seconds=900,
        summary="Impossible values of {quantity} that {device} gave within 15 minutes: {value}",
        what_to_do="They are left out, not shown. Often it is the first sign of a dying card or driver: plan a "
        "restart.",
        unit="count",
    ),
    AlertRule(
        name="DeviceChipsMissing",
        severity="warning",
        about="device",
        condition=below(series("rig_device_chips"), Scaled(series("rig_device_chips_expected"), ("device",))),
        for_seconds=1200,
        guards=(*UNPLANNED, *only_if(above(AgeOf(series("rig_miner_start_time_seconds")), 1200))),
        inhibited_by=inhibited("HashboardMissing"),
        summary="Chips of board {device} that work: {value}, fewer than it has",
        what_to_do="Restart the machine once. If they stay away, the board is one to repair; the others mine on.",
        unit="count",
    ),
    AlertRule(
        name="DeviceEccUncorrected",
        severity="warning",
        about="device",
        condition=above(Grown(series("rig_device_ecc_errors_total", severity="uncorrected"), within_seconds=3600), 0),
        summary="Errors in the memory of {device} within an hour that could not be corrected: {value}",
        what_to_do="Take back the overclock of its memory and restart the machine. If they come again, the card is "
        "failing.",
        unit="count",
    ),
    AlertRule(
        name="DeviceMemoryFailing",
        severity="warning",
        about="device",
        condition=is_so("rig_device_remapped_rows_failed"),
        for_seconds=60,
        summary="Rows of the memory of {device} fail and there are no spare ones left",
        what_to_do="Have the card replaced under its warranty: its memory will go on failing.",
    ),
    AlertRule(
        name="DeviceMemoryRemapPending",
        severity="info",
        about="device",
        condition=is_so("rig_device_remapped_rows_pending"),
        for_seconds=3600,
        inhibited_by=inhibited("DeviceMemoryFailing", "DeviceEccUncorrected", on=("device",)),
        summary="Failing rows of the memory of {device} wait to be replaced by spare ones",
        what_to_do="Restart the machine when it suits you: they are replaced at the next start of the card.",
    ),
    AlertRule(
        name="DevicePcieReplays",
        severity="warning",
        about="device",
        condition=above(Grown(series("rig_device_pcie_replays_total"), within_seconds=3600), 1000),
        keep_firing_seconds=3600,
        summary="Transfers to {device} that had to be repeated within an hour: {value}",
        what_to_do="Replace its riser or the riser's cable: next it will be lost.",
        unit="count",
    ),
    AlertRule(
        name="DevicePcieLinkDegraded",
        severity="info",
        about="device",
        condition=above(Fallen(series("rig_device_pcie_link_width"), within_seconds=7200), 0),
        for_seconds=900,
        guards=UNPLANNED,
        inhibited_by=inhibited("DevicePcieReplays", on=("device",)),
        summary="PCIe lanes that {device} ran on within the last two hours and does not now: {value}",
        what_to_do="Mining needs one. If there used to be more, the riser or slot has a bad contact: seat the card "
        "again.",
        unit="count",
    ),
    AlertRule(
        name="DeviceSharesInvalid",
        severity="warning",
        about="device",
        condition=TooMany(
            series("rig_miner_device_shares_invalid_total"),
            series("rig_miner_device_shares_accepted_total"),
            ratio=0.05,
            surely=0.03,
            sigmas=3.0,
            within_seconds=6 * 3600,
        ),
        for_seconds=60,
        guards=UNPLANNED,
        summary="{value} of the shares of {device} are wrong by the miner's own check",
        what_to_do="Its overclock is too high: lower the memory clock, or the core's voltage back to where it was.",
        unit="ratio",
    ),
)
