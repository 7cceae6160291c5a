"""Our signatures are botocore's."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from itertools import product
from unittest.mock import patch

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from tank.senders.sigv4 import AwsKeys, Signer

_WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=40)
_SECRET = st.text("abcdefghijklmnopqrstuvwxyz0123456789+/=", min_size=1, max_size=40)
_VALUE = st.text("abc XYZ0123456789;/=,._-%", max_size=40)
_SEGMENT = st.text("abcXYZ019.-_~@:$&'(),;=+*!% ", max_size=10) | st.sampled_from([".", "..", "v2", "", "a%20b"])
_NAME = st.sampled_from(["Content-Type", "X-Tank-One", "x-tank-two", "X-Amz-Target", "Accept"])
_MOMENT = st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31))


def _botocore(keys: AwsKeys, moment: datetime, request: AWSRequest, *, region: str, service: str) -> str:
    """The Authorization header that botocore makes at ``moment``. Its clock cannot be passed in."""
    signer = SigV4Auth(Credentials(keys.access_key, keys.secret_key, keys.session_token), service, region)
    with patch("botocore.auth.get_current_datetime", return_value=moment):
        signer.add_auth(request)
    return str(request.headers["Authorization"])


@given(
    access=_WORD,
    secret=_SECRET,
    token=st.none() | _SECRET,
    region=_WORD,
    service=_WORD,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(_SEGMENT, max_size=5),
    headers=st.dictionaries(_NAME, _VALUE, max_size=4),
    body=st.binary(max_size=200),
    moment=_MOMENT,
    port=st.none() | st.integers(1024, 65535),
)
def test_random_requests_are_signed_as_botocore_signs_them(
    access: str,
    secret: str,
    token: str | None,
    region: str,
    service: str,
    method: str,
    segments: list[str],
    headers: dict[str, str],
    body: bytes,
    moment: datetime,
    port: int | None,
) -> None:
    keys = AwsKeys(access, secret, token)
    host = "email.example.com" + (f":{port}" if port else "")
    path = "/" + "/".join(segments).lstrip("/")
    theirs = _botocore(
        keys,
        moment,
        AWSRequest(method=method, url=f"https://{host}{path}", data=body, headers=headers),
        region=region,
        service=service,
    )
    ours = Signer(region=region, service=service).sign(
        keys,
        method=method,
        path=path,
        headers={"Host": host, **headers},
        body=body,
        at=calendar.timegm(moment.timetuple()),
    )
    assert ours["Authorization"] == theirs
    assert ours.get("X-Amz-Security-Token") == token


def test_what_is_kept_between_requests_changes_with_each_of_its_parts() -> None:
    signer = Signer(region="eu-west-1", service="ses")
    moments = [datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 23, 0, 0, 0, tzinfo=UTC)]
    all_keys = (AwsKeys("AK1", "one"), AwsKeys("AK2", "two", "token"), AwsKeys("AK1", "one"))
    headers = {"Host": "h"}
    for keys, moment, method, path, kind in product(all_keys, moments, ("POST", "PUT"), ("/p", "/q"), ("a/a", "b/b")):
        headers["Content-Type"] = kind
        request = AWSRequest(method=method, url=f"https://h{path}", data=b"x", headers={"Content-Type": kind})
        theirs = _botocore(keys, moment, request, region="eu-west-1", service="ses")
        signed = signer.sign(keys, method=method, path=path, headers=headers, body=b"x", at=moment.timestamp() + 0.7)
        assert signed["Authorization"] == theirs


def test_secrets_do_not_show() -> None:
    assert "hidden" not in repr(AwsKeys("AK", "hidden", "hidden"))
