"""A process that takes its errand and never comes back: in the place of the one that asks feeds."""

import signal

if __name__ == "__main__":
    signal.pause()
