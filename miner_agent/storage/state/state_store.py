"""What must survive a restart: counters, pinned facts, how well the clock ran, and which jobs have run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Delete,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert

from miner_agent.model.clock_mark import ClockMark
from miner_agent.model.kept_counter import KeptCounter
from miner_agent.storage.sqlite import engine as engines
from miner_agent.storage.sqlite.connecting import BUSY_TIMEOUT_MS
from miner_agent.storage.sqlite.engine import Database, Prepared
from miner_agent.storage.sqlite.kinds import STATE
from miner_agent.storage.sqlite.migrate import migrate
from miner_agent.storage.sqlite.sqlite_file import Identity
from miner_agent.storage.state.counter_book import CounterPage, RigCounterKey

METADATA = MetaData()
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
COUNTERS = Table(
    "counters",
    METADATA,
    Column("rig", Text, primary_key=True),  # empty: this machine
    Column("device", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("counted", _NUMBER, nullable=False),
    Column("floor", _NUMBER, nullable=False),
    Column("ceiling", _NUMBER, nullable=False),
    Column("told_by", Text),  # miner, meter or collector; None: an earlier version wrote it
    Column("run", _NUMBER),  # in which it was counted last
)
RUNS = Table("runs", METADATA, Column("number", _NUMBER, nullable=False))  # how many there were, one row
FACTS = Table(
    "facts",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
BOOT = Table("boot", METADATA, Column("boot_id", Text, nullable=False))  # of the last run, one row
CLOCK = Table(
    "clock",  # as the last run left it, one row
    METADATA,
    Column("boot_id", Text),
    Column("taken_at", _NUMBER, nullable=False),  # [ms]
    Column("monotonic_ms", _NUMBER, nullable=False),
    Column("even_ms", _NUMBER, nullable=False),
)
JOB_RUNS = Table(
    "job_runs",
    METADATA,
    Column("job", Text, primary_key=True),
    Column("period", Text, primary_key=True),
)

COUNTERS_A_SOURCE = 1024  # each of the 256 names that it may have in a run, counted in four ways
_LATEST_MS = 253_402_300_799_999  # in the year 9999


def _replacing_counter() -> Insert:
    statement = upsert(COUNTERS)
    counted = {name: statement.excluded[name] for name in ("counted", "floor", "ceiling")}
    seen = {name: func.coalesce(statement.excluded[name], COUNTERS.c[name]) for name in ("told_by", "run")}
    return statement.on_conflict_do_update(index_elements=["rig", "device", "source"], set_=counted | seen)


def _replacing_fact() -> Insert:
    statement = upsert(FACTS)
    return statement.on_conflict_do_update(index_elements=["kind", "key"], set_={"value": statement.excluded.value})


def _forgetting_counters() -> Delete:
    """Of each source the counters that were not counted for longest, then the least."""
    age = func.row_number().over(
        partition_by=[COUNTERS.c.rig, COUNTERS.c.told_by],
        order_by=[COUNTERS.c.run.desc().nulls_last(), COUNTERS.c.counted.desc()],
    )
    key = (COUNTERS.c.rig, COUNTERS.c.device, COUNTERS.c.source)
    aged = select(*key, age.label("age")).subquery()
    oldest = select(aged.c.rig, aged.c.device, aged.c.source).where(aged.c.age > COUNTERS_A_SOURCE)
    return delete(COUNTERS).where(tuple_(*key).in_(oldest))


_FORGET_OLDEST = _forgetting_counters()
_SHOWN_AT_MOST = case(
    (COUNTERS.c.counted > COUNTERS.c.floor, COUNTERS.c.counted),
    else_=COUNTERS.c.floor,
)


class StateStore:
    """The open store. Every method is one transaction, safely on disk when it returns but where it says otherwise."""

    def __init__(self, database: Database) -> None:
        """Use ``open``."""
        self._database, self._run = database, 0
        self._versions: tuple[int, int] | None = None  # of the data and of the tables, as SQLite counts them
        self._save_counter, self._pin = Prepared(_replacing_counter()), Prepared(_replacing_fact())
        forgetting = delete(FACTS).where(FACTS.c.kind == bindparam("of"), FACTS.c.key == bindparam("named"))
        self._forget = Prepared(forgetting)

    @classmethod
    def open(cls, path: Path, *, now: datetime, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "StateStore":
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

    @property
    def identity(self) -> Identity | None:
        """Which file it was when it was opened."""
        return self._database.identity

    def has_another_written(self) -> bool:
        """Whether another connection has committed since this was asked last, and left the tables as they are.

        A command does so that keeps where the books end.
        """
        with self._database.reading() as connection:
            commits = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
            tables = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
        known, self._versions = self._versions, (commits, tables)
        return known is not None and commits != known[0] and tables == known[1]

    def begin_run(self, boot_id: str | None) -> dict[RigCounterKey, KeptCounter]:
        """The counters of earlier runs. What the last one wrote last was lost where the machine went down meanwhile.

        A source that gives its devices other names at each start would fill the disk: of the counters that one source
        told of, those that were not counted for longest are forgotten. No other source's are.

        Args:
            boot_id: tells this boot of the machine from every other; ``None``: nothing does.
        """
        with self._database.writing() as connection:
            if boot_id is None or connection.execute(select(BOOT.c.boot_id)).scalar() != boot_id:
                connection.execute(update(COUNTERS).values(floor=COUNTERS.c.ceiling))
                connection.execute(delete(BOOT))
                if boot_id is not None:
                    connection.execute(insert(BOOT).values(boot_id=boot_id))
            connection.execute(update(RUNS).values(number=RUNS.c.number + 1))
            self._run = connection.execute(select(RUNS.c.number)).scalar_one()
            connection.execute(_FORGET_OLDEST)
            rows = connection.execute(select(*list(COUNTERS.c)[:6])).all()
        return {(rig, device, source): KeptCounter(*counts) for rig, device, source, *counts in rows}

    def save_counters(self, page: CounterPage) -> None:
        """Keep these counters; the others stay as they are. It waits for the disk only where the page asks for that."""
        rows = [
            {
                "rig": rig,
                "device": device,
                "source": source,
                "counted": row.counted,
                "floor": row.floor,
                "ceiling": row.ceiling,
                "told_by": page.told_by.get((rig, device, source)),
                "run": self._run if (rig, device, source) in page.told_by else None,
            }
            for (rig, device, source), row in page.rows.items()
        ]
        if rows:
            with self._database.writing() if page.synced else self._database.writing_unsynced() as connection:
                self._save_counter.run_each(connection, rows)

    def end_run(self) -> None:
        """Nothing is shown any more: whoever comes next begins where the counters stand."""
        with self._database.writing() as connection:
            connection.execute(update(COUNTERS).values(ceiling=_SHOWN_AT_MOST))

    def clock_mark(self) -> ClockMark | None:
        """Where the last run left the wall clock."""
        with self._database.reading() as connection:
            row = connection.execute(select(CLOCK)).first()
        if row is None or not 0 <= row.taken_at <= _LATEST_MS:
            return None
        return ClockMark(
            boot_id=row.boot_id,
            at=datetime.fromtimestamp(row.taken_at / 1000, UTC),
            steady_seconds=row.monotonic_ms / 1000,
            even_seconds=row.even_ms / 1000,
        )

    def note_clock(self, mark: ClockMark) -> None:
        """Keep where the wall clock is now, in place of what was known. Does not wait for the disk."""
        with self._database.writing_unsynced() as connection:
            connection.execute(delete(CLOCK))
            connection.execute(
                insert(CLOCK).values(
                    boot_id=mark.boot_id,
                    taken_at=round(mark.at.timestamp() * 1000),
                    monotonic_ms=round(mark.steady_seconds * 1000),
                    even_ms=round(mark.even_seconds * 1000),
                )
            )

    def pin(self, facts: Mapping[tuple[str, str], str | None]) -> None:
        """Keep these facts, by kind and key, each in place of what was known under its key; ``None``: nothing is."""
        with self._database.writing() as connection:
            kept = {pin: value for pin, value in facts.items() if value is not None}
            self._pin.run_each(
                connection, [{"kind": kind, "key": key, "value": value} for (kind, key), value in kept.items()]
            )
            self._forget.run_each(connection, [{"of": kind, "named": key} for kind, key in facts.keys() - kept.keys()])

    def pinned(self, kind: str) -> dict[str, str]:
        """The facts of one kind, by key, whoever wrote them."""
        with self._database.reading() as connection:
            rows = connection.execute(select(FACTS.c.key, FACTS.c.value).where(FACTS.c.kind == kind)).all()
        return {row.key: row.value for row in rows}

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
