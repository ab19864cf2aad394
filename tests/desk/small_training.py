"""A training as the desk starts one: a process that says how far it is and leaves a report.

It counts what it was given to learn, so that a test can tell whether it was.
"""

import json
import os
import time
from pathlib import Path

import yaml

var = Path(os.environ["CARELINE_VAR_DIR"])
reviewed = yaml.safe_load((Path(os.environ["CARELINE_DATA_DIR"]) / "nlu/reviewed.yml").read_text())
learnt = [example["text"].strip() for item in reviewed["nlu"] for example in item["examples"]]
print("training: reading data ...", flush=True)
time.sleep(0.3)
(var / "train").mkdir(exist_ok=True)
report = {"model": "small-2", "examples": 100 + len(learnt), "accuracy": 0.9 + len(learnt) / 1000}
(var / "train" / "report.json").write_text(json.dumps(report))
(var / "train" / "learnt.json").write_text(json.dumps(learnt))
print("training: small-2 is trained", flush=True)
