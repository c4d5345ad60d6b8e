"""Who answers questions of pages and documents that take longer than a moment."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from miner_agent.economy.economy_keeper import EconomyKeeper
from miner_agent.face.books_desk import BooksDesk
from miner_agent.face.desks import Desks
from miner_agent.face.past.past_desk import PastDesk
from miner_agent.face.supposing_desk import SupposingDesk
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.supposing.supposed_inputs import SupposedInputs


@contextmanager
def asking_desks(directory: Path, environment: Mapping[str, str], economy: EconomyKeeper) -> Iterator[Desks]:
    """The desks of an agent. Each starts its thread with its first question."""

    def errand(inputs: SupposedInputs) -> bytes | None:
        material = economy.material()
        if material is None:
            return None
        from miner_agent.supposing.supposing_errand import (  # noqa: PLC0415 - few ask, and it loads a lot
            SupposingErrand,
            supposing_bytes,
        )

        credentials = environment.get("CREDENTIALS_DIRECTORY")
        return supposing_bytes(
            SupposingErrand.of(
                inputs,
                material.loaded,
                credentials=credentials,
                rig=material.rig,
                returns=material.returns,
                now=material.now,
            )
        )

    with (
        closing(PastDesk(directory / TELEMETRY_FILE)) as past,
        closing(SupposingDesk(errand)) as supposing,
        closing(BooksDesk(directory)) as books,
    ):
        yield Desks(past=past, supposing=supposing, books=books)
