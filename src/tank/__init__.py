"""Tank: data-driven e-mail that can be trusted."""

__version__ = "0.1.0"
