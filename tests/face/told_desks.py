"""The desks behind a face, of which one at most has something to tell."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from miner_agent.economy import feed_child
from miner_agent.economy.messages import Errand
from miner_agent.economy.settings import Settings
from miner_agent.face.books_desk import BooksDesk
from miner_agent.face.desks import Desks
from miner_agent.face.known import Known
from miner_agent.face.page.page_answers import PageAnswers
from miner_agent.face.page.static_files import StaticFiles
from miner_agent.face.past.past_desk import PastDesk
from miner_agent.face.question_desk import QuestionDesk
from miner_agent.face.supposing_desk import SupposingDesk
from miner_agent.profit.measured import rig_as_measured
from miner_agent.supposing.supposed_inputs import SupposedInputs
from miner_agent.supposing.supposing_errand import SupposingErrand, supposing_bytes


def desks(
    past: QuestionDesk | None = None, supposing: QuestionDesk | None = None, books: QuestionDesk | None = None
) -> Desks:
    """Those, and in the place of what is left away one that knows nothing."""
    return Desks(
        past=past or PastDesk(Path("there-is-none.db")),
        supposing=supposing or SupposingDesk(lambda _inputs: None),
        books=books or BooksDesk(Path("there-is-none")),
    )


@cache
def pages() -> PageAnswers:
    """The pages with nothing behind them. To make them takes half a second, which no worker takes that asks none."""
    return PageAnswers(StaticFiles.read(), desks())


def supposing_errand(known: Known | None, inputs: SupposedInputs) -> bytes | None:
    """What an agent with files for feeds would have computed from."""
    if known is None:
        return None
    loaded, now = known.loaded, known.snapshot.taken_at
    settings = Settings.of(loaded)
    rig = rig_as_measured(known.snapshot, hardware=settings.hardware, algorithms=settings.algorithms)
    with TemporaryDirectory() as folder:
        errand = Errand(
            now=now, state_directory=Path(folder), catalog_file=loaded.catalog_file, feeds=tuple(loaded.feeds)
        )
        returns = tuple(zip(loaded.feeds, feed_child.ask(errand), strict=True))
    return supposing_bytes(SupposingErrand.of(inputs, loaded, credentials=None, rig=rig, returns=returns, now=now))
