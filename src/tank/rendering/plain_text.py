"""The text part of a mail, derived once from its HTML template."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from tank.rendering.tags import DELIMITER, Tag, split, tags_of

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "tbody", "thead", "tfoot", "tr", "ul", "body",
})  # fmt: skip
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote"})
_HIDDEN = frozenset({"style", "script", "head", "title", "textarea", "select"})
_VISIBLE_ATTRIBUTES = {"a": "href", "img": "alt"}
_TOKEN = re.compile("\ue000([0-9]+)\ue001")
_ELEMENT = re.compile(r"<[^<>]*>")
#: Braces that would begin a tag, by themselves or together with the tag behind them.
_BRACES = re.compile(rf"{DELIMITER.pattern}|\{{(?=\ue000)")


def text_of(html: str) -> str:
    """A text template with what the HTML template shows; links become ``text (address)``.

    Every statement (``{% … %}``) is kept in its order, so that loops and conditions still match; outputs that a
    reader would not see (in styles, comments and attributes) are left out.
    """
    # The private-use characters stand for tags below; in the operator's text they would show as nothing anyhow.
    html = html.replace("\ue000", "").replace("\ue001", "")
    tags: list[Tag] = []
    tokenized = []
    for part in split(html):
        if isinstance(part, str):
            tokenized.append(part)
        else:
            tags.append(part)
            tokenized.append(f"\ue000{len(tags) - 1}\ue001")
    reader = _Reader(tags)
    reader.feed("".join(tokenized))
    reader.close()
    derived = reader.text()
    if [tag.text for tag in tags_of(derived) if tag.is_statement] == [tag.text for tag in tags if tag.is_statement]:
        return derived
    # HTML so broken (a script that never ends, say) that the parser swallowed some: without its elements, it compiles.
    return reader.finished(_ELEMENT.sub(reader.statements_in, "".join(tokenized)))


class _Reader(HTMLParser):
    def __init__(self, tags: list[Tag]) -> None:
        super().__init__(convert_charrefs=True)
        self._tags = tags
        self._out: list[str] = []
        self._hidden = 0
        self._links: list[tuple[str, int]] = []

    def text(self) -> str:
        self._keep_statements([link for link, _ in self._links])  # of links that never end
        return self.finished("".join(self._out))

    def statements_in(self, match: re.Match[str]) -> str:
        return "".join(found[0] for found in _TOKEN.finditer(match[0]) if self._tags[int(found[1])].is_statement)

    def finished(self, joined: str) -> str:
        """Blanks and empty lines as a reader wants them, and the tags themselves again."""
        joined = re.sub(r"[ \t]*\n[ \t]*", "\n", joined)
        joined = "\n".join(self._without_spaces(line) for line in joined.split("\n"))
        joined = re.sub(r"\n{3,}", "\n\n", joined).strip("\n")
        return _TOKEN.sub(lambda match: self._tags[int(match[1])].text, _escaped(joined)) + "\n"

    def _without_spaces(self, line: str) -> str:
        """A line of statements alone leaves nothing behind when it is rendered, not even blanks."""
        shown = _TOKEN.sub(lambda match: "" if self._tags[int(match[1])].is_statement else match[0], line)
        return line if shown.strip() else "".join(match[0] for match in _TOKEN.finditer(line))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        visible = _VISIBLE_ATTRIBUTES.get(tag) if not self._hidden else None
        shown = ""
        for name, value in attrs:
            if name == visible and not shown:
                shown = value or ""
            else:
                self._keep_statements([name, value or ""])
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self._out.append("\n")
        elif tag in ("td", "th"):
            self._out.append(" ")
        elif tag in _BLOCKS:
            self._break(tag)
            if tag == "li":
                self._out.append("- ")
        if tag == "a":
            self._links.append((shown, len(self._out)))
        else:
            self.handle_data(shown)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in _HIDDEN:
            self._hidden -= 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in _BLOCKS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            self._keep_statements([data])
        elif data:
            self._out.append(re.sub(r"\s+", " ", data))

    def handle_comment(self, data: str) -> None:
        self._keep_statements([data])

    def handle_decl(self, decl: str) -> None:
        self._keep_statements([decl])

    def unknown_decl(self, data: str) -> None:
        self._keep_statements([data])

    def handle_pi(self, data: str) -> None:
        self._keep_statements([data])

    def _end_link(self, link: str, start: int) -> None:
        shown = "".join(self._out[start:]).strip()
        if link and not link.startswith("#") and link not in (shown, f"mailto:{shown}"):
            self._out.append(f" ({link})")
        else:
            self._keep_statements([link])

    def _break(self, tag: str) -> None:
        self._out.append("\n\n" if tag in _SPACED else "\n")

    def _keep_statements(self, hidden: list[str]) -> None:
        for text in hidden:
            self._out.extend(m[0] for m in _TOKEN.finditer(text) if self._tags[int(m[1])].is_statement)


def _escaped(text: str) -> str:
    """Literal braces (from ``&#123;``) must not become tags."""
    return _BRACES.sub(lambda match: f'{{{{ "{match[0]}" }}}}', text)
