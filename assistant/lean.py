"""Serving without TensorFlow: stand-ins for modules that Rasa imports and never uses here.

Rasa 3.6 imports TensorFlow at start even where no component needs it, all its messenger
channels, two foreign databases and its evaluation: three quarters of the start-up time
and of the memory. A served model imports the components it names by itself, so the
lists of all components can stay empty.

Only for serving: training needs the real modules. A model with neural components, or
another tracker store or channel, needs `python -m assistant.serve --stock`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

# Module -> the classes and functions that others import from it by name.
STAND_INS: dict[str, tuple[str, ...]] = {
    # What only the neural components train and run with.
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
    "rasa.utils.tensorflow.model_data": (
        "Data",
        "FeatureArray",
        "FeatureSignature",
        "RasaModelData",
        "ragged_array_to_ndarray",
    ),
    # Importing it registers every component of Rasa, the neural ones too.
    "rasa.engine.recipes.default_components": (),
    # Checks configurations before training.
    "rasa.graph_components.validators.default_recipe_validator": ("DefaultV1RecipeValidator",),
    # Evaluation draws with matplotlib.
    "rasa.core.test": ("test",),
    "rasa.nlu.test": ("CVEvaluationResult", "determine_token_labels"),
    # Stores in other databases.
    "boto3": (),
    "boto3.dynamodb": (),
    "boto3.dynamodb.conditions": ("Key",),
    "botocore": (),
    "botocore.exceptions": ("BotoCoreError",),
    "pymongo": (),
    "pymongo.collection": ("Collection",),
    "pymongo.errors": ("ConnectionFailure", "OperationFailure"),
    # Rasa's own channels; ours is the only one.
    "rasa.core.channels.botframework": ("BotFrameworkInput",),
    "rasa.core.channels.callback": ("CallbackInput",),
    "rasa.core.channels.console": ("CmdlineInput",),
    "rasa.core.channels.facebook": ("FacebookInput",),
    "rasa.core.channels.hangouts": ("HangoutsInput",),
    "rasa.core.channels.mattermost": ("MattermostInput",),
    "rasa.core.channels.rasa_chat": ("RasaChatInput",),
    "rasa.core.channels.rocketchat": ("RocketChatInput",),
    "rasa.core.channels.slack": ("SlackInput",),
    "rasa.core.channels.socketio": ("SocketIOInput",),
    "rasa.core.channels.telegram": ("TelegramInput",),
    "rasa.core.channels.twilio": ("TwilioInput",),
    "rasa.core.channels.twilio_voice": ("TwilioVoiceInput",),
    "rasa.core.channels.webexteams": ("WebexTeamsInput",),
}


class TooLate(RuntimeError):
    """A module to be replaced was imported already."""


class NotServed(RuntimeError):
    """Something was used that a lean server does not have."""


def stand_in() -> None:
    """Put the stand-ins in place; call it before anything of Rasa is imported."""
    late = [name for name in (*STAND_INS, "tensorflow") if name in sys.modules]
    if late:
        raise TooLate(", ".join(late))
    for name, contents in STAND_INS.items():
        module = ModuleType(name, "Stands in for the real module; see assistant/lean.py.")
        module.__path__ = []
        for inner in contents:
            setattr(module, inner, _stand_in_for(f"{name}.{inner}"))
        sys.modules[name] = module
    vars(sys.modules["rasa.engine.recipes.default_components"])["DEFAULT_COMPONENTS"] = []


def _stand_in_for(name: str) -> type[Exception]:
    """A class that can be named, caught and registered, but not made."""
    short = name.rpartition(".")[2]

    def refuse(_self: object, *_args: Any, **_kwargs: Any) -> None:
        raise NotServed(f"{name} needs `python -m assistant.serve --stock`")

    own_name = classmethod(lambda _cls: short)
    return type(short, (Exception,), {"__init__": refuse, "name": own_name})
