"""One test of many cases: for where it costs more to set a test up than to ask what it asks."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

Test = Callable[..., None]


def for_each(
    names: str | Sequence[str], cases: Iterable[Any], *, ids: Callable[[Any], str] = repr
) -> Callable[[Test], Test]:
    """As ``pytest.mark.parametrize``, in one test: it goes through all of the cases and names each that fails.

    They share its fixtures: what one of them leaves in a folder is there for the next.
    """
    every = list(cases)
    parameters = [names] if isinstance(names, str) else list(names)

    def of_each(test: Test) -> Test:
        signature = inspect.signature(test)
        fixtures = [parameter for name, parameter in signature.parameters.items() if name not in parameters]

        @wraps(test)
        def asked(**given: object) -> None:
            assert every, "there is no case"
            failed: dict[str, Exception] = {}
            for number, case in enumerate(every):
                values = dict(zip(parameters, [case] if isinstance(names, str) else case, strict=True))
                try:
                    test(**values, **given)
                except Exception as error:  # noqa: BLE001 - it fails the test, behind the other cases
                    error.add_note(f"case {number}: {ids(case)}")
                    failed[f"{number} ({ids(case)})"] = error
            if failed:
                told = f"{len(failed)} of {len(every)} cases fail: {', '.join(failed)}"
                raise ExceptionGroup(told, list(failed.values()))

        asked.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return asked

    return of_each
