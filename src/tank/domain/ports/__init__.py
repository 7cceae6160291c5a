"""Ports: what Tank needs from the outside, as protocols that adapters implement.

Each port has one contract suite (``tests/contract``), run on every adapter and on the fake where there is one.
Everything but senders and engines is synchronous; callers on an event loop go through a small pool of threads.
"""
