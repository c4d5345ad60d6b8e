"""What page and API tell: structs of their own, a subject a file, made from a tick by functions that touch nothing."""
