"""What a configuration names, and names no more: an alert of a miner that was taken out of it is nobody's. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from miner_agent.model.alerting import AlertKey

Names = Mapping[str, frozenset[str]]
_SOURCES = frozenset({"miner", "meter"})


@dataclass(frozen=True, slots=True)
class NamedSubjects:
    """By the label that tells it."""

    named: Names = field(default_factory=dict)
    found: frozenset[str] = frozenset()  # labels of what may be found too, beside what is named
    gone: Names = field(default_factory=dict)  # named by an earlier configuration of this run, and not by this one

    def following(self, before: "NamedSubjects") -> "NamedSubjects":
        """The same, knowing what the configuration before it named."""
        gone = {
            label: (before.named.get(label, frozenset()) | before.gone.get(label, frozenset())) - names
            for label, names in self.named.items()
        }
        return NamedSubjects(self.named, self.found, gone)

    def have(self, key: AlertKey) -> bool:
        """Whether what an alert is about is there, as far as a configuration says."""
        return all(self._has(label, value) for label, value in key.labels)

    def _has(self, label: str, value: str) -> bool:
        if label in {"collector", "device"}:  # a source, or SOURCE/N where a device has no other name
            source = value.partition("/")[0]
            if any(source in self.gone.get(kind, ()) for kind in _SOURCES):
                return False
        if label in self.found:
            return value not in self.gone.get(label, ())
        names = self.named.get(label)
        return names is None or value in names
