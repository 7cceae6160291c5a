"""The Logs DB: SQLite on one machine, PostgreSQL for many.

Each noun has a module with its table and the class that reads and writes it; ``database.py`` opens
transactions, ``metadata.py`` holds the column types that both databases share.
"""
