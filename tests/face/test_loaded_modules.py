"""What a daemon with its face loads, and what stays out of its memory."""

import subprocess
import sys

import pytest

HEAVY = (
    "numpy",
    "rich",
    "sqlalchemy",
    "alembic",
    "xml.sax",
    "sqlite3.dump",
    "jinja2",
    "unittest",
    "pydoc",
)
CODE = f"""
import importlib, pkgutil, sys
import miner_agent.face, miner_agent.service.daemon, miner_agent.views, miner_agent.web
for package in (miner_agent.face, miner_agent.views, miner_agent.web):
    for one in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(one.name)
print(*({set(HEAVY)} & set(sys.modules)))
"""


@pytest.mark.thorough
def test_every_page_and_document_together_load_nothing_heavy() -> None:
    run = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)

    assert run.stdout.split() == []
