"""Reads the training files once where Rasa reads them twice or thrice."""

from __future__ import annotations

from functools import cached_property

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData


class FileImporter(RasaFileImporter):
    """Rasa's importer of files, for one language. What it gives is read, merged, never changed."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """All examples."""
        return self._examples

    def get_domain(self) -> Domain:
        """The domain as its files say."""
        return self._domain

    @cached_property
    def _examples(self) -> TrainingData:
        return super().get_nlu_data()

    @cached_property
    def _domain(self) -> Domain:
        return super().get_domain()
