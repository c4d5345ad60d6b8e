"""One mining program or firmware a file. The name of the file is the name of the driver."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miner_agent.sources.driver import Driver


def names() -> tuple[str, ...]:
    """All driver names, sorted. Imports none of them."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.ispkg))


def products() -> Mapping[str, str]:
    """What people call each product, and the name of the driver that reads it. Imports all of them."""
    return {product: name for name in names() for product in load(name).products}


def load(name: str) -> "Driver":
    """The driver of that name, which must be one of ``names()``."""
    driver: Driver = import_module(f"{__name__}.{name}").DRIVER
    if driver.name != name:
        raise ValueError(f"drivers/{name}.py calls itself {driver.name!r}")
    return driver
