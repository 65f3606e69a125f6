# A command line of 100 kB works; one of 10 MB is refused, by the kernel or by bailey, with a message and no trace.
source "$SUPPORT/lib.sh"
r=$(repo project)
run_status yard "$r" -- sh -c 'printf %s "$1" | wc -c' sh "$(head -c 100000 /dev/zero | tr '\0' a)"
assert_eq "$(tr -d ' \n' <"$T/out")" 100000
before=$(host_state "$r" shell/session-1)
# Through python: bash itself can't pass so much. 80 arguments of 128 kB, just within the kernel's own limits for one.
run_status python3 - "$r" <<'PYTHON'
import subprocess, sys
try:
    done = subprocess.run(["bailey", "run", "shell", sys.argv[1], "--network", "restricted", "-y", "-b", "long", "--",
                           "true", *["a" * 131000] * 80], capture_output=True)
    print(done.stderr.decode())
    sys.exit(done.returncode)
except OSError as error:
    print(error)
    sys.exit(125)
PYTHON
assert_eq "$STATUS" 125
refute_branch "$r" shell/long
assert_eq "$(host_state "$r" shell/session-1)" "$before"
assert_eq "$(sessions | grep -c long || true)" 0
