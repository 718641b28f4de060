"""Whose certificates we believe: read once, for all connections of the process.

Reading them takes longer than anything else at the start, and a megabyte for each time.
"""

import os
import ssl
from functools import cache

import certifi


@cache
def certificates() -> ssl.SSLContext:
    """Those of certifi; SSL_CERT_FILE or SSL_CERT_DIR names others, as OpenSSL has it."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file or folder:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    return ssl.create_default_context(cafile=certifi.where())
