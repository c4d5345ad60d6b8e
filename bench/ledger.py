"""The books of 100,000 payouts: booked, booked again, gone through, and a year of them added up, by the commands."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figure import Figure

PAYOUTS = 100_000


def _events() -> str:
    """Invented: one payout about every five minutes, each with a transaction of its own."""
    events = [
        {
            "id": f"payout-{number}",
            "kind": "payout",
            "time": f"2025-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:30Z",
            "wallet": "rig-wallet",
            "asset": "XMR",
            "amount": f"0.{number + 1:012}",
            "price": "280.00",
            "value": f"{number / 100:.2f}",
            "txid": f"{number:064x}",
        }
        for number in range(PAYOUTS)
    ]
    return json.dumps({"currency": "USD", "events": events})


def _seconds(folder: Path, *arguments: str) -> float:
    command = [sys.executable, "-m", "miner_agent", *arguments, "--state-dir", str(folder)]
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name, "state"), Path(name, "events.json")
        folder.mkdir(mode=0o700)
        file.write_text(_events())
        steps = (
            ("ledger, import of 100,000 payouts", 30, ("ledger", "import", str(file))),
            ("ledger, the same file again", 3, ("ledger", "import", str(file))),
            ("ledger, verify", 5, ("ledger", "verify")),
            ("ledger, summary of the year", 1, ("tax", "summary", "--year", "2025", "--json")),
        )
        return [
            Figure(name=told, unit="s", ours=_seconds(folder, *arguments), limit=limit)
            for told, limit, arguments in steps
        ]
