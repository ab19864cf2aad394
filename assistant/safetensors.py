"""Reads the safetensors format (a JSON header, then raw arrays) with NumPy alone."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES: dict[str, Any] = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


def read_safetensors(data: bytes) -> dict[str, NDArray[Any]]:
    """All arrays of a file, by name, as read-only views on `data`.

    Raises:
        ValueError: the header is damaged or names a type that is not read here.
    """
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    body = 8 + size
    arrays: dict[str, NDArray[Any]] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] not in _TYPES:
            raise ValueError(f"{name} has type {entry['dtype']}")
        start, end = entry["data_offsets"]
        flat = np.frombuffer(data[body + start : body + end], dtype=_TYPES[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"])
    return arrays
