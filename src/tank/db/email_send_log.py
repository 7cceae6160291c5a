"""The tables behind the ledger: EMAIL_SEND_LOG, its payloads, and ATTACHMENT_LOG."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Uuid, and_, bindparam

from tank.db.metadata import FreeText, UtcDateTime, metadata

email_send_log = Table(
    "email_send_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("run_id", Uuid, ForeignKey("run.id"), nullable=False),
    Column("automation_id", Uuid, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("recipient_key", FreeText, nullable=False),
    Column("email", FreeText, nullable=False),
    Column("name", FreeText, nullable=False),
    Column("status", String(8), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("attempt_token", Uuid),
    Column("error_kind", String(32)),
    Column("error_code", FreeText, nullable=False, server_default=""),
    Column("error_text", FreeText, nullable=False, server_default=""),
    Column("message_id", FreeText, nullable=False, server_default=""),
    Column("mime_sha256", LargeBinary(32)),
    Column("mime_size", Integer),
    Column("mime_date", BigInteger),
    Column("update_query_ok", String(8), nullable=False, server_default="NONE"),
    Column("update_error", FreeText, nullable=False, server_default=""),
    Column("update_begun_at", UtcDateTime),
    Column("retry_of", Uuid),
    Column("created_at", UtcDateTime, nullable=False),
    Column("intent_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    # Epoch seconds // 900 of finished_at: a day in any zone is a whole number of quarter-hours.
    Column("quarter", BigInteger),
)
_LOG = email_send_log.c
_LEFT = ("PENDING", "N", "IN_DOUBT")
_UPDATE_LEFT = _LOG.update_query_ok.in_(_LEFT)
#: For queries: SQLite takes a partial index only where its condition is there to the letter, not in parameters.
IS_UPDATE_LEFT = _LOG.update_query_ok.in_(bindparam("update_left", _LEFT, expanding=True, literal_execute=True))
_HAS_ERROR = and_(_LOG.quarter.is_not(None), _LOG.error_kind.is_not(None))
Index("uq_email_send_log_seq", _LOG.run_id, _LOG.seq, unique=True)
# Unique: a key that comes twice is an error of the target query. Led by the key, it also finds a customer.
Index("uq_email_send_log_key", _LOG.recipient_key, _LOG.run_id, unique=True)
Index("ix_email_send_log_email", _LOG.email, _LOG.run_id)
Index("ix_email_send_log_status", _LOG.run_id, _LOG.status, _LOG.seq)
Index(
    "ix_email_send_log_update", _LOG.run_id, _LOG.update_query_ok, _LOG.seq,
    sqlite_where=_UPDATE_LEFT, postgresql_where=_UPDATE_LEFT,
)  # fmt: skip
Index(
    "ix_email_send_log_report", _LOG.quarter, _LOG.automation_id, _LOG.status,
    sqlite_where=_LOG.quarter.is_not(None), postgresql_where=_LOG.quarter.is_not(None),
)  # fmt: skip
Index(
    "ix_email_send_log_error", _LOG.quarter, _LOG.automation_id, _LOG.error_kind, _LOG.status,
    sqlite_where=_HAS_ERROR, postgresql_where=_HAS_ERROR,
)  # fmt: skip
# For the few of a run that ended for one cause, in order.
Index(
    "ix_email_send_log_cause", _LOG.run_id, _LOG.error_kind, _LOG.seq,
    sqlite_where=_LOG.error_kind.is_not(None), postgresql_where=_LOG.error_kind.is_not(None),
)  # fmt: skip
Index(
    "ix_email_send_log_retry_of", _LOG.retry_of,
    sqlite_where=_LOG.retry_of.is_not(None), postgresql_where=_LOG.retry_of.is_not(None),
)  # fmt: skip

delivery_payload = Table(
    "delivery_payload",
    metadata,
    Column("delivery_id", Uuid, ForeignKey("email_send_log.id"), primary_key=True),
    # Values of the target row, and columns with rows of the mapping query: see payloads.py.
    Column("target", LargeBinary, nullable=False),
    Column("mapping", LargeBinary),
)

attachment_log = Table(
    "attachment_log",
    metadata,
    Column("delivery_id", Uuid, ForeignKey("email_send_log.id"), primary_key=True),
    Column("rule_no", Integer, primary_key=True),
    Column("run_id", Uuid, nullable=False),
    Column("status", String(16), nullable=False),
    Column("path", FreeText, nullable=False),
    Column("size", BigInteger),
    Column("sha256", String(64)),
    Column("detail", FreeText, nullable=False, server_default=""),
    Column("claim", LargeBinary(16)),
    Column("at", UtcDateTime, nullable=False),
)
_FILE = attachment_log.c
# Within a run, a recipient's own file belongs to that recipient alone.
Index(
    "uq_attachment_log_claim", _FILE.run_id, _FILE.claim, unique=True,
    sqlite_where=_FILE.claim.is_not(None), postgresql_where=_FILE.claim.is_not(None),
)  # fmt: skip
