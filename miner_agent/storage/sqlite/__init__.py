"""SQLite files, whatever is in them."""
