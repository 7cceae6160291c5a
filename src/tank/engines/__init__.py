"""Engines wake workers; what is to be done, the ledger decides."""
