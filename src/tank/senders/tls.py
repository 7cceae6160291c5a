"""Whom an encrypted connection trusts."""

from __future__ import annotations

import ssl

from tank.domain.mail import SendError, SendErrorKind


def trust(ca_bundle: str | None, *, also: str | None = None) -> ssl.SSLContext:
    """Blocking: a context that verifies names and certificates.

    It trusts ``ca_bundle`` alone where one is given; else this machine's authorities and those in the file
    ``also``. Raises ``SendError`` (STOPPED) where a file cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca_bundle)
        if ca_bundle is None and also is not None:
            context.load_verify_locations(cafile=also)
    except OSError as error:
        message = f"The certificate authorities in {ca_bundle or also} cannot be read: {error}"
        remedy = "Let ca_bundle name a PEM file with the certificates of the authorities to trust."
        raise SendError(SendErrorKind.STOPPED, "CaBundle", message, remedy=remedy) from error
    return context
