"""A trained model's understanding, without server or dialogue: for evaluation and benchmarks."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.nlu.training_data.message import Message

from assistant.candidates import newest


class Understanding:
    """Parses messages with the components of a model file, as the server does."""

    def __init__(self, model: Path) -> None:
        """Load a model archive; close (or use `with`) removes what was unpacked.

        Raises:
            FileNotFoundError: there is no such file.
        """
        if not model.is_file():
            raise FileNotFoundError(model)
        self._folder = Path(tempfile.mkdtemp(prefix="careline-nlu-"))
        metadata, self._runner = load_predict_graph_runner(
            self._folder, model, LocalModelStorage, DaskGraphRunner
        )
        self._target = metadata.nlu_target

    def parse(self, text: str) -> dict[str, Any]:
        """The output of the pipeline for one message: intent, ranking, decision and the rest."""
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)]}
        messages: list[Message] = self._runner.run(inputs, targets=[self._target])[self._target]
        return dict(messages[0].as_dict(only_output_properties=True))

    def close(self) -> None:
        """Remove the unpacked files."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Understanding:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def newest_model(folder: Path) -> Path:
    """The model that was trained last.

    Raises:
        FileNotFoundError: there is none.
    """
    found = newest(folder)
    if found is None:
        raise FileNotFoundError(f"no model in {folder}: run `make train`")
    return found
