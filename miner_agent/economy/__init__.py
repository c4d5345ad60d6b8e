"""Money beside the sampling loop: feeds asked in a short-lived process, and what the rig earns, once a minute.

No tick waits for anything in here, and nothing is asked that is not configured.
"""
