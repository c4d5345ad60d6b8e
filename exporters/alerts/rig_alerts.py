"""The machine itself, and the meters at its wall."""

from exporters.alerts.alert_rule import AlertRule, inhibited, only_if
from exporters.alerts.common_guards import UNPLANNED
from exporters.alerts.conditions import ChangesOf, Quotient, above, at_least, below, is_not_so, is_so, series

_AVAILABLE = series("rig_host_filesystem_avail_bytes")
_METERED = series("rig_host_power_watts", source="meter")

RIG_ALERTS = (
    AlertRule(
        name="RigRebootLoop",
        severity="warning",
        about="host",
        condition=at_least(ChangesOf(series("rig_host_boot_time_seconds"), within_seconds=3600), 2),
        guards=UNPLANNED,
        summary="Starts of the machine within an hour: {value}",
        what_to_do="Take back overclocks, look at power supply and risers, and stop a watchdog that restarts what it "
        "cannot cure.",
        unit="count",
    ),
    AlertRule(
        name="FilesystemReadOnly",
        severity="critical",
        about="host",
        condition=is_so("rig_host_filesystem_readonly"),
        for_seconds=60,
        keep_firing_seconds=900,
        summary="{mountpoint} takes no writes any more",
        what_to_do="A disk or USB stick is dying: copy what you need from it, then replace it. Until then neither the "
        "log nor the books are written.",
    ),
    AlertRule(
        name="FilesystemFull",
        severity="critical",
        about="host",
        condition=below(_AVAILABLE, 64e6, clears=128e6),
        for_seconds=60,
        keep_firing_seconds=900,
        inhibited_by=inhibited("FilesystemReadOnly", on=("mountpoint",)),
        summary="{mountpoint} has {value} left",
        what_to_do="Delete or move what is large there: the log and the books stop when it is full.",
        unit="bytes",
    ),
    AlertRule(
        name="FilesystemAlmostFull",
        severity="warning",
        about="host",
        condition=below(
            Quotient(_AVAILABLE, series("rig_host_filesystem_size_bytes"), on=("mountpoint",)), 0.05, clears=0.07
        ),
        for_seconds=600,
        guards=only_if(below(_AVAILABLE, 2e9), on=("mountpoint",)),
        inhibited_by=inhibited("FilesystemFull", "FilesystemReadOnly", on=("mountpoint",)),
        summary="{value} of {mountpoint} is left",
        what_to_do="Delete what nobody needs, such as old logs of the miner, before it is full.",
        unit="ratio",
    ),
    AlertRule(
        name="HostMemoryLow",
        severity="warning",
        about="host",
        condition=below(
            Quotient(series("rig_host_memory_available_bytes"), series("rig_host_memory_size_bytes")), 0.05, clears=0.08
        ),
        for_seconds=600,
        guards=UNPLANNED,
        summary="{value} of the machine's memory is left",
        what_to_do="Look what takes it: miners that build a DAG need swap space, and some leak. Start the largest one "
        "anew.",
        unit="ratio",
    ),
    AlertRule(
        name="MeterDown",
        severity="warning",
        about="meter",
        condition=is_not_so("rig_meter_up"),
        for_seconds=600,
        guards=UNPLANNED,
        summary="Meter {meter} does not answer",
        what_to_do="Look at its power and its network; until it answers, costs are computed from an estimate.",
    ),
    AlertRule(
        name="EnergyMeterMismatch",
        severity="info",
        about="meter",
        condition=above(
            Quotient(_METERED, series("rig_device_power_watts").over_all("sum", "device")), 1.6, clears=1.5
        ),
        for_seconds=3600,
        guards=(
            *UNPLANNED,
            *only_if(above(series("rig_devices_detected", kind="gpu"), 0)),
            *only_if(above(_METERED, 300)),
        ),
        inhibited_by=inhibited("DeviceMissing", "DeviceLost", "DriverCallHung", "CollectorFailing"),
        summary="The meters show {value} of what the devices draw",
        what_to_do="Either something else hangs behind the meter, or a device does not tell its power: compare the "
        "two.",
        unit="ratio",
    ),
)
