"""A small stand-in for understanding: finds a second request, and names a language."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Splitter(GraphComponent):
    """Reads '... and jobs' as a further request, as the product's splitter marks it."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Splitter:
        """Nothing to configure."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add `also`, `language` and `decision` to the output."""
        for message in messages:
            text = str(message.get("text") or "")
            message.set("language", "de" if "bitte" in text else "en", add_to_output=True)
            message.set("decision", {"kind": "answer"}, add_to_output=True)
            also: list[dict[str, Any]] = []
            if " and jobs" in text:
                also.append({"intent": "ask_jobs", "entities": []})
            if " and parcel" in text:
                order = {"entity": "order_number", "value": "A55555"}
                also.append({"intent": "track_order", "entities": [order]})
            message.set("also", also, add_to_output=True)
        return messages

    def process_training_data(self, training_data: Any) -> Any:
        """Training data needs none of it."""
        return training_data
