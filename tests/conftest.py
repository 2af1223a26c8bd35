"""What many tests share: the real index over the real corpus, opened once, and a real server."""

from collections.abc import Iterator

import pytest

from qa import paths
from qa.engine import Engine
from qa.indexing.index import build_index
from qa.retrieval.embed import load_encoder
from qa.settings import Settings, read_settings
from tests.serving import Server, serving


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose index is built afresh from the bundled corpus and encoder."""
    folder = tmp_path_factory.mktemp("index")
    build_index(folder, [paths.corpus_folder()], load_encoder())
    return read_settings(index=folder)


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Engine:
    return Engine.open(settings)


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[Server]:
    """A server process of its own, ready to answer."""
    with serving(settings) as server:
        yield server
