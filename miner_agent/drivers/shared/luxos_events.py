"""What ails a machine under LuxOS: its ``events`` are what holds now, and are gone when their cause is.

The codes are those of Luxor's page on ``events`` (docs.luxor.tech, 2026), in words of our own. Which board an event is
of stands in no field that its documentation names, so that it is not told.
"""

from collections.abc import Iterable

from miner_agent.model.faults import FaultSeverity, FirmwareFault
from miner_agent.sources.payload import Doc
from miner_agent.text import clean_or_none

PAUSED = frozenset({"IDLE", "SLEEP"})
"""What its owner wanted, and no fault."""
_FAULTS = {
    "BOARD_ASIC_ENUMERATION_FAILURE": "a board's chips cannot be counted",
    "BOARD_ASIC_INIT_FAILURE": "a board's chips do not start",
    "BOARD_CRITICAL_PIC_FAILURE": "a board's controller does not work",
    "BOARD_CRITICAL_SENSOR_FAILURE": "a sensor that a board needs does not work",
    "BOARD_NOT_DETECTED": "a board is gone, or its cable is loose",
    "BOARD_NOT_ENOUGH_SENSORS_FAILURE": "too few of a board's sensors work",
    "BOARD_OVERTEMP_SHUTDOWN": "a board was too hot and is off",
    "CANT_READ_PSU_PROTOCOL": "the power supply's protocol cannot be read",
    "CANT_READ_PSU_TYPE": "the power supply's type cannot be read",
    "DETECTION_ERROR": "the firmware does not find out what machine it runs on",
    "EXTERNAL_ERROR": "a command that the firmware needs fails",
    "FAN_FAILURE": "a fan does not work",
    "FAN_PANIC": "too few fans work, and the machine is off",
    "I2C_ERROR": "the boards' bus does not answer",
    "INCOMPATIBLE_PIC": "boards whose controllers do not fit together",
    "INVALID_MINER_MODEL": "the firmware does not know this machine",
    "NO_BOARDS": "no board is there",
    "NOPIC_PROTECTION": "a board without a controller is protected: the machine is off",
    "NOPIC_SHUTDOWN": "a board without a controller is protected: it is off",
    "OVERTEMP_PROTECTION": "a board was too hot, and the machine protects itself",
    "PSU_PANIC": "the power supply does not work",
}
_WARNINGS = {
    "BAD_DOMAIN": "chips of a board that share a supply do not work",
    "BOARD_HIGH_TEMPERATURE": "a board is hotter than its owner set as hot",
    "NO_ACTIVE_POOLS": "no pool answers",
    "REBOOT_NOT_HASHING": "a board that made nothing is started anew",
    "REBOOT_SYSINIT": "a board is started, as the machine was",
    "REBOOT_USER": "a board is started anew, as somebody wished",
    "SHUTDOWN_USER": "a board is off, as somebody wished",
}


def codes_of(events: Iterable[Doc]) -> frozenset[str]:
    """The codes of the events that hold, each once."""
    return frozenset(code for event in events if (code := clean_or_none(event.text_or_none("Code"))))


def faults_of(codes: Iterable[str]) -> tuple[FirmwareFault, ...]:
    """What they say is wrong. One that is not in the list is a fault without words."""
    return tuple(
        FirmwareFault(
            code=code,
            words=_FAULTS.get(code) or _WARNINGS.get(code),
            severity=FaultSeverity.WARNING if code in _WARNINGS else FaultSeverity.FAULT,
        )
        for code in sorted(codes)
        if code not in PAUSED
    )
