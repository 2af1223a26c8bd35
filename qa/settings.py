"""Settings: every one is also a variable `QA_…`, and the command line overrides both."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qa import paths
from qa.errors import ConfigError, UsageError


def _named(folder: object) -> object:
    """Refuse an empty name, which a path would take for the working folder."""
    if folder == "":
        raise ValueError("the name is empty (the working folder is .)")
    return folder


_Folder = Annotated[Path, BeforeValidator(_named)]


class Settings(BaseSettings):
    """What a run needs to know; `None` for index, corpus and encoder means the bundled ones."""

    model_config = SettingsConfigDict(env_prefix="QA_", extra="ignore", frozen=True)

    index: _Folder | None = None
    corpus: _Folder | None = None
    encoder: str | None = Field(default=None, min_length=1)
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65535)
    top_k: int = Field(default=5, ge=1, le=20)
    debug: bool = False

    @property
    def index_folder(self) -> Path:
        """The folder of index generations."""
        return self.index or paths.index_folder()

    @property
    def corpus_folder(self) -> Path:
        """The folder of sources that an index is built from when none is named."""
        return self.corpus or paths.corpus_folder()


def read_settings(**given: Any) -> Settings:  # noqa: ANN401 - as wide as the settings are
    """Return the settings; what is given and not None wins over the variables.

    Raises ConfigError naming the variable, its value and the allowed range; UsageError where the
    value was given rather than read.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        option, variable = f"--{name.replace('_', '-')}", f"QA_{name.upper()}"
        reason = first["msg"].removeprefix("Value error, ")
        what = f"is {str(first['input'])[:80]!r}: {reason}"
        if given.get(name) is not None:
            raise UsageError(f"{option} {what}", f"give {option} an allowed value") from None
        raise ConfigError(
            f"{variable} {what}", f"set {variable} to an allowed value, or unset it"
        ) from None
