"""The suite "index": questions to an index of 100,000 studies by one thread, without Orthanc and without a network."""
import json
import os
import pathlib
import subprocess

TARGETS = ("index_bench",)
# Issue 2: C-FIND by card under 2 ms inside the plugin at 100,000 studies.
TARGET_US = 2000


def run(options):
    program = pathlib.Path(os.environ["RECOGNITION_BINARY_DIR"]) / "index_bench"
    size = ["--studies", "5000", "--repeat", "200"] if options.quick else ["--studies", "100000"]
    done = subprocess.run([str(program), "--json", *size], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def table(result):
    lines = [f"{'question':<26} {'p50 us':>9} {'p99 us':>9} {'mean us':>9} {'answers':>9}"]
    for one in result["questions"]:
        lines.append(f"{one['name']:<26} {one['p50_us']:>9.0f} {one['p99_us']:>9.0f} {one['mean_us']:>9.0f}"
                     f" {one['answers']:>9.1f}")
    card = result["questions"][0]["p50_us"]
    lines += ["", f"studies {result['studies']}, persons {result['persons']}, identifiers {result['identifiers']}",
              f"database {result['database_mib']} MiB, resident memory {result['memory_mib']} MiB,"
              f" stored {result['stored_per_second']} instances/s (studies of 300)",
              f"by card with verdict: {card:.0f} us, wanted under {TARGET_US} us: {'yes' if card < TARGET_US else 'NO'}"]
    return "\n".join(lines)
