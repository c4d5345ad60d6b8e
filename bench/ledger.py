"""The books of 100,000 payouts: booked, booked again, gone through, and a year of them added up, by the commands.

The peer is a script that reads the file, writes its rows into SQLite and adds up the year: no lots, no hashes, no rates.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from bench.figure import Figure
from bench.turns import middle_turn

PAYOUTS = 100_000
TURNS = 3
FILE = "FILE"
STEPS = (
    ("import of 100,000 payouts", 30, ("ledger", "import", FILE)),
    ("the same file again", 3, ("ledger", "import", FILE)),
    ("verify", 5, ("ledger", "verify")),
    ("summary of the year", 1, ("tax", "summary", "--year", "2025", "--json")),
)
"""What it is called, the most that it may take [s], and the command."""
PEER = "a script: json, sqlite3, Decimal"
_SCRIPT = """
import json, sqlite3, sys
from decimal import Decimal
with open(sys.argv[1]) as file:
    events = json.load(file)["events"]
database = sqlite3.connect(sys.argv[2])
database.execute("CREATE TABLE payouts (id TEXT PRIMARY KEY, time TEXT, wallet TEXT, asset TEXT, amount TEXT, value TEXT)")
names = ("id", "time", "wallet", "asset", "amount", "value")
database.executemany("INSERT INTO payouts VALUES (?, ?, ?, ?, ?, ?)", ([event[name] for name in names] for event in events))
database.commit()
read = database.execute("SELECT amount, value FROM payouts WHERE time >= '2025' AND time < '2026' ORDER BY time")
amounts, values = zip(*((Decimal(amount), Decimal(value)) for amount, value in read))
print(sum(amounts), sum(values))
"""


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


def _cpu_seconds(*arguments: str) -> float:
    """CPU of a command from its start to its end, with its children. [s]"""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(arguments, check=True, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "events.json")
        file.write_text(_events())
        turns = [_turn(Path(name, str(number)), file) for number in range(TURNS)]
    figures = []
    for told, limit_seconds, _ in STEPS:
        ours, peers = middle_turn([turn[told] for turn in turns])
        figures.append(
            Figure(name=f"ledger, {told}, CPU", unit="s", ours=ours, limit=limit_seconds, peer=PEER, peers=peers)
        )
    return figures


def _turn(folder: Path, file: Path) -> dict[str, tuple[float, float]]:
    """CPU of each step on new books, and of the script, which does the same each time. [s]"""
    folder.mkdir(mode=0o700)
    state = ("--state-dir", str(folder))
    spent: dict[str, tuple[float, float]] = {}
    for told, _, arguments in STEPS:
        given = [str(file) if part == FILE else part for part in arguments]
        ours = _cpu_seconds(sys.executable, "-m", "miner_agent", *given, *state)
        database = folder / f"{len(spent)}.sqlite"
        spent[told] = (ours, _cpu_seconds(sys.executable, "-c", _SCRIPT, str(file), str(database)))
    return spent
