"""What a review has to reach, measured: rows for run.py."""

import os
import pathlib
import resource
import subprocess
import time

import fixtures
import yard
from measure import Failed, Row, milliseconds, run

COMMITS, FILES = 1000, 5000
SECONDS_MAX, MEGABYTES_MAX = 2.0, 200.0


def branch_script():
    """Run inside: that many commits, each with its files, made by git fast-import."""
    return f"""
git fast-import --quiet <<END
$(awk 'BEGIN {{
  for (c = 0; c < {COMMITS}; c++) {{
    printf "commit refs/heads/made\\ncommitter A <a@localhost> %d +0000\\ndata 8\\nchange x\\n", 1764000000 + c
    if (c == 0) printf "from HEAD\\n"
    for (f = 0; f < {FILES // COMMITS}; f++) {{
      text = ""
      for (l = 0; l < 60; l++) text = text "  result = compute_step(" c ", " f ", " l ") + offset[" l "]; // line " l "\\n"
      printf "M 100644 inline src/d%03d/f%d_%d.c\\ndata %d\\n%s\\n", c / 10, c, f, length(text), text
    }}
  }}
}}')
END
git checkout -q -B "$(git branch --show-current)" made && git push -q local HEAD
"""


def review_rows(top, rounds):
    repository = fixtures.repository(pathlib.Path(top) / "review", 50)
    run(*yard.run_flags(repository, "--name", "review", "-b", "review"), "--", "sh", "-c", branch_script())
    try:
        times = []
        for _ in range(rounds):
            begin = time.perf_counter()
            done = subprocess.run(["bailey", "review", "shell-review", "--json"], capture_output=True, check=False)
            times.append(time.perf_counter() - begin)
            if done.returncode or b'"commits": %d' % COMMITS not in done.stdout:
                raise Failed(f"bailey review: status {done.returncode}: {done.stderr.decode()[-300:]}")
        times.sort()
        seconds = times[len(times) // 2]
        megabytes = peak_megabytes(["bailey", "review", "shell-review", "--json"])
        good = seconds <= SECONDS_MAX and megabytes <= MEGABYTES_MAX
        text = f"{milliseconds(seconds)}, {megabytes:.0f} MB"
        name = f"review of {COMMITS} commits, {FILES} files"
        yield Row(name, f"<= {SECONDS_MAX:.0f} s and {MEGABYTES_MAX:.0f} MB", text, good, {"seconds": times, "megabytes": megabytes})
    finally:
        run("bailey", "rm", "-y", "shell-review", check=False)


def peak_megabytes(command):
    """The largest of the process and its children: ru_maxrss counts whoever was waited for."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        os.write(writer, str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss).encode())
        os._exit(0)
    os.close(writer)
    text = os.read(reader, 32)
    os.close(reader)
    os.waitpid(child, 0)
    return int(text) / 1024
