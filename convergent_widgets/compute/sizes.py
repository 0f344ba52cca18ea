"""Numbers of bytes in words."""


def size(count: float) -> str:
    """Such as "2.1 GB" or "0.4 MB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
