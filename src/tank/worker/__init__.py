"""A worker: the process that takes snapshots and delivers shards.

``worker.py`` holds its life from hello to goodbye, ``heartbeat.py`` what keeps its leases.
"""
