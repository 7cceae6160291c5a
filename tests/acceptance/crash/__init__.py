"""Processes are killed at random moments, and every mail is accounted for afterwards."""
