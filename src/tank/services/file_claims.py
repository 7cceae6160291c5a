"""One file for two recipients: a stranger's statement must never leave.

Unless its rule is shared, a file belongs to one recipient of a run. Where all files are looked for before the
first mail, ``FileClaims`` finds the clashes in this process's memory. Where mails leave shard by shard, from
several processes, the Logs DB decides: see ``file_digest``.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

_BUCKETS = 256


def file_digest(identity: str) -> bytes:
    """16 bytes that stand for a file on the storage, by its identity there (``StoredFile``).

    With one unique claim for each (run, digest), two of a million paths have the same digest with a
    probability of 1e-27, and a claim takes the same room whatever the path is.
    """
    return blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class FileClash:
    """Recipients of a run, by their numbers in it, that match one file."""

    seqs: tuple[int, ...]


class FileClaims:
    """Which recipient has which file, for a whole run: 16 bytes a file.

    Digests are cut to 8 bytes: a false clash among a million files has a probability of 3e-8, and it stops the
    run rather than mail anyone.
    """

    def __init__(self) -> None:
        self._digests = [array("Q") for _ in range(_BUCKETS)]
        self._seqs = [array("Q") for _ in range(_BUCKETS)]

    def add(self, seq: int, claims: Sequence[bytes]) -> None:
        """Note the claims (see ``file_digest``) of the recipient ``seq``."""
        for digest in claims:
            bucket = digest[0]
            self._digests[bucket].append(int.from_bytes(digest[1:9], "big"))
            self._seqs[bucket].append(seq)

    def clashes(self, *, limit: int = 20) -> list[FileClash]:
        """Up to ``limit`` clashes, in order of their first recipient. Takes about a second for a million files."""
        found = [clash for bucket in range(_BUCKETS) for clash in self._clashes_in(bucket)]
        return sorted(found, key=lambda clash: clash.seqs)[:limit]

    def _clashes_in(self, bucket: int) -> list[FileClash]:
        digests, seqs = self._digests[bucket], self._seqs[bucket]
        if len(set(digests)) == len(digests):
            return []
        by_digest: dict[int, set[int]] = {}
        for digest, seq in zip(digests, seqs, strict=True):
            by_digest.setdefault(digest, set()).add(seq)
        return [FileClash(tuple(sorted(group))) for group in by_digest.values() if len(group) > 1]
