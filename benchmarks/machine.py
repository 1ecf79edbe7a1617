"""Facts about the machine and the libraries, to read the absolute figures by."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from time import perf_counter

from benchmarks.measure import Figures, quantile
from headwater.store import engine


def facts(folder: Path) -> Figures:
    """What a reader needs to compare these figures with others."""
    driver = engine.driver()
    return {
        "python": platform.python_version(),
        "sqlite": ".".join(map(str, driver.version)),
        "sqlite_library": driver.name,
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
        "fsync_p50_ms": round(_fsync_s(folder) * 1e3, 3),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _fsync_s(folder: Path) -> float:
    """The median time of appending 4 KiB to a file durably."""
    path = folder / "fsync-probe"
    times: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(50):
            begun = perf_counter()
            file.write(b"\0" * 4096)
            os.fsync(file.fileno())
            times.append(perf_counter() - begun)
    path.unlink()
    return quantile(times, 0.5)
