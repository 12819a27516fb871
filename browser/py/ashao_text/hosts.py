"""Whether an address leads away from this machine."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_elsewhere(url: str) -> bool:
    """Not to this machine's loopback: only then is the environment's proxy asked.

    A proxy would look for the loopback on its own machine.
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True
