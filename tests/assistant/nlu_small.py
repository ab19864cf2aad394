"""A small set of examples and a pipeline trained on it, for the tests of the components."""

from __future__ import annotations

from pathlib import Path

import yaml

CONFIG = {
    "recipe": "default.v1",
    "assistant_id": "small",
    "language": "en",
    "pipeline": [
        {"name": "assistant.reading.MessageReader"},
        {"name": "assistant.entity_finder.EntityFinder", "kinds": ["order_number", "email"]},
        {"name": "assistant.encoder.SentenceEncoder"},
        {"name": "assistant.classifier.IntentClassifier"},
        {"name": "assistant.gate.Gate", "target_wrong": 0.1, "number_topics": ["track_order"]},
        {"name": "assistant.search.AnswerSearch", "threshold": 0.3},
    ],
}

EXAMPLES = {
    "track_order": """where is my order
when will my parcel arrive at my house
track my package please
has my parcel been shipped yet
I want to follow my delivery
order status
is my package on its way
my order has not come, where is it
show me the tracking of my order
what happened to my parcel""",
    "cancel_order": """cancel my order
I want to cancel the purchase I made
please stop my order
I no longer want what I ordered, cancel it
how do I cancel an order
undo my purchase
can you cancel the order from yesterday
order cancellation
I changed my mind, cancel everything
call off my order""",
    "get_refund": """I want my money back
refund me
how do I get a refund
please pay back what I paid
I would like to be refunded
reimburse me for the broken lamp
give me back my money
request a refund
I need a refund for my order
get my payment returned""",
    "recover_password": """I forgot my password
reset my password
I cannot log in, password lost
how do I recover my password
password reset link
my password does not work
lost access to my account because of the password
help me get a new password
set a new password
I can't remember my login password""",
    "greet": """hello
hi
good morning
hey there
hi there
good evening
hello bot
greetings
hey
good afternoon""",
}


def write(folder: Path, encoder: str = "minilm") -> tuple[Path, Path]:
    """Write config and data of the small assistant; returns their paths."""
    config = yaml.safe_load(yaml.safe_dump(CONFIG))
    for component in config["pipeline"]:
        if component["name"].rsplit(".", 1)[-1] not in ("MessageReader", "EntityFinder"):
            component["encoder"] = encoder
    blocks = [
        {"intent": name, "examples": "".join(f"- {line}\n" for line in lines.splitlines())}
        for name, lines in EXAMPLES.items()
    ]
    data, settings = folder / "nlu.yml", folder / "config.yml"
    data.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}), encoding="utf-8")
    settings.write_text(yaml.safe_dump(config), encoding="utf-8")
    return settings, data
