"""The entity finder as a Rasa component; the expressions are in `assistant.entities`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from assistant.entities import KINDS, Found, Surroundings, find

EXTRACTOR = "EntityFinder"
# Words that may stand around a number without asking anything.
_FILLER = re.compile(
    r"\b(?:it'?s|its|it|is|my|the|this|that|number|no|nr|order|email|e-mail|mail|phone|here|sure"
    r"|yes|ok|okay|one|please|thanks)\b|[^\w]",
    re.IGNORECASE,
)


def _as_dict(found: Found) -> dict[str, Any]:
    return {
        "entity": found.entity,
        "start": found.start,
        "end": found.end,
        "value": found.value,
        "confidence_entity": 1.0,
        "extractor": EXTRACTOR,
    }


def entities_in(
    text: str, kinds: Sequence[str] = KINDS, region: str = "GB"
) -> list[dict[str, Any]]:
    """The entities of a text, as Rasa writes them down."""
    return [_as_dict(found) for found in find(text, Surroundings(region), kinds)]


def only_entities(text: str, entities: Sequence[dict[str, Any]]) -> bool:
    """Whether a text holds entities and nothing that asks for something; a rating says enough."""
    if not entities or len(text) > 120 or any(e["entity"] == "rating" for e in entities):
        return False
    left, place = "", 0
    for one in sorted(entities, key=lambda e: int(e["start"])):
        left, place = left + text[place : one["start"]] + " ", one["end"]
    return not _FILLER.sub("", left + text[place:])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityFinder(GraphComponent, EntityExtractorMixin):
    """Adds the entities of a message.

    Config: `kinds`, which to find; `region`, the country (ISO 3166) of phone numbers without prefix.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """All kinds, phone numbers as in Great Britain."""
        return {"kinds": list(KINDS), "region": "GB"}

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityFinder:
        """Nothing is learned."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Find entities in the text as written."""
        for message in messages:
            kinds, region = self._config["kinds"], self._config["region"]
            found = entities_in(message.get(TEXT) or "", kinds, region)
            message.set(ENTITIES, [*(message.get(ENTITIES) or []), *found], add_to_output=True)
        return messages
