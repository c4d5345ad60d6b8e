"""The names of the files in the state directory."""

TELEMETRY_FILE = "telemetry.db"
STATE_FILE = "state.db"
LEDGER_FILE = "ledger.db"
ALERTS_FILE = "alerts.db"
