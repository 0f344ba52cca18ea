"""What things cost, as ratios of times taken in turn in one run: prints Markdown tables, writes JSON and growth curves.

    python benchmarks/run.py [--quick] [--only pass statistics others accuracy memory growth processes]

All of it takes about half an hour on 2 quiet cores. `torch-cka` and `ckatorch` are measured where they are
installed. --record puts the tables into RESULTS.md. --quick runs the same code on sizes whose figures mean nothing.
"""

from __future__ import annotations

import argparse
import importlib
import json
from importlib.util import find_spec
from pathlib import Path

from timing import machine, seconds

HERE = Path(__file__).parent
PARTS = {
    "pass": "pass_cost",
    "statistics": "statistics_rate",
    "others": "other_tools",
    "accuracy": "accuracy",
    "memory": "memory",
    "growth": "growth",
    "processes": "processes",
}


def record(path: Path, part: str, shown: str) -> None:
    """Replace what stands at a part's place in the file."""
    start, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    before, _, rest = path.read_text().partition(start)
    _, _, after = rest.partition(end)
    if not after:
        raise ValueError(f"{path} has no place for {part}: {start} and {end}")
    path.write_text(f"{before}{start}\n\n{shown}\n\n{end}{after}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all parts work")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="NAME", help="some parts")
    parser.add_argument("--record", action="store_true", help="also put the tables into the folder's RESULTS.md")
    parser.add_argument("--output", type=Path, help="folder for results.json, growth_*.svg (and RESULTS.md)")
    options = parser.parse_args()
    folder = options.output or (HERE.parent / "build" / "benchmarks" if options.quick else HERE)
    folder.mkdir(parents=True, exist_ok=True)
    if options.record and not (folder / "RESULTS.md").exists():
        parser.error(f"--record has nowhere to write: {folder} has no RESULTS.md")
    missing = [name for name in ("torch_cka", "ckatorch") if not find_spec(name)]
    if missing:
        print(f"not installed, so not measured: {', '.join(missing)} (pip install torch-cka ckatorch)")
    results = {"machine": machine(), "quick": options.quick, "parts": {}}
    print(results["machine"])
    if options.quick:
        print("Small sizes, in one process: no figure below means anything, whatever its table says.")
    for name in options.only:
        part = importlib.import_module(PARTS[name])
        taken, tables = seconds(lambda part=part: part.tables(options.quick))
        shown = "\n\n".join(table.markdown() for table in tables)
        print(f"\n{shown}\n\n`{name}` took {taken:.0f} s", flush=True)
        results["parts"][name] = {"seconds": taken, "tables": [table.as_dict() for table in tables]}
        (folder / "results.json").write_text(json.dumps(results, indent=1))
        if options.record:
            record(folder / "RESULTS.md", name, f"{results['machine']}\n\n{shown}")
        if name == "growth":
            print(*(f"wrote {path}" for path in part.plot(tables, folder)), sep="\n")


if __name__ == "__main__":
    main()
