"""Which variables a template uses: all of them, however they are written."""

from __future__ import annotations

from collections.abc import Collection

import minijinja
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tank.rendering.engine import make_environment
from tank.rendering.names import names_mentioned, names_used
from tank.rendering.variables import Exact

environment = make_environment("ko", Exact(), escape=False)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{ S }}", "S"),
        ("{{ S[4:] }}", "S"),
        ("{{ S[:4] }}", "S"),
        ("{{ S[:] }}", "S"),
        ("{{ S[A:B] }}", "S A B"),
        ("{{ S[A:B:C]|upper }}", "S A B C"),
        ("{{ S[T[U:]:] }}", "S T U"),
        ("{{ S[f(A)[1:]:2] }}", "S f A"),
        ("{{ row['a:b'] }}", "row"),
        ("{{ row['a:b'][1:] }}", "row"),
        ("{{ {'k': S}['k'][1:] }}", "S"),
        ("{{ 고객명[:2] }}", "고객명"),
        ("{%- set x = S[1:] -%}{{ x }}", "S"),
        ("{% set S = S|upper %}{{ S }}", "S"),
        ("{% for c in S[1:] if c != T[2:] %}{{ c[0:] }}{% endfor %}", "S T"),
        ("{% raw %}{{ S[1:] }}{% endraw %}", ""),
        ("{# S[1:] #} a [b:c]", ""),
        ("{% set S, x = S, T[1:] %}{{ S }}{{ x }}", "S T"),
        ("{% with S = S[1:] %}{{ S }}{% endwith %}", "S"),
        ("{% with x = S, y = x %}{{ y }}{% endwith %}", "S"),
        ("{% filter replace('a', S) %}{{ T[1:] }}{% endfilter %}", "S T"),
        ("{{ {'a': {'b': S}}['a']['b'] ~ T[1:] }}", "S T"),
        ("{{ " + "{'a':" * 10 + "S" + "}" * 10 + " ~ T[1:] }}", "S T"),
    ],
)
def test_every_name_is_found(source: str, names: str) -> None:
    assert names_used(environment, source) == set(names.split())


COLUMNS = {name: f"<{name} of the row>" for name in ("A", "B", "C", "고객명", "가·나")}
_expressions = st.recursive(
    st.sampled_from([*COLUMNS, "'A'", "'}}'", "1"]),
    lambda inner: st.one_of(
        st.builds("({} ~ {})".format, inner, inner),
        st.builds("({})[{}|length:]".format, inner, inner),
        st.builds("({})[:{}|string|length]".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("{{'k': {{'k': {}}}}}['k']['k']".format, inner),
        st.builds("[{}, {}]|join('-')".format, inner, inner),
        st.builds("{}|default({})".format, inner, inner),
        st.builds("{}|string|replace('A', new={})".format, inner, inner),
        st.builds("({} is eq({}))".format, inner, inner),
        st.builds("dict(x={}).x".format, inner),
    ),
    max_leaves=5,
)
_FRAMES = (
    "{{{{ {0} }}}}",
    "{{{{ {{'k': {{'k': {0}}}}}['k']['k'] ~ {1} }}}}",
    "{{% set A = {0} %}}{{{{ A }}}}",
    "{{% set A, B = {0}, {1} %}}{{{{ A }}}}{{{{ B }}}}",
    "{{% set A %}}{{{{ {0} }}}}{{% endset %}}{{{{ A }}}}",
    "{{% with A = {0} %}}{{{{ A }}}}{{{{ {1} }}}}{{% endwith %}}",
    "{{% for A in [{0}] if {1} %}}{{{{ A }}}}{{% else %}}{{{{ {1} }}}}{{% endfor %}}{{{{ A }}}}",
    "{{% if {0} %}}{{% set B = 1 %}}{{% elif {1} %}}{{% endif %}}{{{{ B }}}}",
    "{{% macro m(A={0}) %}}{{{{ A }}}}{{{{ {1} }}}}{{% endmacro %}}{{{{ m() }}}}",
    "{{% macro m() %}}{{% macro n() %}}{{{{ {0} }}}}{{% endmacro %}}{{{{ n() }}}}{{% endmacro %}}{{{{ m() }}}}",
    "{{% macro m() %}}{{{{ caller({0}) }}}}{{% endmacro %}}{{% call(A) m() %}}{{{{ A }}}}{{{{ {1} }}}}{{% endcall %}}",
    "{{% filter replace('o', {0}) %}}o{{{{ {1} }}}}{{% endfilter %}}",
    "{{% set x = namespace(v={0}) %}}{{% set x.v = x.v ~ {1} %}}{{{{ x.v }}}}",
)


def _outcome(source: str, names: Collection[str]) -> str:
    given_names = {name: value for name, value in COLUMNS.items() if name in names}
    try:
        return environment.render_str(source, **given_names)
    except minijinja.TemplateError as error:
        return f"{error.kind} {error.detail}"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_FRAMES), _expressions, _expressions)
def test_nothing_is_missing_that_a_template_mentions(frame: str, one: str, other: str) -> None:
    source = frame.format(one, other)
    assert _outcome(source, names_mentioned(source)) == _outcome(source, COLUMNS)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("<p>B</p>{{ A.B|C }} {{ r.D[E:] }}", "A r E"),
        ("{{ 'A' }}{{ \"it's\" ~ B }}{# C #}{% raw %}{{ D }}{% endraw %}", "B"),
        ("{{ 가·나 }}", "가·나"),
        ("{{ {'a': {'b': A}}['a']['b'] ~ B }}", "A B"),
    ],
)
def test_what_is_no_variable_is_not_mentioned(source: str, names: str) -> None:
    assert names_mentioned(source) == set(names.split())
