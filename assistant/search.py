"""The answer search as a Rasa component: when no intent fits, the passages that come nearest."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.gate import DECISION
from assistant.passages import Hit, Passage, PassageIndex, collect
from assistant.paths import PROJECT
from assistant.reading import reading_of
from assistant.vectors import Floats, encoder

PASSAGES = "passages"
_TEXTS = "passages.json"
_VECTORS = "passages.npz"


def source_files(sources: list[str], root: Path = PROJECT) -> list[Path]:
    """The files that the patterns name, relative to the project."""
    return sorted({path for pattern in sources for path in root.glob(pattern) if path.is_file()})


def _encoded(name: str, texts: list[str]) -> Floats:
    found = encoder(name)
    return np.zeros((len(texts), 0), dtype=np.float32) if found is None else found.encode(texts)


def build_index(sources: list[str], encoder_name: str, root: Path = PROJECT) -> PassageIndex:
    """An index of the files that the patterns name; usable without Rasa."""
    passages = collect(source_files(sources, root), root)
    texts, owners = PassageIndex.pieces(passages)
    return PassageIndex(passages, owners, _encoded(encoder_name, texts))


def search(index: PassageIndex, encoder_name: str, question: str, most: int = 3) -> list[Hit]:
    """The best passages of an index for a question as a customer wrote it."""
    vectors = _encoded(encoder_name, [question])
    return index.search(question, vectors[0], most)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AnswerSearch(GraphComponent):
    """Sets `passages` when the decision is not to answer.

    Config: `sources`, patterns of files relative to the project; `encoder`; `threshold`, the least
    score of a passage; `most`, how many.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The answers and the help pages of the project."""
        return {
            "sources": ["data/faq/*.yml", "data/nlu/*.yml", "data/help/*.md"],
            "encoder": "minilm",
            "threshold": 0.5,
            "most": 3,
        }

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        index: PassageIndex | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._index = index or PassageIndex([], [], np.zeros((0, 0), dtype=np.float32))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Answers and pages are no training data: a change of them must build the index anew."""
        digest = hashlib.sha256()
        for path in source_files(config.get("sources") or cls.get_default_config()["sources"]):
            digest.update(path.as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> AnswerSearch:
        """A search that finds nothing yet."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Index the passages."""
        self._index = build_index(self._config["sources"], self._config["encoder"])
        with self._storage.write_to(self._resource) as folder:
            texts = [asdict(passage) for passage in self._index.passages]
            (folder / _TEXTS).write_text(json.dumps(texts), encoding="utf-8")
            (folder / _VECTORS).write_bytes(self._index.vectors_as_bytes())
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> AnswerSearch:
        """The search with its index."""
        with model_storage.read_from(resource) as folder:
            passages = [Passage(**row) for row in json.loads((folder / _TEXTS).read_text("utf-8"))]
            with np.load(io.BytesIO((folder / _VECTORS).read_bytes()), allow_pickle=False) as saved:
                vectors = saved["vectors"].astype(np.float32)
                index = PassageIndex(passages, saved["owners"], vectors)
        return cls(config, model_storage, resource, index)

    def process(self, messages: list[Message]) -> list[Message]:
        """Search for every message that is not answered."""
        for message in messages:
            decision = message.get(DECISION) or {}
            if decision.get("kind") in (None, "answer") or decision.get("reason") == "language":
                continue
            question = reading_of(message).text
            hits = search(self._index, self._config["encoder"], question, self._config["most"])
            kept = [hit.as_dict() for hit in hits if hit.score >= self._config["threshold"]]
            message.set(PASSAGES, kept, add_to_output=True)
        return messages
