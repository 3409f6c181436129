"""What was measured, where and when: commit, processor, compiler, date."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from .places import SOURCE


def output_of(command: list[str]) -> str:
    try:
        return subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def commit() -> str:
    """Twelve digits, with "-dirty" if the tree differs; "unknown" outside a work tree."""
    head = output_of(["git", "rev-parse", "--short=12", "HEAD"])
    if not head:
        return "unknown"
    return head + ("-dirty" if output_of(["git", "status", "--porcelain", "--untracked-files=no"]) else "")


def processor() -> str:
    """The processor's name, or family and model where a virtual machine hides the name."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(re.findall(r"^([^\t:]+)\s*: (.*)$", text, re.MULTILINE))
    name = fields.get("model name", platform.machine()).strip()
    return f"{name} (family {fields.get('cpu family', '?')}, model {fields.get('model', '?')})"


def cache_sizes() -> str:
    """"L1d 48K, L2 2048K, L3 ..." of the first core."""
    sizes = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            kind = (index / "type").read_text().strip()
            level = (index / "level").read_text().strip()
            size = (index / "size").read_text().strip()
        except OSError:
            continue
        if kind != "Instruction":
            sizes.append(f"L{level}{'d' if kind == 'Data' and level == '1' else ''} {size}")
    return ", ".join(sizes)


def compiler(build_folder: Path) -> str:
    try:
        cache = (build_folder / "CMakeCache.txt").read_text()
    except OSError:
        return "unknown"
    found = re.search(r"^CMAKE_CXX_COMPILER:[^=]*=(.*)$", cache, re.MULTILINE)
    return output_of([found.group(1), "--version"]).split("\n")[0] if found else "unknown"


def describe(build_folder: Path) -> dict[str, str | int]:
    return {
        "commit": commit(),
        "processor": processor(),
        "caches": cache_sizes(),
        "cores": os.cpu_count() or 0,
        "compiler": compiler(build_folder),
        "system": f"{platform.system()} {platform.release()}",
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
    }
