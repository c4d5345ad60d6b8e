"""Asks a Prometheus, or what answers as one does, such as VictoriaMetrics. Its answers are somebody else's text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from miner_agent.errors import AuthRefused, BadPayload, SourceError
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.sources.reading_budget import ReadingBudget
from miner_agent.text import clean_text
from miner_agent.transport.service_calls import ServiceAddress, ask

ANSWER_SECONDS = 25.0  # a raw look at a thousand rigs takes a busy machine some
MOST_BYTES = 32 << 20  # one series each of ten thousand rigs is 3 MB
MOST_STEPS = 16 << 20


@dataclass(frozen=True, slots=True)
class ToldValue:
    """What one series is now."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class ToldCourse:
    """What one series was: a value a step, the last one of now; ``None`` where there is none."""

    labels: Mapping[str, str]
    values: tuple[float | None, ...]


class AskedPrometheus:
    """Asks one, each question by itself."""

    def __init__(self, address: ServiceAddress) -> None:
        self._address = address
        self._clock_seconds: float | None = None

    def answered(self, query: str) -> tuple[ToldValue, ...]:
        """What it says now. What is not a finite number is left out.

        Raises:
            SourceError: it gives no answer that can be understood.
        """
        return tuple(
            ToldValue(_labels(one), value)
            for one in self._result("/api/v1/query", query=query).items()
            if (value := one.number_or_none("value", 1)) is not None
        )

    def over(self, query: str, *, seconds: float, steps: int) -> tuple[ToldCourse, ...]:
        """What it says of the last ``seconds``, in so many steps, by its own clock.

        Raises:
            SourceError: it gives no answer that can be understood.
        """
        step_seconds = seconds / steps
        now_seconds = self._now_seconds()
        begin_seconds = now_seconds - (steps - 1) * step_seconds
        span = {"start": f"{begin_seconds:.3f}", "end": f"{now_seconds:.3f}", "step": f"{step_seconds:.3f}"}
        found = self._result("/api/v1/query_range", query=query, **span)
        courses = list[ToldCourse]()
        for one in found.items():
            values: list[float | None] = [None] * steps
            for pair in one.items("values"):
                at_seconds = pair.number_or_none(0)
                place = -1 if at_seconds is None else round((at_seconds - begin_seconds) / step_seconds)
                if 0 <= place < steps:
                    values[place] = pair.number_or_none(1)
            courses.append(ToldCourse(_labels(one), tuple(values)))
        return tuple(courses)

    def _now_seconds(self) -> float:
        if self._clock_seconds is None:
            told = self.answered("vector(time())")
            if not told:
                raise BadPayload(f"{self._address.endpoint}: vector(time())", None, "a moment")
            self._clock_seconds = told[0].value
        return self._clock_seconds

    def _result(self, path: str, **question: str) -> Doc:
        name = str(self._address.endpoint)
        try:
            raw = ask(
                self._address.below(f"{path}?{urlencode(question)}"),
                deadline_seconds=ANSWER_SECONDS,
                most_bytes=MOST_BYTES,
            )
        except AuthRefused:
            raise AuthRefused(
                f"{name}: it wants a user and a password, or others: --user NAME --password-file FILE"
            ) from None
        if raw is None:
            raise SourceError(f"{name}: there is no {path} at that address; name the one of a Prometheus")
        answer = Payloads({name: raw}, ReadingBudget(MOST_STEPS)).json(name)
        answer.shaped("status", "data")
        return answer.at("data", "result")


def _labels(one: Doc) -> dict[str, str]:
    return dict(_cleaned(one))


def _cleaned(one: Doc) -> Iterator[tuple[str, str]]:
    for name, place in one.entries("metric"):
        text = place.text_or_none()
        if text is not None:
            yield clean_text(name), clean_text(text)
