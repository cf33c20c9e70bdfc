"""Ids that are not in their canonical spelling."""

from reeeductio.crypto import decode_urlsafe_base64, encode_urlsafe_base64


def with_version_1(typed_id: str) -> str:
    """The same id with the version bits 01, which no client writes."""
    header, *rest = decode_urlsafe_base64(typed_id)
    return encode_urlsafe_base64(bytes([header | 1, *rest]))
