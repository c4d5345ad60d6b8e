"""Which labels a published metric has."""

from collections.abc import Mapping
from functools import lru_cache

from exporters.alerts.conditions import Labels, Series
from exporters.sections import SECTIONS


def labels_of(asked: Series) -> Labels:
    """The labels by which the series that are asked for can be told apart."""
    return tuple(label for label in _published().get(asked.name, ()) if label not in asked.over)


@lru_cache(maxsize=1)
def _published() -> Mapping[str, Labels]:
    return {spec.name: (*section.keys, *spec.labels) for section in SECTIONS for spec in section.specs}
