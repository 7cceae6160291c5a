"""What Tank needs of PyMySQL beyond its public calls. The contract suite runs all of it against a server."""

from __future__ import annotations

from typing import Any

from pymysql.constants import COMMAND, FIELD_TYPE
from pymysql.protocol import FieldDescriptorPacket

from tank.domain.query import Column

_TYPE_NAMES = {number: name for name, number in vars(FIELD_TYPE).items() if not name.startswith("_")}


def describe(connection: Any, text: str) -> tuple[Column, ...]:
    """COM_STMT_PREPARE: the server parses a text with ``?`` markers, resolves its names and runs nothing.

    PyMySQL only sends texts to be run. The answer is a head, the parameters and the columns, each list ended by
    an EOF packet where it is not empty (MySQL "Client/Server Protocol", COM_STMT_PREPARE_OK).
    """
    connection._execute_command(COMMAND.COM_STMT_PREPARE, text)
    head = connection._read_packet()
    head.advance(1)
    statement_id, columns, parameters = head.read_struct("<IHH")
    for _ in range(parameters + (1 if parameters else 0)):
        connection._read_packet()
    fields = [connection._read_packet(FieldDescriptorPacket) for _ in range(columns)]
    if columns:
        connection._read_packet()
    connection._execute_command(COMMAND.COM_STMT_CLOSE, int(statement_id).to_bytes(4, "little"))
    return tuple(Column(field.name, _TYPE_NAMES.get(field.type_code, "")) for field in fields)


def wait_at_most(connection: Any, seconds: float) -> None:
    """Change how long reads and writes on the socket may take."""
    connection._read_timeout = connection._write_timeout = seconds


def cut(connection: Any) -> None:
    """Close the socket at once: a polite end would first read all rows that are left."""
    if connection._result is not None:
        connection._result.unbuffered_active = False  # its destructor would read on
    connection._force_close()


def is_mariadb(connection: Any) -> bool:
    """Whether it is MariaDB that answers."""
    return "mariadb" in str(connection.get_server_info()).lower()


def version(connection: Any) -> str:
    """The server's version. MariaDB puts 5.5.5- before its own, for old replicas."""
    return str(connection.get_server_info()).removeprefix("5.5.5-").split("-")[0]
