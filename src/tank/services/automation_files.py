"""An automation as a YAML file: to keep in version control, to carry to another installation, to read.

A file holds the draft and no secrets: connections and senders are named, and must exist where it is imported
before it can be published. Fields at their default are left out, queries and templates are block texts, and
exporting what was imported gives the same file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import yaml

from tank.domain.automation import Definition
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ports.store import LogsDb
from tank.services.automations import Automations
from tank.services.definition_data import definition_from, to_plain
from tank.services.definition_texts import checked_name, checked_text, text_problems
from tank.services.drafts import Drafts, Saved

FORMAT = 1
MAX_FILE = 4_000_000
_HEADER = ("tank", "name", "description")
#: Nobody nests a definition deeper, and the parser recurses.
_MAX_DEPTH = 20
#: Ten times what the largest definition needs; the parser takes its time for each.
_MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationFile:
    """What a file says."""

    name: str
    description: str
    definition: Definition


class AutomationFiles:
    """Exports automations and takes files in."""

    def __init__(self, db: LogsDb, automations: Automations, drafts: Drafts) -> None:
        self._db = db
        self._automations = automations
        self._drafts = drafts

    def export(self, automation_id: UUID, *, revision: int | None = None) -> str:
        """The draft, or a revision, as YAML. Raises ``NotFound``."""
        with self._db.read() as tables:
            automation = tables.automations.get(automation_id)
            definition = automation.draft
            if revision is not None:
                definition = tables.automations.revision_numbered(automation_id, revision).definition
        return dump(AutomationFile(name=automation.name, description=automation.description, definition=definition))

    def take_in(self, text: str, *, by: str, name: str | None = None, replace_existing: bool = False) -> Saved:
        """Make an automation of a file, under the file's name or another.

        With ``replace_existing`` the draft of an automation of that name is replaced. Raises ``Invalid`` with every
        defect by field and line, and ``Conflict`` where the name is taken.
        """
        file = load(text)
        if name is not None:
            file = replace(file, name=checked_name(name))
        with self._db.read() as tables:
            existing = tables.automations.named(file.name)
        if existing is None or not replace_existing:
            made = self._automations.create(file.name, description=file.description, definition=file.definition, by=by)
            return Saved(automation=made, warnings=tuple(self._automations.problems(made.id)))
        if existing.description != file.description:
            self._automations.describe(existing.id, description=file.description, by=by)
        return self._drafts.replace_all(existing.id, file.definition, by=by, reason="import")


def dump(file: AutomationFile) -> str:
    """The YAML text of a file."""
    plain: dict[str, Any] = {"tank": FORMAT, "name": file.name}
    if file.description:
        plain["description"] = file.description
    plain |= to_plain(file.definition, with_defaults=False)
    return yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)


def load(text: str) -> AutomationFile:
    """What a YAML text says. Raises ``Invalid`` with every defect by field and line."""
    problems: list[FieldProblem] = []
    data, lines = _parse(text, problems)
    if data.get("tank") != FORMAT:
        message = f"The file must say tank: {FORMAT}; this version of Tank reads no other."
        problems.append(FieldProblem(field="tank", message=message, code="unknown_format"))
    name, description = data.get("name"), data.get("description", "")
    for field, value in (("name", name), ("description", description)):
        if not isinstance(value, str):
            problems.append(FieldProblem(field=field, message=f"{field} must be a text.", code="wrong_type"))
    body = {key: value for key, value in data.items() if key not in _HEADER}
    definition = definition_from(body, problems)
    if definition is not None:
        problems += text_problems(definition)
    if problems or definition is None:
        raise _invalid([replace(problem, line=_line(lines, problem.field)) for problem in problems])
    return AutomationFile(
        name=checked_name(str(name)),
        description=checked_text(str(description), field="description"),
        definition=definition,
    )


def _parse(text: str, problems: list[FieldProblem]) -> tuple[Mapping[str, Any], dict[str, int]]:
    """The file's data, and the line that each field stands on."""
    if len(text) > MAX_FILE:
        raise _invalid([_problem(f"The file is longer than {MAX_FILE:,} characters.", "too_long", None)])
    try:
        # Looked at before anything is built: aliases can make a small file huge, and deep nesting overflows.
        _refuse_tricks(text)
        loader = yaml.SafeLoader(text)
        tree = loader.get_single_node()
        lines: dict[str, int] = {}
        _note_lines(tree, "", lines, problems)
        data = loader.construct_document(tree) if tree is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _invalid([_problem(f"This is not YAML: {error.problem}.", "syntax", line)]) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _invalid([_problem(f"This cannot be read: {str(error).splitlines()[0]}.", "syntax", None)]) from error
    if not isinstance(data, dict):
        raise _invalid([_problem("The file does not describe an automation.", "wrong_type", 1)])
    return data, lines


def _refuse_tricks(text: str) -> None:
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        if number > _MOST_PARTS:
            raise _invalid([_problem("The file has too many parts.", "too_many", _line_of(event))])
        if isinstance(event, yaml.AliasEvent):
            raise _invalid([_problem("Aliases (*name) are not supported.", "syntax", _line_of(event))])
        # PyYAML fails in ways of its own at a !!bool that is none.
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            raise _invalid([_problem(f"Tags ({event.tag}) are not supported.", "syntax", _line_of(event))])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise _invalid([_problem("The file is nested too deeply.", "syntax", _line_of(event))])


def _line_of(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _note_lines(node: yaml.Node | None, path: str, lines: dict[str, int], problems: list[FieldProblem]) -> None:
    """Remember the line of each field; PyYAML itself would let the last of two equal fields win."""
    if node is None:
        return
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{path}.{key.value}" if path else str(key.value)
            if name in lines:
                line = key.start_mark.line + 1
                problems.append(FieldProblem(field=name, message=f"{name} is there twice.", code="repeated", line=line))
            lines[name] = key.start_mark.line + 1
            _note_lines(value, name, lines, problems)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _note_lines(item, f"{path}[{number}]", lines, problems)


def _line(lines: Mapping[str, int], field: str) -> int | None:
    """The line of a field, or of the nearest thing around it that is in the file."""
    while field not in lines and field:
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
    return lines.get(field)


def _problem(message: str, code: str, line: int | None) -> FieldProblem:
    return FieldProblem(field="", message=message, code=code, line=line)


def _invalid(problems: Sequence[FieldProblem]) -> Invalid:
    return Invalid(
        problems[0].message if len(problems) == 1 else f"The file has {len(problems)} defects.",
        problems=problems,
        remedy="Mend the lines that are named and import the file again.",
        code="bad_file",
    )


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as block texts, and lists indented beneath their field."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _DELICATE.search(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


#: Control characters and unusual line ends: only double quotes, which escape them, bring them back as they were.
_DELICATE = re.compile("[^\t\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


_Dumper.add_representer(str, _represent_text)
