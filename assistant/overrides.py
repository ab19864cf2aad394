"""Small replacements inside Rasa 3.6.21, each with the figure that justifies it.

Figures are milliseconds of one turn on a 2-core machine. tests/assistant/
test_overrides.py fails when the code underneath is no longer the one replaced.
"""

from __future__ import annotations

import contextvars
import functools
import os
from types import SimpleNamespace
from typing import Any, cast

import jsonschema
import rasa
import rasa.core.actions.action as rasa_action
import rasa.core.policies.memoization as rasa_memoization
import rasa.core.processor as rasa_processor
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import EventVerbosity

from assistant.action_endpoint import ActionEndpoint

ACTION_SECONDS_VARIABLE = "CARELINE_ACTION_SECONDS"
DEFAULT_ACTION_SECONDS = 5.0
"""Rasa waits 300 s for an action, the care server 8 s for the assistant."""

in_turn: contextvars.ContextVar[bool] = contextvars.ContextVar("in_turn", default=False)
"""Set while the channel answers: only there a failed action must end the turn."""


class ActionFailed(BaseException):
    """An action could not be run at all.

    Not an Exception, because the processor logs every Exception of an action and
    goes on as if the action had done nothing: the customer would read silence.
    """

    def __init__(self, action: str) -> None:
        """Remember which action it was."""
        super().__init__(action)
        self.action = action


def apply() -> None:
    """Put all replacements in place; doing it again changes nothing."""
    for replace in (_event_types, _action_validator, _action_call, _log_copies, _graph_run):
        replace()


@functools.cache
def _event_types() -> None:
    """Find an event's class once per name instead of walking all subclasses.

    966,660 calls for 6 messages of a long conversation; 16 ms a turn of 60 events.
    """
    stock = Event.resolve_by_type
    known: dict[str, Any] = {}

    def resolve(type_name: str, default: Any = None) -> Any:
        found = known.get(type_name)
        if found is None:
            found = stock(type_name, default)
            if found is not None and found is not default:
                known[type_name] = found
        return found

    Event.resolve_by_type = staticmethod(resolve)


@functools.cache
def _action_validator() -> None:
    """Compile the schema of an action's answer once.

    jsonschema.validate checks the schema itself and builds a validator for every
    response: about 45 ms of the 50 ms that an action call costs.
    """
    schema = RemoteAction.action_response_format_spec()
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)

    def validate(_self: RemoteAction, result: Any) -> bool:
        error = jsonschema.exceptions.best_match(validator.iter_errors(result))
        if error is not None:
            raise error
        return True

    RemoteAction._validate_action_result = validate


@functools.cache
def _action_call() -> None:
    """Limit the wait for an action, say when it failed, and send the domain only once.

    Writing the domain as JSON and reading it again for every call costs 6 ms with
    400 responses; see action_endpoint.py.
    """
    stock_run = RemoteAction.run
    stock_format = RemoteAction._action_call_format

    def call_format(self: RemoteAction, tracker: Any, domain: Domain) -> dict[str, Any]:
        endpoint = self.action_endpoint
        if not isinstance(endpoint, ActionEndpoint):
            return cast("dict[str, Any]", stock_format(self, tracker, domain))
        return {
            "next_action": self.name(),
            "sender_id": tracker.sender_id,
            "tracker": tracker.current_state(EventVerbosity.ALL),
            "version": rasa.__version__,
            "domain_digest": endpoint.digest(domain),
        }

    async def run(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        try:
            return await stock_run(self, *args, **kwargs)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            if in_turn.get():
                raise ActionFailed(self.name()) from error
            raise

    RemoteAction.run = run
    RemoteAction._action_call_format = call_format
    rasa_action.DEFAULT_REQUEST_TIMEOUT = float(
        os.environ.get(ACTION_SECONDS_VARIABLE) or DEFAULT_ACTION_SECONDS
    )


@functools.cache
def _log_copies() -> None:
    """Do not copy for debug messages that nobody reads.

    These modules copy whole events and states to log them, also when the log is
    off: 2 ms a turn. What is logged is written at once, so the copy is not needed.
    """
    for module in (rasa_processor, rasa_memoization):
        module.copy = SimpleNamespace(deepcopy=lambda value: value, copy=lambda value: value)


@functools.cache
def _graph_run() -> None:
    """Run the model's graph node by node, in an order found once.

    dask sorts the graph and starts its scheduler for every prediction, three times a
    turn: 2 ms of the 8 ms that a turn costs without understanding the message.
    """
    stock_run = DaskGraphRunner.run

    def run(
        self: DaskGraphRunner,
        inputs: dict[str, Any] | None = None,
        targets: list[str] | None = None,
    ) -> dict[str, Any]:
        wanted = tuple(targets or self._graph_schema.target_names)
        held = self.__dict__.setdefault("_careline_orders", {})
        order = held.get(wanted)
        if order is None:
            order = held[wanted] = _in_order(self._graph_schema, wanted)
        given = {name: (name, value) for name, value in (inputs or {}).items()}
        if any(name in given for name, _ in order):
            # Stock refuses some of these and overwrites others.
            return cast("dict[str, Any]", stock_run(self, inputs, targets))
        done: dict[str, Any] = dict(given)
        for name, needs in order:
            # What is neither given nor a node stays a name, as dask leaves it.
            done[name] = self._instantiated_nodes[name](*(done.get(need, need) for need in needs))
        return dict(done[name] for name in wanted)

    DaskGraphRunner.run = run


def _in_order(schema: GraphSchema, targets: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """The nodes that lead to the targets, each after those that it needs."""
    nodes = schema.minimal_graph_schema(list(targets)).nodes
    order: dict[str, tuple[str, ...]] = {}

    def visit(name: str) -> None:
        if name in order or name not in nodes:
            return
        needs = tuple(nodes[name].needs.values())
        for need in needs:
            visit(need)
        order[name] = needs

    for target in targets:
        visit(target)
    return list(order.items())
