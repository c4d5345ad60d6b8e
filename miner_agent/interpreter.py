"""How Python is started, here and for children: nothing is loaded from the directory that somebody stands in.

A folder of a stranger may hold a ``queue.py``, and ``python -m`` looks there first. This module imports nothing that
is not loaded before it. It knows too how a start looks for which there is no memory.
"""

# ruff: noqa: PTH109, PTH117, PTH120  pathlib itself would be loaded from there

import os
import sys

OUT_OF_CTRL_C = 0
"""As ``process_group`` of a child: a group of its own. A terminal interrupts a whole group; the parent decides."""
EXIT_NO_ROOM = 71
NO_ROOM = (
    "miner-agent: this process may have no more memory or threads; raise its limits (ulimit -v, ulimit -u; LimitAS=, "
    "MemoryMax= and TasksMax= of a unit), or let it read less\n"
)
MORE_BYTES = 32 << 20  # more than any library takes that is loaded
_NO_MEMORY = 12  # ENOMEM, on every system that this runs on; errno would be loaded for it
_NAMED_FOR_LIBRARIES = frozenset({"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"})
_INHERITED = (("isolated", "I"), ("ignore_environment", "E"), ("no_user_site", "s"))


def child_command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command line of a child that runs ``module``: as isolated as this process was started, or more."""
    letters = "".join(letter for flag, letter in _INHERITED if getattr(sys.flags, flag))
    return (sys.executable, f"-P{letters}", "-m", module, *arguments)


def end_on_interrupt() -> None:
    """Ctrl-C ends this process at once and without a trace, unless whoever started it lets it be ignored."""
    import signal  # noqa: PLC0415  not before `leave_working_directory`

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def reload_later() -> None:
    """A request to load the configuration again is for nothing before it was loaded: it ends nobody."""
    import signal  # noqa: PLC0415  not before `leave_working_directory`

    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def end_with_parent() -> None:
    """In a child whose standard output is a pipe: end when nobody reads it any more, however the parent ended."""
    import select  # noqa: PLC0415  not what the command needs before it has left the directory
    import threading  # noqa: PLC0415

    def wait() -> None:
        reader = select.poll()
        reader.register(1, 0)  # an error is told all the same
        reader.poll()
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def take_nothing_from_environment() -> None:
    """In a child with a library of others: no proxy, password or authority that the environment or a home names."""
    for name in tuple(os.environ):
        if name.lower().endswith("_proxy") or name in _NAMED_FOR_LIBRARIES:
            del os.environ[name]
    os.environ["NETRC"] = os.devnull


def leave_working_directory() -> None:
    """Load nothing from there any more, and let no child do it. Where it holds this very package, it stays.

    ``-m`` puts it first; empty and relative entries of ``PYTHONPATH`` follow, and many a shell has an empty one from
    ``PYTHONPATH=$PYTHONPATH:/opt/tools``.
    """
    try:
        here = os.getcwd()
    except OSError:  # it is gone, and holds no module either
        return
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    named = [entry for entry in given if os.path.isabs(entry)]
    tree = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    ours = {tree, os.path.dirname(os.path.realpath(os.__file__)), *map(os.path.realpath, named)}
    strange = {os.path.realpath(entry) for entry in (here, *given) if entry not in named} - ours
    front = 1 + len(given)  # behind them stands what was installed
    sys.path[:front] = [entry for entry in sys.path[:front] if os.path.realpath(entry) not in strange]
    if sys.path and os.path.realpath(sys.path[0]) == tree and tree not in named:
        named.insert(0, tree)  # not installed: children find it as this process did
    if given != named:
        os.environ["PYTHONPATH"] = os.pathsep.join(named)


def lacks_room(error: BaseException) -> bool:
    """Whether the system, and not the agent, is what failed.

    A library that finds no room fails as one that is broken, some C code fails without a word, and the compiler takes
    what it cannot hold for a mistake of grammar: then it is the memory if there is no more to be had.
    """
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == _NO_MEMORY):
        return True
    if not isinstance(error, ImportError | SystemError | SyntaxError):
        return isinstance(error, RuntimeError) and str(error) == "can't start new thread"
    try:
        bytearray(MORE_BYTES)
    except MemoryError:
        return True
    return False


def complain_no_more() -> None:
    """What threads and Python itself write to standard error from here on goes nowhere: the last word is said."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
    except OSError:
        pass


def say_nothing_more() -> None:
    """Keep Python from writing at its end what it has no room for: that would change the exit code."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except Exception:  # noqa: BLE001, S110  what cannot be written now cannot be written later
        pass
    sys.stdout = sys.stderr = None
