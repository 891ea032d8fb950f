"""What finding presets costs: two thousand of them listed and searched, with a warm index, a cold one, and none.

Usage: python tests/bench/presets.py [--count N]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.presets import PresetStore
from afxplugin.presets.index import Index
from afxplugin.presets.toml_text import device_text, table_text

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 2000
RUNS = 5


def write_presets(folder: Path, count: int, *, each: int = 4) -> None:
    """So many presets in devices of ``each``, with descriptions and knobs as real ones have; without captures."""
    for k in range(count // each):
        home = folder / f"device-{k}"
        home.mkdir(parents=True)
        about = {"name": f"Device {k}", "description": f"Amp number {k} of the shelf", "tags": ["amp", f"kind{k % 7}"]}
        text = device_text(2, about, {"path": "x.afx", "sha256": "0" * 64}, [{"name": "Gain"}, {"name": "Tone"}])
        for j in range(each):
            settings = {"name": f"Preset {j}", "knobs": {"Gain": float(j), "Tone": 5.0}, "output_gain_db": -3.5}
            text += table_text("[[preset]]", settings)
        (home / "device.toml").write_text(text)


def best_s(work: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds of the quickest of some runs."""
    times: list[float] = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Measures and prints."""
    count = int(sys.argv[2]) if sys.argv[1:2] == ["--count"] else COUNT
    with tempfile.TemporaryDirectory(prefix="afx-") as temporary:
        folder = Path(temporary) / "presets"
        write_presets(folder, count)
        index = Path(temporary) / "index.sqlite"
        (Path(temporary) / "file").write_text("")
        without = PresetStore([folder], index=Index(Path(temporary) / "file" / "none.sqlite"))
        store = PresetStore([folder], index=Index(index))
        assert len(store.list()) == len(without.list()) == count
        assert len(store.search("preset 3 kind2")) == len(without.search("preset 3 kind2")) > 0

        def cold() -> None:
            index.unlink()
            store.list()

        print(f"{count} presets in {count // 4} files, the quickest of {RUNS} runs:")
        print(f"  list, index warm       {1e3 * best_s(store.list):7.1f} ms")
        print(f"  search, index warm     {1e3 * best_s(lambda: store.search('preset 3 kind2')):7.1f} ms")
        print(f"  list, index cold       {1e3 * best_s(cold, 2):7.1f} ms")
        print(f"  list, no index         {1e3 * best_s(without.list, 2):7.1f} ms")
        print(f"  search, no index       {1e3 * best_s(lambda: without.search('preset 3 kind2'), 2):7.1f} ms")
        bare = [sys.executable, "-c", "import afxplugin.presets"]
        print(f"  a process that only imports presets {best_s(lambda: subprocess.run(bare, check=True)):5.2f} s")


if __name__ == "__main__":
    main()
