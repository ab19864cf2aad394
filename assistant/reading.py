"""The first component: what of a message is read, once, for all the others.

The message's own text stays as it was written. A reading is kept in the message property
`reading`; nothing of it leaves the assistant.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.language import answer_in, detect, hint_of
from assistant.named import named
from assistant.normalise import clean, core
from assistant.spelling import Speller, words
from assistant.split import affirmed, lines_as_sentences, parts, wanted
from assistant.vectors import common_words

READING = "reading"
_FILE = "words.json"


@dataclass(frozen=True)
class Reading:
    """`text` is what is understood of a message: cleaned, without politeness and refused parts,
    slips put right. `parts` are its requests (empty when it is one). `refused` is what is expressly
    not wanted, `affirmed` that without its negation; both '' mostly. `taught_share` is the share of
    words that the training data has, `language` the ISO 639-1 code of what was written, `answer_in`
    of what to answer in: a number says nothing of its writer's language, their client does."""

    cleaned: str
    text: str
    parts: tuple[str, ...] = ()
    refused: str = ""
    affirmed: str = ""
    taught_share: float = 1.0
    language: str = "en"
    answer_in: str = "en"

    def texts(self) -> list[str]:
        """Everything that the encoder and the classifier look at, `text` first."""
        return [self.text, *self.parts, *([self.affirmed] if self.affirmed else [])]


class Reader:
    """Reads messages with the words of the training data."""

    def __init__(self, speller: Speller, language: str = "en") -> None:
        """Args:
        speller: knows the words of the training data.
        language: of the training data (ISO 639-1); taken for a message when there is doubt.
        """
        self._speller = speller
        self._language = language

    def read(self, written: str, hint: str | None = None) -> Reading:
        """The reading of a message as a customer wrote it; `hint`: their client's language."""
        cleaned = clean(lines_as_sentences(written))
        share = self._share(cleaned)
        language = detect(cleaned, self._language, share, hint)
        # Words of another language are not slips of this one.
        correct = self._speller.correct if language == self._language else str
        read = named(cleaned)
        asked = wanted(core(read))
        pieces = [correct(core(piece)) for piece in parts(asked.text)]
        return Reading(
            cleaned,
            correct(asked.text or core(read)),
            tuple(pieces) if len(pieces) > 1 else (),
            asked.refused,
            "" if asked.text else correct(affirmed(asked.refused)),
            share,
            language,
            answer_in(cleaned, self._language, share, hint),
        )

    def read_example(self, written: str) -> Reading:
        """The reading of a training example: whole, since its intent is of the whole."""
        cleaned = clean(written)
        return Reading(cleaned, self._speller.correct(core(cleaned)))

    def _share(self, text: str) -> float:
        found = words(text)
        taught = self._speller.taught
        return sum(w in taught for w in found) / len(found) if found else 1.0


def reading_of(message: Message) -> Reading:
    """The reading that `MessageReader` left in a message; of its text when there is none."""
    kept = message.get(READING)
    if kept is None:
        cleaned = clean(message.get(TEXT) or "")
        return Reading(cleaned, core(cleaned))
    return Reading(**{**kept, "parts": tuple(kept["parts"])})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class MessageReader(GraphComponent):
    """Cleans, corrects and parts messages, and sets their `language`.

    It learns the words of the training data. Config: `language` of the training data.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """English."""
        return {"language": "en"}

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, speller: Speller
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._reader = Reader(speller, config["language"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageReader:
        """A reader that knows no words yet."""
        return cls(config, model_storage, resource, Speller([], []))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the words of the examples."""
        texts = [core(clean(m.get(TEXT) or "")) for m in training_data.intent_examples]
        speller = Speller.taught_by(texts, common_words())
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(sorted(speller.taught.items())))
        self._reader = Reader(speller, self._config["language"])
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageReader:
        """A reader with the words that were learned."""
        with model_storage.read_from(resource) as folder:
            taught = [(word, n) for word, n in json.loads((folder / _FILE).read_text())]
        return cls(config, model_storage, resource, Speller(taught, common_words()))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave a reading in every example."""
        for message in training_data.training_examples:
            if message.get(TEXT):
                message.set(READING, asdict(self._reader.read_example(message.get(TEXT))))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Leave a reading in every message."""
        for message in messages:
            hint = hint_of((message.get("metadata") or {}).get("language"))
            reading = self._reader.read(message.get(TEXT) or "", hint)
            message.set(READING, asdict(reading))
            message.set("language", reading.answer_in, add_to_output=True)
        return messages
