"""What holds of graphics cards whoever made them."""

CARDS_MAX = 64
TICKS_UNTIL_HUNG = 3  # in a row, in which the same call has not come back
HUNG_SECONDS = 10.0
"""What has not come back for so long hangs: a driver under load may need that, and some cards take seconds."""
ASLEEP = frozenset({"suspended", "suspending", "resuming"})
"""Words of ``runtime_status``. A card on its way is left alone too."""
AMD_VENDOR = "0x1002"
