"""Where the corpus, the index, the page and the bundled encoder lie.

In a checkout they stand beside the package; in an installed wheel the corpus and the page are
shipped inside it, and the index goes to `./index` if that exists, else to the user's cache folder.
"""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ENCODER = PACKAGE / "encoder"


def _root() -> Path | None:
    """Return the checkout that holds the package, if it is one."""
    parent = PACKAGE.parent
    return parent if (parent / "pyproject.toml").is_file() else None


def _shipped(name: str) -> Path:
    root = _root()
    return root / name if root else PACKAGE / "_shipped" / name


def corpus_folder() -> Path:
    """Return the folder of the default sources."""
    return _shipped("corpus")


def web_folder() -> Path:
    """Return the folder that holds `templates/` and `static/`."""
    return _shipped("web")


def index_folder() -> Path:
    """Return the folder of the default index, which need not exist yet."""
    root = _root()
    if root:
        return root / "index"
    local = Path("index")
    return local.absolute() if local.is_dir() else _cache_folder() / "qa" / "index"


def _cache_folder() -> Path:
    named = os.environ.get("XDG_CACHE_HOME")
    if named:
        return Path(named)
    try:
        return Path.home() / ".cache"
    except RuntimeError:  # no HOME and no entry in the password database
        return Path(os.environ.get("TMPDIR", "/tmp"))
