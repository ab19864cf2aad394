"""Serving without TensorFlow: stand-ins for modules that Rasa imports and never uses here.

Rasa 3.6 imports TensorFlow at start even where no component needs it, all its messenger
channels, two foreign databases and its evaluation: three quarters of the start-up time
and of the memory. A served model imports the components it names by itself, so the
lists of all components can stay empty.

Training leaves out the same and the neural components themselves (`without_neural` tells
whether a configuration has none). A model with neural components, or another tracker
store or channel, needs `--stock`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

_VALIDATOR = "rasa.graph_components.validators.default_recipe_validator"
# The check of configurations, and what looks for rules that contradict stories.
_TRAINED_WITH = (_VALIDATOR, "rasa.core.test", "rasa.nlu.test")

Modules = Mapping[str, tuple[str, ...]]
"""Module -> the classes and functions that others import from it by name."""

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
    _VALIDATOR: ("DefaultV1RecipeValidator",),
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

"""What a server does without."""

FOR_TRAINING: dict[str, tuple[str, ...]] = {
    **{name: inner for name, inner in STAND_INS.items() if name not in _TRAINED_WITH},
    "rasa.nlu.classifiers.diet_classifier": ("DIETClassifier",),
    "rasa.nlu.selectors.response_selector": ("ResponseSelector",),
    "rasa.core.policies.ted_policy": ("TEDPolicy",),
    "rasa.core.policies.unexpected_intent_policy": ("UnexpecTEDIntentPolicy",),
}
"""What a training without neural components does without."""

# Rasa's components that a training may name and that need nothing neural, and where they are.
_PLAIN = {
    "MemoizationPolicy": "rasa.core.policies.memoization",
    "AugmentedMemoizationPolicy": "rasa.core.policies.memoization",
    "RulePolicy": "rasa.core.policies.rule_policy",
}


class TooLate(RuntimeError):
    """A module to be replaced was imported already."""


class NotServed(RuntimeError):
    """Something was used that a lean server does not have."""


def without_neural(config: Mapping[str, Any]) -> bool:
    """Whether all components of a configuration are our own or known to need nothing neural."""
    pipeline, policies = config.get("pipeline"), config.get("policies")
    if not pipeline or not policies:
        return False  # Rasa would choose, and choose neural ones.
    names = [str(component.get("name")) for component in (*pipeline, *policies)]
    return all(name.startswith("assistant.") or name in _PLAIN for name in names)


def register_plain() -> None:
    """Make Rasa know the plain components by their names, as its list of all would."""
    for name in sorted(set(_PLAIN.values())):
        importlib.import_module(name)


def stand_in(modules: Modules = STAND_INS) -> None:
    """Put the stand-ins in place; call it before anything of Rasa is imported.

    Raises:
        TooLate: it was.
    """
    late = [name for name in (*modules, "tensorflow") if name in sys.modules]
    if late:
        raise TooLate(", ".join(late))
    for name, contents in modules.items():
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
        raise NotServed(f"{name} needs `--stock`")

    own_name = classmethod(lambda _cls: short)
    return type(short, (Exception,), {"__init__": refuse, "name": own_name})
