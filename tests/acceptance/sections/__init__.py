"""The sixteen sections of the original sequence document, walked from the outside on each database and sender."""
