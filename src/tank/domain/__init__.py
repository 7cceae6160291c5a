"""What Tank is about: entities, states and their transitions, errors, and the ports to the outside.

Nothing here does I/O or knows a vendor; ``docs/glossary.md`` defines the words.
"""
