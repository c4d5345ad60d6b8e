"""A process that takes its errand and never comes back: in the place of the one that asks feeds."""

import time

if __name__ == "__main__":
    time.sleep(600)
