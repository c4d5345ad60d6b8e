"""Every socket of the asking side."""
