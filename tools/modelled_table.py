"""Writes ``miner_agent/tables/modelled.json`` anew: the model of ``calculators/equipment/hardware_model.py``, fitted again.

Run it after a change of the model or of a figure of a card or a processor in ``hardware.toml``.
"""

import json
import sys
from dataclasses import astuple

from calculators.equipment.hardware_model import ALGORITHMS, COVERAGE_RATIO, HardwareModel
from miner_agent.tables.hardware_table import cited_hardware
from miner_agent.tables.modelled_figures import FILE


def written() -> str:
    """The file's text."""
    cited = cited_hardware()
    model = HardwareModel(cited.values())
    coverage = model.coverage().values()
    fitted_on = [
        figure.dated
        for device in cited.values()
        for figure in device.benchmarks
        if device.specification is not None and figure.algorithm in ALGORITHMS[device.kind]
    ]
    head = {
        "dated": max(fitted_on).isoformat(),
        "coverage_ratio": COVERAGE_RATIO,
        "held": sum(each.held_count for each in coverage),
        "of": sum(each.count for each in coverage),
    }
    lines = [
        f"    {json.dumps(slug)}: {json.dumps(figures)}"
        for slug, device in cited.items()
        if (figures := {name: _six(astuple(figure)) for name, figure in model.figures(device).items()})
    ]
    told = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items())
    return f'{{\n{told},\n  "figures": {{\n' + ",\n".join(lines) + "\n  }\n}\n"


def _six(figure: tuple[float, ...]) -> list[float]:
    return [float(f"{value:.4g}") for value in figure]


if __name__ == "__main__":
    text = written()
    if "--check" in sys.argv:
        sys.exit(FILE.read_text() != text)
    FILE.write_text(text)
