"""The intent classifier as a Rasa component; the model itself is in `assistant.model`."""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.crossval import Learned, LeftOut, learn, name_examples
from assistant.encoder import training_vectors, vectors_of
from assistant.evidence import Evidence
from assistant.model import Examples, IntentModel, names_as_text
from assistant.reading import reading_of
from assistant.vectors import sentence_vectors

EVIDENCE = "evidence"
# Sent by the assistant's own channel, never said by a customer.
_NEVER_SAID = "EXTERNAL_"
_MODEL = "model.npz"
_GUESSES = "left_out.json"


class TrainAgain(Exception):
    """A model and the encoder that is configured or installed do not belong together."""


def learned_from(training_data: TrainingData, encoder: str, seed: int) -> Learned | None:
    """What the examples teach; None when they have fewer than two intents.

    Args:
        training_data: examples with readings and sentence features.
        encoder: the encoder that made the features.
        seed: decides the folds of the cross-validation.
    """
    said = [
        m
        for m in training_data.intent_examples
        if m.get(TEXT) and not m.get(INTENT).startswith(_NEVER_SAID)
    ]
    intents = [m.get(INTENT) for m in said]
    if len(set(intents)) < 2:
        return None
    vectors = training_vectors(said)
    names = name_examples(intents)
    named = names_as_text(names)
    named_vectors = sentence_vectors(encoder if vectors.shape[1] else "none", named)
    examples = Examples(vectors, [reading_of(m).text for m in said], intents)
    return learn(examples, Examples(named_vectors, named, names), seed)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent, RasaIntentClassifier):
    """Names the likeliest intent of a message and of each of its parts.

    Config: `encoder` as for the SentenceEncoder (it reads the intents' names), `seed`.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """English encoder; a fixed seed."""
        return {"encoder": "minilm", "seed": 7}

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: IntentModel | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
        """A classifier without a model."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the model; keeps it and the guesses about examples left out."""
        learned = learned_from(training_data, self._config["encoder"], self._config["seed"])
        if learned is not None:
            self._model = learned.model
            with self._storage.write_to(self._resource) as folder:
                (folder / _MODEL).write_bytes(learned.model.to_bytes())
                (folder / _GUESSES).write_text(json.dumps(_guesses(learned.left_out)))
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        """The trained classifier.

        Raises:
            TrainAgain: the model was trained with another encoder than is here.
        """
        try:
            with model_storage.read_from(resource) as folder:
                model = IntentModel.from_bytes((folder / _MODEL).read_bytes())
        except ValueError:
            return cls(config, model_storage, resource)
        width = sentence_vectors(config["encoder"], []).shape[1]
        if width != model.dense.shape[0]:
            raise TrainAgain(
                f"the model reads vectors of {model.dense.shape[0]}, the encoder"
                f" {config['encoder']} gives {width}: train again"
            )
        return cls(config, model_storage, resource, model)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking, and the evidence for the gate."""
        for message in messages:
            if self._model is None:
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [], add_to_output=True)
                continue
            found = self._model.read(vectors_of(message), reading_of(message).texts())
            message.set(EVIDENCE, [one.as_dict() for one in found])
            ranking = [{"name": n, "confidence": c} for n, c in found[0].ranking]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def evidence_of(message: Message) -> list[Evidence]:
    """The evidence about a message's texts; empty when nothing was classified."""
    return [Evidence.from_dict(one) for one in message.get(EVIDENCE) or []]


def _guesses(left_out: LeftOut) -> list[dict[str, Any]]:
    rows = zip(left_out.texts, left_out.intents, left_out.found, strict=True)
    return [
        {"text": t, "intent": i, "guess": e.intent, "confidence": round(e.confidence, 4)}
        for t, i, e in rows
    ]
