"""The weights, the encoder and the intent model without Rasa around them."""

from __future__ import annotations

import hashlib
import io
import logging
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from assistant import vectors, weights
from assistant.crossval import folds, learn, name_examples
from assistant.evidence import OUT_OF_SCOPE
from assistant.model import Examples, IntentModel, mean_of_top, names_as_text, top_of_spans
from assistant.passages import Passage, PassageIndex, of_page, of_responses
from assistant.scope import DEFAULT_SCOPE, ScopeScore, fit_scope
from tests.assistant.nlu_small import EXAMPLES


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encoder, built as set-up builds it."""
    return weights.build(tmp_path_factory.mktemp("encoder"))


def test_the_encoder_is_built_the_same_to_the_byte(built: Path) -> None:
    assert hashlib.sha256(built.read_bytes()).hexdigest() == weights.MINILM_BUILT_SHA256


def test_what_is_built_is_not_built_again(built: Path) -> None:
    before = built.stat().st_mtime_ns
    assert weights.build(built.parent) == built
    assert built.stat().st_mtime_ns == before


def test_other_weights_are_refused() -> None:
    with pytest.raises(weights.WeightsRefused):
        weights.checked(b"something else", weights.MINILM)


def test_an_absent_package_is_said_to_be_absent() -> None:
    with pytest.raises(weights.WeightsMissing):
        weights.package_folder("no_such_package_at_all")


def test_a_file_is_published_whole_or_not_at_all(tmp_path: Path) -> None:
    weights.publish(b"one", tmp_path / "file")
    weights.publish(b"two", tmp_path / "file")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"two"


def test_a_missing_encoder_is_a_warning_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CARELINE_VAR_DIR", str(tmp_path))
    vectors.encoder.cache_clear()
    try:
        with caplog.at_level(logging.WARNING):
            assert vectors.encoder("minilm") is None
            assert vectors.encoder("minilm") is None
        assert len([r for r in caplog.records if "absent" in r.message]) == 1
    finally:
        vectors.encoder.cache_clear()


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(ValueError, match="no encoder is called"):
        vectors.encoder("bert")


@pytest.fixture
def encoder(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> vectors.TextEncoder:
    """MiniLM from the file that was just built."""
    (tmp_path / "encoder").symlink_to(built.parent)
    monkeypatch.setenv("CARELINE_VAR_DIR", str(tmp_path))
    return vectors.MiniLM()


def test_sentences_that_mean_the_same_are_near(encoder: vectors.TextEncoder) -> None:
    a, b, c = encoder.encode(["where is my parcel", "track my package", "how do I boil an egg"])
    assert float(a @ b) > 0.4 > 0.2 > float(a @ c)


def test_a_vector_does_not_depend_on_its_neighbours(encoder: vectors.TextEncoder) -> None:
    alone = encoder.encode(["refund"])[0]
    beside = encoder.encode(["something much longer than the other one", "refund"])[1]
    assert np.array_equal(alone, beside)
    assert float(np.linalg.norm(alone)) == pytest.approx(1.0, abs=1e-5)


def rows() -> tuple[list[str], list[str]]:
    pairs = [(t, i) for i, lines in EXAMPLES.items() for t in lines.splitlines()]
    return [t for t, _ in pairs], [i for _, i in pairs]


def examples(width: int) -> tuple[Examples, Examples]:
    texts, intents = rows()
    names = name_examples(intents)
    generator = np.random.default_rng(0)
    centres = {name: generator.normal(size=width) for name in names}
    near = np.array([centres[i] + 0.3 * generator.normal(size=width) for i in intents])
    own = np.array([centres[n] for n in names])
    shape = (len(names), width)
    return (
        Examples(near.astype(np.float32).reshape(len(texts), width), texts, intents),
        Examples(own.astype(np.float32).reshape(shape), names_as_text(names), names),
    )


@pytest.mark.parametrize("width", [0, 16])
def test_a_saved_model_reads_as_before(width: int) -> None:
    taught, named = examples(width)
    model = learn(taught, named).model
    again = IntentModel.from_bytes(model.to_bytes())
    vector = taught.vectors[:1]
    before, after = model.read(vector, taught.texts[:1])[0], again.read(vector, taught.texts[:1])[0]
    assert before.intent == after.intent == taught.intents[0]
    assert before.confidence == pytest.approx(after.confidence, abs=1e-3)
    assert sum(p for _, p in before.ranking) == pytest.approx(1.0, abs=1e-3)


def test_training_twice_gives_the_same_bytes() -> None:
    first = learn(*examples(16), seed=3).model.to_bytes()
    learn(*examples(16), seed=4)
    second = learn(*examples(16), seed=3).model.to_bytes()
    with np.load(io.BytesIO(first)) as a, np.load(io.BytesIO(second)) as b:
        assert all(np.array_equal(a[name], b[name]) for name in a.files)


def test_a_pickled_model_is_refused() -> None:
    out = io.BytesIO()
    np.savez(out, classes=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        IntentModel.from_bytes(out.getvalue())


def test_folds_spread_every_intent() -> None:
    fold = folds(["a"] * 10 + ["b"] * 10, 5, 1)
    assert sorted(fold[:10]) == sorted(fold[10:]) == sorted([0, 1, 2, 3, 4] * 2)


def test_out_of_scope_examples_together_weigh_as_one_intent() -> None:
    intents = ["a"] * 10 + ["b"] * 10 + [OUT_OF_SCOPE] * 100
    weights_ = Examples(np.zeros((120, 0), np.float32), [""] * 120, intents).weights()
    assert float(weights_[20:].sum()) == pytest.approx(10.0, rel=1e-3)


def test_the_scope_score_learns_what_is_near() -> None:
    generator = np.random.default_rng(1)
    near = generator.normal([8, 0.8, 0.3, 0.1], 0.2, size=(200, 4))
    far = generator.normal([3, 0.4, 0.6, 0.7], 0.2, size=(200, 4))
    inside = np.arange(400) < 200
    outside = np.where(inside, 0.01, 0.6).astype(np.float32)
    score = fit_scope(np.concatenate([near, far]).astype(np.float32), outside, inside)
    assert score.of(near[0].astype(np.float32), 0.01) > 0 > score.of(far[0].astype(np.float32), 0.6)
    assert ScopeScore.from_array(score.as_array()) == score


def test_too_few_foreign_examples_leave_the_plain_score() -> None:
    inside = np.arange(100) < 95
    nearness = np.zeros((100, 4), np.float32)
    assert fit_scope(nearness, np.zeros(100, np.float32), inside) is DEFAULT_SCOPE


PAGE = """---
title: Warranty
---
# Warranty

Two years on everything that has a motor, whatever the reason.

## Batteries

Batteries are covered for six months after the day of delivery.
"""


def test_a_page_is_quoted_by_section() -> None:
    found = list(of_page(PAGE, "warranty.md"))
    assert [p.title for p in found] == ["Warranty", "Warranty: Batteries"]


def test_an_answer_without_a_title_or_for_one_language_is_not_quoted() -> None:
    metadata = {"title": "A"}
    variants = [
        {"text": "one", "metadata": metadata},
        {"text": "two", "metadata": metadata, "condition": [{"type": "slot"}]},
        {"text": "three"},
    ]
    assert [p.text for p in of_responses({"responses": {"utter_a": variants}})] == ["one"]


def test_the_search_finds_by_words_without_an_encoder() -> None:
    passages = [Passage("Batteries last six months.", "a", "Batteries"), Passage("x", "b", "Desks")]
    index = PassageIndex(passages, [], np.zeros((0, 0), np.float32))
    hits = index.search("how long do batteries last", np.zeros(0, np.float32))
    assert hits[0].passage.source == "a"
    assert hits[0].score > hits[1].score


def test_the_nearest_of_many_intents_at_once_are_those_of_each() -> None:
    starts = np.array([0, 1, 4, 9, 200, 260])
    cosine = np.random.default_rng(2).normal(size=(3, 260)).astype(np.float32)
    spans = [mean_of_top(cosine[:, a:b]) for a, b in pairwise(starts)]
    found = mean_of_top(top_of_spans(cosine, starts))
    assert np.allclose(found, np.stack(spans, axis=1), atol=1e-6)
    assert np.allclose(found[:, 0], cosine[:, 0])
