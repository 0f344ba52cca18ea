"""Print the Markdown line of a badge that opens the tour on mybinder.org, from where setup.cfg says the source lies."""

from __future__ import annotations

import configparser
from pathlib import Path
from urllib.parse import quote, urlsplit

SERVICE = "https://mybinder.org"
OPENED = "doc/tree/notebooks/01_tour.ipynb"


def source() -> str:
    """The address of the repository: `Source` of setup.cfg's `project_urls`."""
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).parent.parent / "setup.cfg", encoding="utf-8")
    lines = setup["metadata"]["project_urls"].strip().splitlines()
    return dict([part.strip() for part in line.split("=", 1)] for line in lines)["Source"]


def badge(repository: str) -> str:
    """The line for a repository's address. Raises ValueError for what is no https address of one."""
    parts = urlsplit(repository)
    path = parts.path.strip("/").removesuffix(".git")
    if parts.scheme != "https" or not parts.netloc or "/" not in path:
        raise ValueError(f"the repository's address must be like https://host/owner/name, got {repository!r}")
    on_github = parts.netloc == "github.com"
    where = f"gh/{quote(path)}" if on_github else f"git/{quote(f'https://{parts.netloc}/{path}', safe='')}"
    return f"[![Binder]({SERVICE}/badge_logo.svg)]({SERVICE}/v2/{where}/HEAD?urlpath={quote(OPENED, safe='')})"


if __name__ == "__main__":
    print(badge(source()))
