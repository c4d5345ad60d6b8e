"""What firmware finds wrong with its machine."""

from collections.abc import Iterator

from exporters.metric_table import Labels, Section, by, info
from miner_agent.model.faults import FaultSeverity, FirmwareFault
from miner_agent.model.readings import MinerSnapshot
from miner_agent.model.snapshot import MinerFault, RigSnapshot


def _told(snapshot: RigSnapshot) -> Iterator[tuple[Labels, tuple[FirmwareFault, ...]]]:
    """Of each miner that says whether there are any."""
    for outcome in snapshot.outcomes:
        if isinstance(outcome.reading, MinerSnapshot) and outcome.reading.faults is not None:
            yield (outcome.source,), outcome.reading.faults


FAULT_COUNTS: Section[tuple[FirmwareFault, ...]] = Section(
    title="Miners",
    keys=("miner",),
    told_by="miner",
    subjects=_told,
    specs=(
        by(
            "severity",
            "rig_miner_faults",
            "gauge",
            "Faults and warnings that the machine's firmware tells of now. Absent where it does not say whether there "
            "are any.",
            lambda faults: {
                severity.value: sum(fault.severity is severity for fault in faults) for severity in FaultSeverity
            },
        ),
    ),
)

FAULTS: Section[MinerFault] = Section(
    title="Miners",
    keys=("miner",),
    told_by="miner",
    subjects=lambda s: (((f.miner,), f) for f in s.inventory.faults),
    specs=(
        info(
            "rig_miner_fault_info",
            "A fault that the firmware tells of now: its code, what that means where it is known, and the board, by "
            "its name, where it is told. Gone when the fault is.",
            ("code", "words", "severity", "device"),
            lambda f: (f.fault.code, f.fault.words, f.fault.severity, f.device),
        ),
    ),
)
