"""Brings what was logged under other words for an algorithm under the one that we use.

A name that is new to the log keeps its rows and its number. Where both names are there already, the rows of the other
are added to those of ours: a bucket that both have part in counts both. Of one tick only one can be right: ours stays.
"""

import json
import sqlite3

from miner_agent.model.algorithms import Algorithms
from miner_agent.storage.telemetry.schema import LEVELS, RAW, LogTable

Name = tuple[str, str, str | None, str]  # rig, miner, device, algorithm


def is_needed(connection: sqlite3.Connection, algorithms: Algorithms) -> bool:
    """Whether something is logged under another word than ours."""
    return any(_planned(connection, algorithms))


def rename_algorithms(connection: sqlite3.Connection, algorithms: Algorithms) -> None:
    """Rename and add up what needs it."""
    renamed, merged = _planned(connection, algorithms)
    of_works = [table for level in LEVELS for table in (level.work, level.miners, level.rates) if table is not None]
    for table in of_works if merged else ():
        _merge(connection, table, merged)
    connection.executemany("DELETE FROM workloads WHERE id = ?", [(number,) for number in merged])
    connection.executemany(
        "UPDATE workloads SET algorithm = ? WHERE id = ?", [(name, number) for number, name in renamed.items()]
    )


def _planned(connection: sqlite3.Connection, algorithms: Algorithms) -> tuple[dict[int, str], dict[int, int]]:
    """By its number: what is to be called otherwise, and what is to be added to which other."""
    rows = connection.execute("SELECT rig, miner, device, algorithm, id FROM workloads ORDER BY id").fetchall()
    numbers: dict[Name, int] = {(rig, miner, device, word): number for rig, miner, device, word, number in rows}
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


def _merge(connection: sqlite3.Connection, table: LogTable, merged: dict[int, int]) -> None:
    """Add the rows of each of these workloads to those of the one that it belongs to."""
    moved = ", ".join("ours" if column == "workload" else column for column in table.columns)
    sums = ", ".join(f"{column} = {_both(column)}" for column in table.measured)
    moving = (
        "WITH kept (theirs, ours) AS MATERIALIZED (SELECT CAST(key AS INTEGER), value FROM json_each(:merged))"  # noqa: S608 - our names
        f" INSERT INTO {table.name} ({', '.join(table.columns)})"
        f" SELECT {moved} FROM {table.name} CROSS JOIN kept ON workload = theirs WHERE true"
        f" ON CONFLICT ({', '.join(table.key)}) DO {'NOTHING' if table is RAW.work else f'UPDATE SET {sums}'}"
    )
    gone = f"DELETE FROM {table.name} WHERE workload IN (SELECT CAST(key AS INTEGER) FROM json_each(:merged))"  # noqa: S608 - our name
    for statement in (moving, gone):
        connection.execute(statement, {"merged": json.dumps(merged)})


def _both(column: str) -> str:
    """One value for what two rows say of one bucket; of what one does not say the other's."""
    here, there = column, f"excluded.{column}"
    if column.endswith("_min"):
        whole = f"min({here}, {there})"
    elif column.endswith("_max"):
        whole = f"max({here}, {there})"
    else:
        whole = f"{here} + {there}"
    return f"coalesce({whole}, {here}, {there})"
