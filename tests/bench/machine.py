"""The machine that the figures are from."""

import os
import platform
import re
from pathlib import Path


def machine() -> dict[str, str | int | float]:
    """Return processor, cores that this process may use, GiB of memory, kernel, and version of Python."""
    return {
        "processor": _first(Path("/proc/cpuinfo"), r"model name\s*:\s*(.+)") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "memory_gib": round(int(_first(Path("/proc/meminfo"), r"MemTotal:\s*(\d+)") or 0) / 1024**2, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _first(file: Path, pattern: str) -> str | None:
    try:
        found = re.search(pattern, file.read_text("utf-8", "replace"))
    except OSError:
        return None
    return " ".join(found[1].split()) if found else None
