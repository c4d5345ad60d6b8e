"""The kinds of database that the agent keeps, and how a file of each is told from any other file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One schema: its name, its mark in the file's header, and the newest version that this agent knows."""

    name: str
    application_id: int
    schema_version: int


TELEMETRY = Kind(name="telemetry", application_id=0x4D41544C, schema_version=8)  # "MATL"
STATE = Kind(name="state", application_id=0x4D415354, schema_version=6)  # "MAST"
LEDGER = Kind(name="ledger", application_id=0x4D414C47, schema_version=1)  # "MALG"
ALERTS = Kind(name="alerts", application_id=0x4D41414C, schema_version=1)  # "MAAL"

KINDS = {kind.name: kind for kind in (TELEMETRY, STATE, LEDGER, ALERTS)}
