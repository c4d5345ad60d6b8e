"""What must survive a restart: energy counters, pinned facts, and which jobs have run."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, select
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert

from miner_agent.storage.sqlite import engine as engines
from miner_agent.storage.sqlite.engine import Database
from miner_agent.storage.sqlite.kinds import STATE
from miner_agent.storage.sqlite.migrate import migrate

METADATA = MetaData()
ENERGY = Table(
    "energy",
    METADATA,
    Column("device", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("millijoules_total", BigInteger().with_variant(Integer(), "sqlite"), nullable=False),
)
FACTS = Table(
    "facts",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
JOB_RUNS = Table(
    "job_runs",
    METADATA,
    Column("job", Text, primary_key=True),
    Column("period", Text, primary_key=True),
)
_LARGEST_JOULES = 2**62 / 1000


def _replacing_energy() -> Insert:
    statement = upsert(ENERGY)
    return statement.on_conflict_do_update(
        index_elements=["device", "source"], set_={"millijoules_total": statement.excluded.millijoules_total}
    )


_SAVE_ENERGY = _replacing_energy()


class StateStore:
    """The open store. Every method is one transaction, safely on disk when it returns; any thread may call."""

    def __init__(self, database: Database) -> None:
        """Use ``open``."""
        self._database = database

    @classmethod
    def open(cls, path: Path, *, now: datetime, busy_timeout_ms: int = engines.BUSY_TIMEOUT_MS) -> "StateStore":
        """Open; make, bring up or begin anew as the file needs it.

        Args:
            now: what a damaged file is named after when it is set aside.

        Raises:
            ConfigError: a newer agent wrote it.
            StorageError: it is not ours, or disk or lock do not allow it.
        """
        return cls(
            engines.open_database(
                path,
                STATE,
                migrate=migrate,
                synchronous="FULL",
                now=now,
                quick_check=True,
                busy_timeout_ms=busy_timeout_ms,
            )
        )

    @property
    def set_aside(self) -> Path | None:
        """Where the damaged store went that lay at this path before: what it knew is lost to the agent."""
        return self._database.set_aside

    def load_energy(self) -> dict[tuple[str, str], float]:
        """Energy counters in joules, by device and source."""
        with self._database.reading() as connection:
            return {(device, source): total / 1000 for device, source, total in connection.execute(select(ENERGY))}

    def save_energy(self, joules_totals: Mapping[tuple[str, str], float]) -> None:
        """Keep energy counters, by device and source; those not named stay as they are. Kept to the millijoule."""
        rows = [
            {"device": device, "source": source, "millijoules_total": round(joules * 1000)}
            for (device, source), joules in joules_totals.items()
            if 0 <= joules <= _LARGEST_JOULES  # false for what is not a number
        ]
        if not rows:
            return
        with self._database.writing() as connection:
            connection.execute(_SAVE_ENERGY, rows)

    def pin(self, kind: str, key: str, value: str) -> None:
        """Keep one fact in place of what was known under its key."""
        statement = upsert(FACTS).values(kind=kind, key=key, value=value)
        with self._database.writing() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["kind", "key"], set_={"value": value}))

    def all_pinned(self) -> dict[str, dict[str, str]]:
        """Every fact, by kind and key."""
        facts: dict[str, dict[str, str]] = {}
        with self._database.reading() as connection:
            for kind, key, value in connection.execute(select(FACTS.c.kind, FACTS.c.key, FACTS.c.value)):
                facts.setdefault(kind, {})[key] = value
        return facts

    def note_done(self, job: str, period: str) -> None:
        """Keep, over all restarts, that a job is done for a period."""
        statement = upsert(JOB_RUNS).values(job=job, period=period).on_conflict_do_nothing()
        with self._database.writing() as connection:
            connection.execute(statement)

    def is_done(self, job: str, period: str) -> bool:
        """Whether a job is done for a period."""
        run = select(JOB_RUNS.c.job).where(JOB_RUNS.c.job == job, JOB_RUNS.c.period == period)
        with self._database.reading() as connection:
            return connection.execute(run).first() is not None

    def close(self) -> None:
        self._database.close()
