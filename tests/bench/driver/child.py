"""A long-lived program that is measured: one JSON request a line in, one JSON object a line out.

Between requests it blocks on a read, so that the one whose turn it is has the core to itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any


class ChildGone(Exception):
    """The program ended, or said what is not JSON."""


def environment(keep_memory: bool) -> dict[str, str]:
    """One thread, for whatever library asks; memory kept by malloc if wanted, which helps PyTorch most."""
    one = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    keep = {"MALLOC_TRIM_THRESHOLD_": "4294967296", "MALLOC_MMAP_THRESHOLD_": "4294967296"}
    return {**os.environ, **one, **(keep if keep_memory else {})}


def pinned(command: list[str], cores: str) -> list[str]:
    return ["taskset", "-c", cores, *command] if shutil.which("taskset") else command


class Child:
    """Started on its first request."""

    def __init__(self, name: str, command: list[str], cores: str, keep_memory: bool = True) -> None:
        self.name = name
        self.environment = environment(keep_memory)
        self.command = pinned(command, cores)
        self.process: subprocess.Popen[str] | None = None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Sends a request and waits for its answer. Raises ChildGone."""
        if self.process is None:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self.environment,
                text=True,
                start_new_session=True,  # Ctrl-C is ours to handle
            )
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            return json.loads(line)
        except (OSError, ValueError) as error:
            code = self.process.poll()
            self.stop()
            raise ChildGone(f"{self.name}: ended (exit code {code}) or answered no JSON") from error

    def stop(self) -> None:
        """Asks it to leave; ends it if it does not."""
        if self.process is None:
            return
        try:
            if self.process.stdin:
                self.process.stdin.write('{"op":"quit"}\n')
                self.process.stdin.close()
            self.process.wait(timeout=2)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None


def python_child(script: Path, cores: str) -> Child:
    """By the distribution's Python, which has its PyTorch and Brian2."""
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else "python3"
    return Child(script.stem, [python, str(script)], cores)
