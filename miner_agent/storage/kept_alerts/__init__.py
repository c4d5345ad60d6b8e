"""How alerts stand, what is to be told of them, and what is to be kept quiet."""
