"""Names of others: outside the chain, in every answer, and gone when they are forgotten."""

import json
from pathlib import Path

from tests.bookkeeping.books import payout, told
from tests.cli.every_command import Done, ended

NAME = 'Hosting "Nord" Müller'


def asked(folder: Path, *arguments: str) -> Done:
    return ended(*arguments, "--state-dir", str(folder))


def test_a_forgotten_name_is_nowhere_and_the_chain_verifies(folder: Path) -> None:
    contract = {"id": "c1", "kind": "contract", "time": "2025-01-01T00:00:00Z", "party": NAME, "terms": "3 % of all"}
    file = folder / "events.json"
    file.write_text(json.dumps({"currency": "USD", "events": [payout("p1"), contract]}), "utf-8")
    assert asked(folder, "ledger", "import", str(file)).returncode == 0
    before = asked(folder, "ledger", "list", "--json").stdout

    forgotten = asked(folder, "ledger", "forget", NAME)
    again = asked(folder, "ledger", "forget", NAME)
    after = json.loads(asked(folder, "ledger", "list", "--json").stdout)
    known = asked(folder, "ledger", "import", str(file))

    assert NAME in [entry.get("party") for entry in json.loads(before)]
    assert (forgotten.returncode, again.returncode) == (0, 0), forgotten.stderr + again.stderr
    assert "nobody is known" in again.stdout
    assert "1 file" in forgotten.stdout
    assert [entry["party"] for entry in after if entry["kind"] == "contract"] == ["(erased)"]
    assert asked(folder, "ledger", "verify").returncode == 0
    assert known.returncode == 0, "what is booked stays booked"
    for path in folder.glob("ledger.db*"):
        assert "Müller".encode() not in path.read_bytes()


def test_an_amended_name_is_outside_the_chain_too(folder: Path) -> None:
    contract = {"id": "c1", "kind": "contract", "time": "2025-01-01T00:00:00Z", "party": "Pool A", "terms": "1 %"}
    amend = {"id": "a1", "kind": "amend", "time": "2025-01-02T00:00:00Z", "target": "c1", "why": "typo"}
    told(folder, contract, amend | {"set": {"party": "Pool B"}}, currency="USD")

    shown = [entry.get("party") for entry in json.loads(asked(folder, "ledger", "list", "--json").stdout)]
    chain = asked(folder, "ledger", "show", "c1").stdout

    assert "Pool B" in shown
    assert "Pool" not in chain
