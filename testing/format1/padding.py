"""Plaintexts of messages and inbox items: their content behind its length, padded by PADMÉ."""

import unicodedata

from notation import Fields, malformed, u32

LARGEST = 65_536
SMALLEST = 192
CONTENT_TYPE = 128


def padme(length: int) -> int:
    """Return the length rounded up as PADMÉ does; `length` is at least 2."""
    exponent = length.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-length // step) * step


def padded_length(length: int) -> int:
    """Return the length of the plaintext whose length field and content have `length` bytes."""
    return max(SMALLEST, padme(length))


def pad(content: bytes) -> bytes:
    """Return the plaintext with the content."""
    if 4 + len(content) > LARGEST:
        why = "the content is too long"
        raise malformed(why)
    plaintext = u32(len(content)) + content
    return plaintext.ljust(padded_length(len(plaintext)), b"\0")


def unpad(plaintext: bytes) -> bytes:
    """Return the content of a plaintext."""
    fields = Fields(plaintext)
    content = fields.lp()
    used = 4 + len(content)
    if used > LARGEST or len(plaintext) != padded_length(used):
        why = "the length of the plaintext"
        raise malformed(why)
    if any(fields.rest()):
        why = "padding that is not zero"
        raise malformed(why)
    return content


def content_type(raw: bytes) -> str:
    """Return a content type: at most 128 bytes of UTF-8 without control characters."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        why = "the content type is not UTF-8"
        raise malformed(why) from None
    if len(raw) > CONTENT_TYPE or any(unicodedata.category(character) == "Cc" for character in text):
        why = "the content type"
        raise malformed(why)
    return text
