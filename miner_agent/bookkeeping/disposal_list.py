"""The disposals of a year as Form 8949 wants them, beside what brokers told."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calculators.books.exact import fraction_sum
from calculators.books.form_8949 import (
    BrokerComparison,
    BrokerRow,
    Form8949Row,
    OwnSale,
    Reported,
    compare_with_broker,
    form_8949_rows,
)
from calculators.books.movements import Disposal, Piece
from calculators.books.tax_year import BookYear, day_of, instants_of
from miner_agent.bookkeeping.kept_figures import figures_of
from miner_agent.model.book.whole_book import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalList:
    """The list, and how it compares with a broker's."""

    book: Book
    year: BookYear
    rows: Sequence[Form8949Row]
    comparison: Sequence[BrokerComparison]

    def of_box(self, box: str) -> list[Form8949Row]:
        return [row for row in self.rows if row.box == box]

    @property
    def boxes(self) -> list[str]:
        """Those that have rows."""
        return sorted({row.box for row in self.rows})


def disposal_list(book: Book, year: BookYear, broker: Iterable[BrokerRow] = ()) -> DisposalList:
    """Lists the disposals of a year; those that a broker told of stand in its boxes.

    Args:
        book: of the United States.
        year: one of its tax years, or all.
        broker: the rows of Forms 1099-DA.

    Raises:
        ValueError: the book is of another country.
    """
    if book.terms.country != "US":
        raise ValueError(f"Form 8949 is of the United States; book {book.name} is kept for {book.terms.country}")
    zone = book.terms.zone
    start, end = instants_of(year, zone)
    pieces = [piece for piece in figures_of(book).pieces if start <= piece.disposed_at < end]
    broker = list(broker)
    comparison = compare_with_broker(broker, _own_sales(book, pieces)) if broker else []
    reported: dict[str, Reported] = {
        one.own.disposal_id: "without basis" if one.broker.basis is None else "with basis"
        for one in comparison
        if one.own is not None and one.broker is not None
    }
    return DisposalList(
        book=book,
        year=year,
        rows=form_8949_rows(pieces, zone=zone, reported=reported),
        comparison=comparison,
    )


def _own_sales(book: Book, pieces: Iterable[Piece]) -> Iterable[OwnSale]:
    """What a broker may know of: sales and swaps. Fees of the network and what was spent it does not see."""
    parts: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        parts[piece.disposal_id].append(piece)
    for movement in book.movements:
        if isinstance(movement, Disposal) and movement.kind in {"sale", "swap_out"} and movement.id in parts:
            of_it = parts[movement.id]
            known = [piece.basis for piece in of_it if piece.basis is not None]
            yield OwnSale(
                disposal_id=movement.id,
                asset=movement.asset,
                amount=movement.amount,
                sold=day_of(movement.at, book.terms.zone),
                proceeds=movement.proceeds,
                basis=fraction_sum(known) if len(known) == len(of_it) else None,
            )
