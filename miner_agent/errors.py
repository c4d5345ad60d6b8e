"""Every error that the agent raises on purpose.

    AgentError                      exit   kind
    ├── ConfigError                  78    config
    │   └── UnfitFile                78    config
    ├── NotPermitted                 77    permission
    ├── AlreadyRunning               75    locked
    ├── StorageError                 74    storage
    ├── DeliveryError                69    delivery
    └── SourceError                  69    other
        ├── Unreachable                    unreachable
        │   ├── TimedOut                   timeout
        │   │   └── DriverHangs            timeout
        │   └── JustStarted                unreachable
        ├── Refused                        refused
        │   ├── AuthRefused                auth
        │   │   └── Challenged             auth
        │   └── Throttled                  refused
        ├── BadPayload                     parse
        ├── Excessive                      parse
        ├── LibraryNotFound                library_not_found
        ├── DriverNotLoaded                driver_not_loaded
        ├── DriverLibraryMismatch          driver_library_mismatch
        ├── SensorPermission               permission
        ├── DeviceLost                     lost
        └── Mistake                        other

``kind`` is the word in ``once --json`` and in the label ``reason`` of the error metrics. Calculators raise
``ValueError`` only. Whatever else is raised is a bug and shows itself.
"""

from typing import ClassVar


class AgentError(Exception):
    """Something the agent knows how to say in one sentence."""

    kind: ClassVar[str] = "other"
    exit_code: ClassVar[int] = 1


class ConfigError(AgentError):
    """The configuration says something that cannot be done; its owner must edit it."""

    kind = "config"
    exit_code = 78


class NotPermitted(AgentError):
    """This user may not do that."""

    kind = "permission"
    exit_code = 77


class AlreadyRunning(AgentError):
    """Somebody else holds the state directory or the port."""

    kind = "locked"
    exit_code = 75


class StorageError(AgentError):
    """A file or database of ours cannot be read or written."""

    kind = "storage"
    exit_code = 74


class DeliveryError(AgentError):
    """A channel did not take what it was to send.

    ``retry``: it may yet. ``delivered``: so many of them it took. ``retry_after_seconds``: how long it wants to be left
    alone, where it says.
    """

    kind = "delivery"
    exit_code = 69

    def __init__(
        self, sentence: str, *, retry: bool = True, delivered: int = 0, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.retry, self.delivered, self.retry_after_seconds = retry, delivered, retry_after_seconds


def not_written(place: str, error: OSError | ValueError, advice: str) -> NotPermitted | StorageError:
    """Why a file or folder cannot be written: this user may not, or the disk cannot. ``advice`` says what to do.

    >>> type(not_written("new", PermissionError(13, "Permission denied"), "name another")).__name__
    'NotPermitted'
    >>> str(not_written("new", OSError(28, "No space left on device"), "name another"))
    'new: no space left on device; name another'
    """
    kind = NotPermitted if isinstance(error, PermissionError) else StorageError
    return kind(f"{place}: {(getattr(error, 'strerror', None) or str(error)).lower()}; {advice}")


class SourceError(AgentError):
    """One source did not give a reading this tick."""

    kind = "other"
    exit_code = 69


class Unreachable(SourceError):
    """Nobody answers there."""

    kind = "unreachable"


class TimedOut(Unreachable):
    """No whole answer before the deadline."""

    kind = "timeout"


class DriverHangs(TimedOut):
    """A driver of this machine has not answered for so long that it will hardly do so any more."""


class JustStarted(Unreachable):
    """It is there again, and is not asked yet: its owner wants it left alone for a while after its start."""


class Refused(SourceError):
    """It answered, and the answer was no."""

    kind = "refused"


class AuthRefused(Refused):
    """It wants a token, or another one."""

    kind = "auth"


class Challenged(AuthRefused):
    """It wants to know who asks. ``challenges``: what stands in ``WWW-Authenticate``."""

    def __init__(self, sentence: str, challenges: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.challenges = challenges


class Throttled(Refused):
    """It was asked too often. ``retry_after_seconds``: how long it wants to be left alone, where it says."""

    kind = "refused"

    def __init__(self, sentence: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds


class Unquoted(str):
    """What is said of a value in an error in its place: the value may be an account or a password."""

    __slots__ = ()


class BadPayload(SourceError):
    """An answer came that its parser does not understand. What it holds inside lists and objects is not quoted."""

    kind = "parse"

    def __init__(self, path: str, got: object, expected: str) -> None:
        self.path, self.expected = path, expected
        self.got = _shown(got)
        super().__init__(f"{path} is {self.got}; expected {expected}")


class Excessive(SourceError):
    """What it answers is more work than one source's answers may be; none of it is read."""

    kind = "parse"


def _shown(got: object) -> str:
    match got:
        case Unquoted():
            return str(got)
        case dict():
            return "an object"
        case list():
            return "a list"
        case None:
            return "missing"
        case bool():
            return str(got).lower()
        case _:
            shown = ascii(got)
            return shown if len(shown) <= 60 else shown[:57] + "..."


class LibraryNotFound(SourceError):
    """The driver's library is not installed."""

    kind = "library_not_found"


class DriverNotLoaded(SourceError):
    """The kernel module is not loaded."""

    kind = "driver_not_loaded"


class DriverLibraryMismatch(SourceError):
    """Kernel module and library are of different versions; a reboot mends it."""

    kind = "driver_library_mismatch"


class SensorPermission(SourceError):
    """The sensor is there, and this user may not read it."""

    kind = "permission"


class DeviceLost(SourceError):
    """The device does not answer its driver any more."""

    kind = "lost"


class Mistake(SourceError):
    """The agent itself is wrong, and what it gave cannot be used. ``__cause__`` is what was raised."""

    kind = "other"

    @classmethod
    def of(cls, bug: Exception) -> "Mistake":
        found = cls(f"a mistake in the agent itself: {type(bug).__name__}; its log says where")
        found.__cause__ = bug
        return found


MINER_REASONS = ("unreachable", "timeout", "refused", "auth", "parse", "other")
"""What keeps a miner or a meter from giving a reading: the bounded values of the label ``reason``."""

COLLECTOR_REASONS = (
    "library_not_found",
    "driver_not_loaded",
    "driver_library_mismatch",
    "permission",
    "lost",
    "timeout",
    "parse",
    "other",
)
"""The same for a collector."""


def said_of(source: str, error: SourceError, hint: str = "") -> SourceError:
    """The same error, its sentence opened by the source's name and closed by what to do; it is kept for a while."""
    error.args = (f"{source}: {error}{f'. {hint}' if hint else ''}",)
    return without_frames(error)


def without_frames(error: SourceError) -> SourceError:
    """The same error without the calls that it came out of: they hold the whole answer, as long as it is kept."""
    error.__traceback__ = error.__context__ = None
    if error.__cause__ is not None:
        error.__cause__.__traceback__ = error.__cause__.__context__ = None
    return error
