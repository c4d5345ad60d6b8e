"""A database as SQLAlchemy sees it: for the migrations, which run in a process of their own."""

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from miner_agent.storage.sqlite.connecting import Synchronous, connect


def build_engine(path: Path, *, synchronous: Synchronous = "FULL") -> Engine:
    """An engine of one connection, whose transactions are SQLite's own, schema changes included."""

    def connected() -> sqlite3.Connection:
        return connect(path, synchronous=synchronous)

    engine = create_engine("sqlite+pysqlite://", creator=connected, poolclass=StaticPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
