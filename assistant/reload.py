"""Exchanging the model of a running assistant for the newest one on disk."""

from __future__ import annotations

import asyncio
import gc
import logging
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor

from assistant.candidates import adopt, at_work, waiting

logger = logging.getLogger(__name__)

_LOADING = asyncio.Lock()


class ReloadFailed(RuntimeError):
    """The newest model could not be loaded; the present one goes on."""


async def load_newest(agent: Agent, folder: Path) -> str:
    """Load the newest model beside the present one, then exchange them at once.

    One that was trained at the desk and waits is that model, and stays it from now on.
    Turns under way end with the model they began with. Only files in our own folder
    are ever loaded.

    Returns:
        The new model's id.

    Raises:
        ReloadFailed: where there is no model or it cannot be loaded.
    """
    async with _LOADING:
        waited = waiting(folder)
        newest = waited or at_work(folder)
        if newest is None:
            raise ReloadFailed("no model")
        try:
            processor = await asyncio.to_thread(_load, agent, str(newest))
        except Exception as error:
            logger.exception("the newest model cannot be loaded")
            raise ReloadFailed("the newest model cannot be loaded") from error
        agent.processor = processor
        agent.domain = processor.domain
        agent.nlg = processor.nlg
        agent.tracker_store.domain = processor.domain
        # What the server froze at its start (serve.py) includes the model that goes now.
        gc.unfreeze()
        gc.collect()
        if waited is not None:
            adopt(folder, waited)
        return str(processor.model_metadata.model_id)


def _load(agent: Agent, path: str) -> MessageProcessor:
    processor = MessageProcessor(
        model_path=path,
        tracker_store=agent.tracker_store,
        lock_store=agent.lock_store,
        action_endpoint=agent.action_endpoint,
        generator=agent.nlg,
    )
    # A generator of its own: turns under way keep the responses of the old model.
    processor.nlg = TemplatedNaturalLanguageGenerator(processor.domain.responses)
    return processor
