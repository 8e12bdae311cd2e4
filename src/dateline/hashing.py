"""Digests: short BLAKE2 ones for keys and checksums in the cache, SHA-256 for what the manifest says of files.

A build that has nothing to do runs through here, so this imports next to nothing.
"""

from io import BufferedReader

try:
    from _blake2 import blake2b  # hashlib loads OpenSSL, which takes longer than everything else in such a build
except ImportError:
    from hashlib import blake2b


def digest(value: object) -> str:
    """Return a key, 32 hexadecimal digits, that is equal for values of the same repr."""
    return digest_bytes(repr(value).encode(errors="surrogatepass"))


def digest_bytes(content: bytes, size: int = 16) -> str:
    """Return a digest of `size` bytes in hexadecimal digits."""
    return blake2b(content, digest_size=size).hexdigest()


def checksum(*parts: object) -> int:
    """Return a number of 63 bits, which SQLite can hold, for values as `str` shows them."""
    return int(digest_bytes("\0".join(map(str, parts)).encode(errors="surrogatepass"), 8), 16) >> 1


def sha256(content: bytes | BufferedReader) -> str:
    """Return the SHA-256 of bytes, or of the rest of an open file, in hexadecimal digits."""
    import hashlib

    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    return hashlib.file_digest(content, "sha256").hexdigest()
