"""What holds of graphics cards whoever made them."""

CARDS_MAX = 64
TICKS_UNTIL_HUNG = 3
ASLEEP = frozenset({"suspended", "suspending", "resuming"})
"""Words of ``runtime_status``. A card on its way is left alone too."""
AMD_VENDOR = "0x1002"
