# `--dry-run --json` prints the plan as JSON and changes nothing at all.
source "$SUPPORT/lib.sh"
r=$(repo project)
before=$(host_state "$r")
yard "$r" -b plan --pids 77 --dry-run --json -- true >"$T/plan"
"$SUPPORT/json" limits <"$T/plan" >/dev/null
grep -q 77 "$T/plan"
grep -q restricted "$T/plan"
assert_eq "$(host_state "$r")" "$before"
assert_eq "$(bailey ls --all --json | "$SUPPORT/json" length)" 0
