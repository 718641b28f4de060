"""The proxy a request goes through: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as everywhere.

aiohttp would look for itself, in two threads for each request, and would take along the passwords of
~/.netrc, too. https://docs.python.org/3/library/urllib.request.html#urllib.request.getproxies
"""

from functools import cache
from urllib.request import getproxies, proxy_bypass


@cache
def proxy_for(scheme: str, host: str) -> str | None:
    """Its address, as it was when somebody first went there. Others than HTTP proxies are left out."""
    if proxy_bypass(host):
        return None
    found = getproxies()
    proxy = found.get(scheme) or found.get("all") or ""
    return proxy if proxy.startswith(("http://", "https://")) else None
