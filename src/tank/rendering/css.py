"""CSS inlined once per template, with every template tag kept where the operator put it.

An HTML parser moves ``{% for %}`` out of a table, drops half of a conditional attribute, and stops at a ``<`` in an
expression. So each tag is replaced by a *token* that a parser leaves alone (a comment between elements, a word
within attributes, comments and raw text), and put back afterwards. If anything but styles came out different, the
template is left as it was, with its ``<style>``: a mail must never lose a tag for the sake of its looks.
"""

from __future__ import annotations

import re
from collections import Counter

import css_inline

from tank.rendering.tags import DELIMITER, split, tags_of

_STYLED = re.compile(r"<style\b", re.IGNORECASE)
_PIECE = re.compile(
    r"""(?P<comment><!--.*?-->)
      | (?P<style><style\b[^>]*>.*?</style\s*>)
      | (?P<raw><(?P<element>script|title|textarea)\b[^>]*>.*?</(?P=element)\s*>)
      | (?P<markup></?[a-zA-Z](?:"[^"]*"|'[^']*'|[^"'>])*>)
      | (?P<doctype><![^>]*>)""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_ELEMENT_NAME = re.compile(r"</?[a-zA-Z][^\s/>]*")
#: An HTML parser adds these where they are left out; within a loop or a condition that would break the mail.
_IMPLIED = frozenset({"html", "head", "body", "tbody", "colgroup"})
#: What may differ afterwards: rules that were inlined are gone, and the outermost elements get their ends.
_MAY_DIFFER = frozenset({"style", "/style", "/html", "/head", "/body"})

#: Attributes that rules choose elements by. Where a tag fills them in, nobody knows yet which rules will apply.
_CHOSEN_BY = frozenset({"class", "id"})
_MARKUP_FROM_DATA = re.compile(r"\|\s*safe\b")


def _inliner(*, keep_all_rules: bool) -> css_inline.CSSInliner:
    """Keeps the rules that cannot be inlined (``@media``, ``:hover``), or all of them."""
    return css_inline.CSSInliner(
        keep_style_tags=True,
        remove_inlined_selectors=not keep_all_rules,
        keep_at_rules=True,
        load_remote_stylesheets=False,
        keep_link_tags=True,
    )


_inliners = {keep_all_rules: _inliner(keep_all_rules=keep_all_rules) for keep_all_rules in (False, True)}


def inline_css(html: str) -> str:
    """The template with the rules of its ``<style>`` written into the elements.

    Rules for phones (``@media``) and states (``:hover``) stay in a ``<style>``; all of them do where a class is
    known only for each recipient. A ``<style>`` that holds template tags is left alone. Nothing is loaded from the
    network or from files.
    """
    if not _STYLED.search(html):
        return html
    try:
        return _Inlining(html).result()
    except css_inline.InlineError:
        return html


class _Inlining:
    """One pass over one template."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._prefix = _unused_word(html)
        self._mark = f' {self._prefix}m=""'
        self._token = re.compile(rf"{self._prefix}[0-9]+z")
        self._originals: list[str] = []
        self._keep_all_rules = any(_MARKUP_FROM_DATA.search(tag.body) for tag in tags_of(html) if tag.is_output)

    def result(self) -> str:
        tokenized = "".join(part if isinstance(part, str) else self._hide(part.text) for part in split(self._html))
        guarded = self._guarded(tokenized)
        inlined = self._without_implied(_inliners[self._keep_all_rules].inline(guarded))
        if _counts(guarded) != _counts(inlined):
            return self._html
        restored = self._restored(inlined)
        return restored if _same_tags(restored, self._html) and not _begins_a_tag(restored) else self._html

    def _hide(self, original: str) -> str:
        self._originals.append(original)
        return f"{self._prefix}{len(self._originals) - 1}z"

    def _guarded(self, html: str) -> str:
        """Make each token safe in the place where it stands."""
        out, end = [], 0
        for piece in _PIECE.finditer(html):
            out.append(self._token.sub(lambda m: f"<!--{m[0]}-->", html[end : piece.start()]))
            out.append(self._guarded_piece(piece))
            end = piece.end()
        out.append(self._token.sub(lambda m: f"<!--{m[0]}-->", html[end:]))
        return "".join(out)

    def _guarded_piece(self, piece: re.Match[str]) -> str:
        text = piece.group()
        if piece["markup"] and _name(text) in _IMPLIED:
            text = text.rstrip("/>") + self._mark + ">"
        if not self._token.search(text):
            return text
        if piece["style"]:
            return f"<!--{self._hide(text)}-->"
        return self._guarded_element(text) if piece["markup"] else text

    def _guarded_element(self, markup: str) -> str:
        """Hide a style with tags, and all from the first to the last tag that stands outside attribute values."""
        name = _ELEMENT_NAME.match(markup)
        assert name is not None
        closing = "/>" if markup.endswith("/>") else ">"
        attributes = list(_ATTRIBUTE.finditer(markup, name.end(), len(markup) - len(closing)))
        bare = [match for match in attributes if self._token.search(match[1])]
        first, last = (bare[0].start(), bare[-1].end()) if bare else (len(markup), len(markup))
        parts = [self._hide(markup[first:last])] if bare else []
        self._keep_all_rules |= bool(bare)
        for match in attributes:
            if first <= match.start() < last:
                continue
            has_tags = self._token.search(match[0])
            self._keep_all_rules |= has_tags is not None and match[1].lower() in _CHOSEN_BY
            parts.append(f'{self._hide(match[2] or "")}s=""' if has_tags and match[1].lower() == "style" else match[0])
        return " ".join([name.group(), *parts]) + closing

    def _without_implied(self, html: str) -> str:
        """Take out the elements that only the parser put in: those without the mark."""
        meant: dict[str, list[bool]] = {name: [] for name in _IMPLIED}

        def kept(piece: re.Match[str]) -> str:
            name = _name(piece[0]) if piece["markup"] else ""
            if name in _IMPLIED:
                meant[name].append(self._mark in piece[0])
                return piece[0].replace(self._mark, "") if meant[name][-1] else ""
            ends = meant.get(name[1:]) if name.startswith("/") else None
            return "" if ends and not ends.pop() else piece[0]

        return _PIECE.sub(kept, html)

    def _restored(self, html: str) -> str:
        html = _PIECE.sub(lambda piece: self._joined_styles(piece[0]) if piece["markup"] else piece[0], html)
        html = re.sub(rf"<!--({self._token.pattern})-->", self._original, html)
        html = re.sub(rf'({self._token.pattern})=""', self._original, html)
        while self._token.search(html):  # a hidden stretch of attributes holds tokens of its own
            html = self._token.sub(lambda match: self._originals[self._index(match[0])], html)
        return html

    def _original(self, match: re.Match[str]) -> str:
        return self._originals[self._index(match[1])]

    def _joined_styles(self, markup: str) -> str:
        """Put a hidden style behind the one that inlining made: what stands later wins, as it did before."""
        hidden = re.search(rf' ({self._token.pattern})s=""', markup)
        if hidden is None:
            return markup
        own = self._original(hidden)
        quote, own = (own[0], own[1:-1]) if own[:1] in ('"', "'") else ('"', own)
        made = re.search(r' style="([^"]*)"', markup)
        if made is None:
            return markup.replace(hidden[0], f" style={quote}{own}{quote}")
        rules = made[1].rstrip("; ") + "; "
        rules = rules.replace("'", "&#39;") if quote == "'" else rules
        return markup.replace(hidden[0], "").replace(made[0], f" style={quote}{rules}{own}{quote}")

    def _index(self, token: str) -> int:
        return int(token[len(self._prefix) : -1])


def _unused_word(html: str) -> str:
    number = 0
    while (word := f"tanktag{number}n") in html.lower():
        number += 1
    return word


def _name(markup: str) -> str:
    """``td`` of ``<TD class=…>``, ``/td`` of ``</td>``."""
    match = _ELEMENT_NAME.match(markup)
    return match[0][1:].lower() if match else ""


def _counts(html: str) -> Counter[str]:
    """How often each element begins and ends: any difference means that the parser mended something."""
    names = Counter(_name(piece[0]) for piece in _PIECE.finditer(html) if piece["markup"])
    return Counter({name: count for name, count in names.items() if name not in _MAY_DIFFER})


def _same_tags(one: str, other: str) -> bool:
    return [tag.text for tag in tags_of(one)] == [tag.text for tag in tags_of(other)]


def _begins_a_tag(html: str) -> bool:
    """Whether braces that were written ``&#123;`` came out as braces that begin a tag."""
    literal = "".join(part if isinstance(part, str) else "{\0" for part in split(html))
    return DELIMITER.search(literal) is not None
