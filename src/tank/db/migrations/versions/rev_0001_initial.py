"""The tables of the Logs DB.

Revision 0001, after nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tank.db.metadata import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _audit_log()
    _automation()
    _connection()
    _send_rate()
    _sender()
    _setting()
    _system_error_log()
    _task()
    _worker()
    _revision()
    _schedule()
    _job()
    _schedule_slot()
    _run()
    _email_send_log()
    _shard()
    _attachment_log()
    _delivery_payload()


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_subject_id", "audit_log", ["subject", "id"], unique=False)


def _automation() -> None:
    op.create_table(
        "automation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("draft", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("active_revision_number", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_automation"),
        sa.UniqueConstraint("name", name="uq_automation_name"),
    )


def _connection() -> None:
    op.create_table(
        "connection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_connection"),
        sa.UniqueConstraint("name", name="uq_connection_name"),
    )


def _send_rate() -> None:
    op.create_table(
        "send_rate",
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("per_second", sa.Double(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sender_id", name="pk_send_rate"),
    )


def _sender() -> None:
    op.create_table(
        "sender",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("max_rate", sa.Float(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sender"),
        sa.UniqueConstraint("name", name="uq_sender_name"),
    )


def _setting() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )


def _system_error_log() -> None:
    op.create_table(
        "system_error_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("automation_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_system_error_log"),
    )
    op.create_index(
        "ix_system_error_log_open",
        "system_error_log",
        ["id"],
        unique=False,
        sqlite_where=sa.text("acknowledged_at IS NULL"),
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("shard_no", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=True),
        sa.Column("until", sa.Double(), nullable=True),
        sa.Column("boot", sa.String(length=64), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_task"),
    )
    op.create_index("ix_task_holder", "task", ["holder"], unique=False)
    op.create_index("ix_task_job", "task", ["job_id", "kind", "shard_no"], unique=False)


def _worker() -> None:
    op.create_table(
        "worker",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("beat_at", UtcDateTime(), nullable=False),
        sa.Column("beat_seconds", sa.Double(), nullable=False),
        sa.Column("beat_boot", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
    )


def _revision() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("automation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["automation_id"], ["automation.id"], name="fk_revision_automation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
        sa.UniqueConstraint("automation_id", "number", name="uq_revision_automation_id_number"),
    )


def _schedule() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("automation_id", sa.Uuid(), nullable=False),
        sa.Column("cron", sa.String(length=200), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("business_days", sa.String(length=32), nullable=False),
        sa.Column("misfire", sa.String(length=16), nullable=False),
        sa.Column("overlap", sa.String(length=16), nullable=False),
        sa.Column("catch_up_seconds", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("done_until", UtcDateTime(), nullable=False),
        sa.Column("next_due", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["automation_id"], ["automation.id"], name="fk_schedule_automation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
    )
    op.create_index("ix_schedule_automation_id", "schedule", ["automation_id"], unique=False)
    op.create_index(
        "ix_schedule_due",
        "schedule",
        ["next_due"],
        unique=False,
        sqlite_where=sa.text("enabled IS 1"),
        postgresql_where=sa.text("enabled IS true"),
    )


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("automation_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", UtcDateTime(), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("source_run_id", sa.Uuid(), nullable=True),
        sa.Column("resend_rows", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("retry_kinds", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reason_code", sa.String(length=64), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("starts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("lease_boot", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["automation_id"], ["automation.id"], name="fk_job_automation_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_job_revision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_automation", "job", ["automation_id", "id"], unique=False)
    op.create_index(
        "ix_job_open",
        "job",
        ["id"],
        unique=False,
        sqlite_where=sa.text("closed = 0"),
        postgresql_where=sa.text("NOT closed"),
    )
    op.create_index(
        "uq_job_active_automation",
        "job",
        ["automation_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('PAUSED', 'RUNNING', 'WAITING')"),
        postgresql_where=sa.text("state IN ('PAUSED', 'RUNNING', 'WAITING')"),
    )


def _schedule_slot() -> None:
    op.create_table(
        "schedule_slot",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name="fk_schedule_slot_schedule_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schedule_id", "due_at", name="pk_schedule_slot"),
    )
    op.create_index(
        "ix_schedule_slot_queued",
        "schedule_slot",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("outcome = 'queued'"),
        postgresql_where=sa.text("outcome = 'queued'"),
    )


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("automation_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("columns", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("has_update", sa.Boolean(), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=True),
        sa.Column("target", sa.Integer(), server_default="0", nullable=False),
        sa.Column("summary", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("files_checked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["automation_id"], ["automation.id"], name="fk_run_automation_id"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_run_job_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_run_revision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("job_id", name="uq_run_job_id"),
    )
    op.create_index("ix_run_automation", "run", ["automation_id", "id"], unique=False)


def _email_send_log() -> None:
    op.create_table(
        "email_send_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("automation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recipient_key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempt_token", sa.Uuid(), nullable=True),
        sa.Column("error_kind", sa.String(length=32), nullable=True),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.Column("error_text", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.Text(), server_default="", nullable=False),
        sa.Column("mime_sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("mime_size", sa.Integer(), nullable=True),
        sa.Column("mime_date", sa.BigInteger(), nullable=True),
        sa.Column("update_query_ok", sa.String(length=8), server_default="NONE", nullable=False),
        sa.Column("update_error", sa.Text(), server_default="", nullable=False),
        sa.Column("update_begun_at", UtcDateTime(), nullable=True),
        sa.Column("retry_of", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("intent_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("quarter", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_email_send_log_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_email_send_log"),
    )
    op.create_index("ix_email_send_log_email", "email_send_log", ["email", "run_id"], unique=False)
    op.create_index(
        "ix_email_send_log_error",
        "email_send_log",
        ["quarter", "automation_id", "error_kind", "status"],
        unique=False,
        sqlite_where=sa.text("quarter IS NOT NULL AND error_kind IS NOT NULL"),
        postgresql_where=sa.text("quarter IS NOT NULL AND error_kind IS NOT NULL"),
    )
    op.create_index(
        "ix_email_send_log_report",
        "email_send_log",
        ["quarter", "automation_id", "status"],
        unique=False,
        sqlite_where=sa.text("quarter IS NOT NULL"),
        postgresql_where=sa.text("quarter IS NOT NULL"),
    )
    op.create_index(
        "ix_email_send_log_retry_of",
        "email_send_log",
        ["retry_of"],
        unique=False,
        sqlite_where=sa.text("retry_of IS NOT NULL"),
        postgresql_where=sa.text("retry_of IS NOT NULL"),
    )
    op.create_index("ix_email_send_log_status", "email_send_log", ["run_id", "status", "seq"], unique=False)
    op.create_index(
        "ix_email_send_log_update",
        "email_send_log",
        ["run_id", "update_query_ok", "seq"],
        unique=False,
        sqlite_where=sa.text("update_query_ok IN ('PENDING', 'N', 'IN_DOUBT')"),
        postgresql_where=sa.text("update_query_ok IN ('PENDING', 'N', 'IN_DOUBT')"),
    )
    op.create_index("uq_email_send_log_key", "email_send_log", ["recipient_key", "run_id"], unique=True)
    op.create_index("uq_email_send_log_seq", "email_send_log", ["run_id", "seq"], unique=True)


def _shard() -> None:
    op.create_table(
        "shard",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("lease_boot", sa.String(length=64), nullable=True),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_shard_run_id"),
        sa.PrimaryKeyConstraint("run_id", "no", name="pk_shard"),
    )
    op.create_index(
        "ix_shard_not_done",
        "shard",
        ["run_id", "no"],
        unique=False,
        sqlite_where=sa.text("state != 'DONE'"),
        postgresql_where=sa.text("state != 'DONE'"),
    )


def _attachment_log() -> None:
    op.create_table(
        "attachment_log",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("rule_no", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("claim", sa.LargeBinary(length=16), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["email_send_log.id"], name="fk_attachment_log_delivery_id"),
        sa.PrimaryKeyConstraint("delivery_id", "rule_no", name="pk_attachment_log"),
    )
    op.create_index(
        "uq_attachment_log_claim",
        "attachment_log",
        ["run_id", "claim"],
        unique=True,
        sqlite_where=sa.text("claim IS NOT NULL"),
        postgresql_where=sa.text("claim IS NOT NULL"),
    )


def _delivery_payload() -> None:
    op.create_table(
        "delivery_payload",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["email_send_log.id"], name="fk_delivery_payload_delivery_id"),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_delivery_payload"),
    )
