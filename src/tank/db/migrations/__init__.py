"""How the Logs DB came to its present shape, one revision a file in ``versions``."""
