"""Which variables a template uses: all of them, however they are written."""

from __future__ import annotations

import pytest

from tank.rendering.engine import make_environment
from tank.rendering.names import names_used
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
    ],
)
def test_every_name_is_found(source: str, names: str) -> None:
    assert names_used(environment, source) == set(names.split())
