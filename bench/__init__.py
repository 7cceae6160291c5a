"""Measures how fast Tank is, beside other ways to do the same work. Reports; never fails for being slow."""
