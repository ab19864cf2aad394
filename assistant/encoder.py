"""The sentence encoder as a Rasa featurizer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.reading import reading_of
from assistant.vectors import sentence_vectors

VECTORS = "vectors"

Floats = NDArray[np.float32]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds one dense sentence feature; none when no encoder is installed (a warning says so once).

    Config: `encoder`, one of minilm, multilingual, none.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """English by default."""
        return {**DenseFeaturizer.get_default_config(), "encoder": "minilm"}

    @staticmethod
    def validate_config(config: dict[str, Any]) -> None:
        """Nothing beyond what `create` checks."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Open the encoder; a component without one is made all the same.

        Raises:
            ValueError: there is no encoder of that name.
        """
        sentence_vectors(config["encoder"], [])
        return cls(execution_context.node_name, config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode what each reading holds: the message first, then its parts."""
        for message in messages:
            vectors = sentence_vectors(self._config["encoder"], reading_of(message).texts())
            message.set(VECTORS, vectors)
            self._add(message, vectors[:1])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the feature to every example that has a text."""
        examples = [m for m in training_data.training_examples if m.get(TEXT)]
        texts = [reading_of(message).text for message in examples]
        vectors = sentence_vectors(self._config["encoder"], texts)
        for row, message in enumerate(examples):
            self._add(message, vectors[row : row + 1])
        return training_data

    def _add(self, message: Message, vector: Floats) -> None:
        if vector.shape[1]:
            origin = self._config[FEATURIZER_CLASS_ALIAS]
            message.add_features(Features(vector, FEATURE_TYPE_SENTENCE, TEXT, origin))


def vectors_of(message: Message) -> Floats:
    """The vectors of a processed message's texts, (texts, width); width 0 without encoder."""
    kept: Floats | None = message.get(VECTORS)
    if kept is not None:
        return kept
    return np.zeros((len(reading_of(message).texts()), 0), dtype=np.float32)


def training_vectors(messages: list[Message]) -> Floats:
    """The dense features of training examples, (messages, width); width 0 without encoder."""
    rows = []
    for message in messages:
        sentence = message.get_dense_features(TEXT)[1]
        if sentence is None:
            return np.zeros((len(messages), 0), dtype=np.float32)
        rows.append(np.asarray(sentence.features, dtype=np.float32)[0])
    return np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32)
