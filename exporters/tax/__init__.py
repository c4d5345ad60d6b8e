"""A book as files for the programs that people do their taxes with: one format a file, pure functions to bytes."""
