"""Holds what the web serves: rendered once a tick by one thread, read by another."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsPage:
    """One tick's metrics, rendered in both formats."""

    text: bytes  # Prometheus text format 0.0.4
    openmetrics: bytes  # OpenMetrics 1.0.0


class Pages:
    """The newest page, and whether the agent is ready.

    Writer and reader share one attribute that points to an immutable value. Swapping it is atomic: a reader
    has the whole old page or the whole new one, and waits for nobody.
    """

    def __init__(self, is_ready: Callable[[], str | None]) -> None:
        """
        Args:
            is_ready: None when ready, else the reason why not, as one sentence. It is called in the web
                thread on each question, so it only looks at what is already known.
        """
        self._is_ready = is_ready
        self._current: tuple[MetricsPage, Callable[[], MetricsPage] | None] | None = None

    def publish(
        self, text: bytes, openmetrics: bytes, *, without_readings: Callable[[], MetricsPage] | None = None
    ) -> None:
        """Serve these bytes from now on; what ``without_readings`` makes in their place once the agent is not ready.

        A sampling loop that has stopped leaves its last page behind: nobody shall take it for the present.
        """
        self._current = (MetricsPage(text=text, openmetrics=openmetrics), without_readings)

    @property
    def current(self) -> MetricsPage | None:
        """What is served now; None before the first page."""
        if self._current is None:
            return None
        page, without_readings = self._current
        return page if without_readings is None or self._is_ready() is None else without_readings()

    def reason_not_ready(self) -> str | None:
        """None when ready, else the reason why not."""
        return self._is_ready()
