"""Opens the engine in the background, so that the port is open before the index is loaded."""

import logging
import threading
from collections.abc import Callable

from qa.engine import Engine
from qa.errors import QAError
from qa.serving.problems import Problem, of_error

log = logging.getLogger("qa")


class Loader:
    """Holds the engine once it is open, or why it could not be opened."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        self._open = open_engine
        self._done = threading.Event()
        self.engine: Engine | None = None
        self.problem: Problem | None = None

    def start(self) -> None:
        """Begin; the thread is a daemon, so that a stop does not wait for it."""
        threading.Thread(target=self._load, name="open-engine", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Return whether loading ended, well or badly, within the time."""
        return self._done.wait(seconds)

    def ready(self) -> Engine:
        """Return the engine; raises Problem while it loads and when it could not be opened."""
        if self.engine is not None:
            return self.engine
        if self.problem is not None:
            raise self.problem
        raise Problem("loading", "the index is still being opened")

    def _load(self) -> None:
        try:
            self.engine = self._open()
        except QAError as error:
            log.error("error: %s\nfix: %s", error.message, error.fix)
            self.problem = of_error(error)
        except Exception as error:
            log.exception("error: the index could not be opened")
            self.problem = Problem("unavailable", f"opening failed: {type(error).__name__}")
        finally:
            self._done.set()
