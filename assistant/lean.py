"""Serving without TensorFlow: stand-ins for modules that Rasa imports and never uses here.

Rasa 3.6 imports TensorFlow at start even where no component needs it: two thirds of
the start-up time and of the memory. A served model imports the components it names
by itself, so the lists of all components can stay empty.

Only for serving: training needs the real modules.
"""

from __future__ import annotations

import sys
from types import ModuleType

STAND_INS: dict[str, dict[str, object]] = {
    # Only the neural components train with these.
    "rasa.utils.tensorflow.callback": {
        "RasaTrainingLogger": type("RasaTrainingLogger", (), {}),
        "RasaModelCheckpoint": type("RasaModelCheckpoint", (), {}),
    },
    "rasa.utils.tensorflow.data_generator": {
        "RasaBatchDataGenerator": type("RasaBatchDataGenerator", (), {}),
    },
    # Importing it registers every component of Rasa, the neural ones too.
    "rasa.engine.recipes.default_components": {"DEFAULT_COMPONENTS": []},
    # Checks configurations before training.
    "rasa.graph_components.validators.default_recipe_validator": {
        "DefaultV1RecipeValidator": type("DefaultV1RecipeValidator", (), {}),
    },
}


class TooLate(RuntimeError):
    """A module to be replaced was imported already."""


def stand_in() -> None:
    """Put the stand-ins in place; call it before anything of Rasa is imported."""
    late = [name for name in STAND_INS if name in sys.modules]
    if late or "tensorflow" in sys.modules:
        raise TooLate(", ".join(late) or "tensorflow")
    for name, contents in STAND_INS.items():
        module = ModuleType(name, "Stands in for the real module; see assistant/lean.py.")
        module.__dict__.update(contents)
        sys.modules[name] = module
