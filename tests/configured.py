"""The driver of a capture, as the meter that it was taken from was configured."""

import tomllib
from pathlib import Path

from miner_agent import drivers
from miner_agent.sources.driver import Driver, MeterOptions


def driver_of(folder: Path) -> Driver:
    driver = drivers.load(folder.parent.name)
    options = tomllib.loads((folder / "meta.toml").read_text()).get("options", {})
    return driver.configured(MeterOptions(**options)) if driver.configured is not None else driver
