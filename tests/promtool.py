"""Prometheus' own tool: what its rules say of series that a test writes down."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.requires import require_tool

STEP_SECONDS = 60
Told = float | None
"""A value of a series at one step; None: the series is not there."""


def checked(file: Path) -> None:
    """Fails where Prometheus would not load this file of rules, or has something to say about it."""
    _run("check", "rules", "--lint=all", "--lint-fatal", str(file))


def tried(folder: Path, rules: str, cases: Sequence[Mapping[str, Any]]) -> None:
    """Fails where rules say something else of the series of a case than it expects."""
    tried_together(folder, {"rules": (rules, cases)})


def tried_together(folder: Path, files: Mapping[str, tuple[str, Sequence[Mapping[str, Any]]]]) -> None:
    """The same of several files of rules, each with cases of its own, in one run."""
    tests = list[str]()
    for name, (rules, cases) in files.items():
        (folder / f"{name}.yaml").write_text(rules)
        test = {"rule_files": [f"{name}.yaml"], "evaluation_interval": f"{STEP_SECONDS}s", "tests": list(cases)}
        (folder / f"{name}.test.yaml").write_text(json.dumps(test))
        tests.append(str(folder / f"{name}.test.yaml"))
    _run("test", "rules", *tests)


def written(values: Sequence[Told]) -> str:
    """The values of a series, a step each, as the tool reads them. What is gone is gone at once, as on a page."""
    there, told = False, list[str]()
    for value in values:
        told.append(f"{value:.17g}" if value is not None else "stale" if there else "_")
        there = there or value is not None
    return " ".join(told)


def _run(*arguments: str) -> None:
    promtool = require_tool("promtool", package="prometheus")
    done = subprocess.run((promtool, *arguments), capture_output=True, text=True, timeout=120, check=False)
    said = [
        line
        for line in (done.stdout + done.stderr).splitlines()
        if line.strip() and not line.startswith(("Unit Testing", "  SUCCESS"))
    ]
    assert done.returncode == 0, "\n".join(said[:100])
