"""The assistant's room: what runs inside Rasa (Python 3.10).

The channel, the stores, the policies, the understanding components, and the
commands that train and serve them. Nothing of the care server may come in:
the two processes know each other only through the channel's contract
(docs/developers/contracts.md).
"""

import os

# Before NumPy is first imported: on one message a second thread only spins, so that a parse would
# cost 14 ms of CPU time instead of 7 and be answered no sooner.
os.environ.setdefault("OMP_NUM_THREADS", "1")
