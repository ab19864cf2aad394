"""Runs the action server: `python -m actions [--port 5055]`.

rasa-sdk's own start lets every website call the actions from a browser (CORS for all) and starts a
second process that outlives a killed first one; here it is one process that answers the assistant.
"""

import argparse
import logging
import os
import warnings

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor


def main() -> None:
    """Serve the actions of this package until told to stop."""
    parser = argparse.ArgumentParser("actions", description=__doc__)
    parser.add_argument("--host", default=os.environ.get("CARELINE_ACTIONS_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=5055)
    given = parser.parse_args()
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    # Said for each call: the assistant's Rasa is 3.6 by decision, and the tests run this pair.
    warnings.filterwarnings("ignore", message="Your versions of rasa and rasa_sdk")
    executor = ActionExecutor()
    executor.register_package("actions")
    app = create_app(executor, cors_origins=None)
    print(f"actions: ready on {given.host}:{given.port}", flush=True)
    app.run(host=given.host, port=given.port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
