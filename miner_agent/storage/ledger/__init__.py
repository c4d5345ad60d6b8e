"""The books' own database: a chain of entries for each book, and what stands beside it."""
