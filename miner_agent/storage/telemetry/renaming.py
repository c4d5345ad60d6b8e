"""Brings what was logged under other words for an algorithm under the one that we use.

A name that is new to the log keeps its rows and its number. Where both names are there already, the rows of the other
are added to those of ours: a bucket that both have part in counts both. Of one tick only one can be right: ours stays.
"""

from collections.abc import Iterable

from sqlalchemy import Column, Table, case, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from miner_agent.model.algorithms import Algorithms
from miner_agent.storage.telemetry.schema import LEVELS, RAW, WORKLOADS

Name = tuple[str, str, str | None, str]  # rig, miner, device, algorithm


def is_needed(connection: Connection, algorithms: Algorithms) -> bool:
    """Whether something is logged under another word than ours."""
    return any(_planned(connection, algorithms))


def rename_algorithms(connection: Connection, algorithms: Algorithms) -> None:
    """Rename and add up what needs it."""
    renamed, merged = _planned(connection, algorithms)
    for table in (level.work for level in LEVELS) if merged else ():
        _merge(connection, table, merged)
    if merged:
        connection.execute(delete(WORKLOADS).where(WORKLOADS.c.id.in_(merged)))
    for number, algorithm in renamed.items():
        connection.execute(update(WORKLOADS).where(WORKLOADS.c.id == number).values(algorithm=algorithm))


def _planned(connection: Connection, algorithms: Algorithms) -> tuple[dict[int, str], dict[int, int]]:
    """By its number: what is to be called otherwise, and what is to be added to which other."""
    rows = connection.execute(select(WORKLOADS).order_by(WORKLOADS.c.id)).all()
    numbers: dict[Name, int] = {(row.rig, row.miner, row.device, row.algorithm): row.id for row in rows}
    renamed: dict[int, str] = {}
    merged: dict[int, int] = {}
    for (rig, miner, device, word), number in list(numbers.items()):
        ours = algorithms.spelled(word)
        if ours == word:
            continue
        kept = numbers.setdefault((rig, miner, device, ours), number)
        if kept == number:
            renamed[number] = ours
        else:
            merged[number] = kept
    return renamed, merged


def _merge(connection: Connection, table: Table, merged: dict[int, int]) -> None:
    kept = case(merged, value=table.c.workload).label("workload")
    columns = [kept if column.name == "workload" else column for column in table.c]
    moving = select(*columns).where(table.c.workload.in_(merged))
    added = upsert(table).from_select([column.name for column in table.c], moving)
    if table is RAW.work:
        connection.execute(added.on_conflict_do_nothing())
    else:
        sums = {column.name: _both(column, added.excluded[column.name]) for column in _counted(table)}
        connection.execute(added.on_conflict_do_update(index_elements=["taken_at", "workload"], set_=sums))
    connection.execute(delete(table).where(table.c.workload.in_(merged)))


def _counted(table: Table) -> Iterable[Column[float]]:
    return (column for column in table.c if not column.primary_key)


def _both(here: Column[float], there: ColumnElement[float]) -> ColumnElement[float]:
    """One value for what two rows say of one bucket; of what one does not say the other's."""
    if here.name.endswith("_min"):
        whole: ColumnElement[float] = func.min(here, there)
    elif here.name.endswith("_max"):
        whole = func.max(here, there)
    else:
        whole = here + there
    return func.coalesce(whole, here, there)
