"""The two gates as a Rasa component: near anything taught? then: sure enough?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.classifier import evidence_of, learned_from
from assistant.decide import Asked, Decision, Policy, decide
from assistant.entity_finder import entities_in, only_entities
from assistant.evidence import FALLBACK, OUT_OF_SCOPE
from assistant.normalise import has_letters
from assistant.reading import Reading, reading_of
from assistant.split import is_remark, refers_back
from assistant.thresholds import Targets, Thresholds, choose

DECISION = "decision"
ALSO = "also"
PARTS = "parts"
_FILE = "thresholds.json"
# Before anything is trained: answer everything.
_OPEN = Thresholds(float("-inf"), 0.0)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Gate(GraphComponent):
    """Sets `decision`, `also` and `parts`; an intent that is not to be answered is replaced.

    What is asked back gets the intent nlu_fallback in front of the ranking, as Rasa's
    FallbackClassifier does; what is passed gets out_of_scope.

    Config: `target_wrong`, `target_foreign` and `target_part_wrong`
    (`assistant.thresholds.Targets`), `languages` that the encoder understands, `around` (intents
    said around a request), `number_topics` (offered for a bare number), `guarded` (families of
    intents that must be nearer), `pleasantries` (small talk that may be taken for one another),
    and `encoder` and `seed` as for the IntentClassifier.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """At most 2% wrong (3.5% of parts), 5% of foreign messages answered, English only."""
        return {
            "encoder": "minilm",
            "seed": 7,
            "target_wrong": 0.02,
            "target_foreign": 0.05,
            "languages": ["en"],
            "around": [],
            "number_topics": [],
            "target_part_wrong": 0.035,
            "guarded": [],
            "pleasantries": [],
        }

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        thresholds: Thresholds = _OPEN,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._policy = _policy(config, thresholds)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Gate:
        """An open gate."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Set the thresholds by cross-validation."""
        learned = learned_from(training_data, self._config["encoder"], self._config["seed"])
        thresholds = _OPEN
        if learned is not None:
            config = self._config
            targets = Targets(
                config["target_wrong"], config["target_foreign"], config["target_part_wrong"]
            )
            thresholds = choose(learned.left_out, targets, frozenset(config["around"]))
        self._policy = _policy(self._config, thresholds)
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(asdict(thresholds)))
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Gate:
        """The gate with the thresholds that training set."""
        with model_storage.read_from(resource) as folder:
            saved = json.loads((folder / _FILE).read_text())
        return cls(config, model_storage, resource, Thresholds(**saved))

    def process(self, messages: list[Message]) -> list[Message]:
        """Decide about each message."""
        for message in messages:
            found = evidence_of(message)
            if not found:
                continue
            reading = reading_of(message)
            count = len(reading.parts)
            asked = Asked(
                found[0],
                found[1 : 1 + count],
                [n for n, part in enumerate(reading.parts) if is_remark(part)],
                [n for n, part in enumerate(reading.parts) if n and refers_back(part)],
                found[-1] if reading.affirmed else None,
                has_letters(reading.cleaned),
                only_entities(reading.cleaned, message.get(ENTITIES) or []),
                reading.language,
            )
            self._tell(message, decide(asked, self._policy), reading, asked)
        return messages

    def _tell(self, message: Message, made: Decision, reading: Reading, asked: Asked) -> None:
        message.set(DECISION, made.as_dict(), add_to_output=True)
        also = [
            {
                "intent": asked.parts[number].intent,
                "entities": entities_in(reading.parts[number]),
                "before": number < made.lead,
            }
            for number in made.also
        ]
        parts = [
            {"text": text, "intent": part.intent, "confidence": round(part.confidence, 4)}
            for text, part in zip(reading.parts, asked.parts, strict=True)
        ]
        message.set(ALSO, also, add_to_output=True)
        message.set(PARTS, parts, add_to_output=True)
        ranking = [{"name": name, "confidence": p} for name, p in made.ranking]
        if made.kind == "ask_back":
            ranking.insert(0, {"name": FALLBACK, "confidence": 1.0 - made.confidence})
        elif made.kind == "pass" and made.intent != OUT_OF_SCOPE:
            rest = [r for r in ranking if r["name"] != OUT_OF_SCOPE]
            ranking = [{"name": OUT_OF_SCOPE, "confidence": 1.0 - made.confidence}, *rest]
        message.set(INTENT, dict(ranking[0]), add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)


def _policy(config: dict[str, Any], thresholds: Thresholds) -> Policy:
    return Policy(
        thresholds,
        tuple(config["languages"]),
        frozenset(config["around"]),
        tuple(config["number_topics"]),
        tuple(config["guarded"]),
        pleasantries=frozenset(config["pleasantries"]),
    )
