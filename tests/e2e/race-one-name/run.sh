# Two runs at the same moment for one name, and for one branch: one gets it, the other is told so (or is given another
# name), and neither damages the other.
source "$SUPPORT/lib.sh"
r=$(repo project)
for round in 1 2 3; do
  pids=()
  for side in a b; do
    (
      status=0
      yard "$r" --name "race$round" -b "race$round" -- sh -c "echo $side >who; sleep 0.3" \
        >"$T/$side.out" 2>"$T/$side.err" || status=$?
      echo "$status" >"$T/$side.status"
    ) &
    pids+=($!)
  done
  wait "${pids[@]}"
  statuses=$(cat "$T/a.status" "$T/b.status" | sort -n | paste -sd' ')
  [[ $statuses == '0 125' ]] || { cat "$T"/[ab].err >&2; fail "round $round: statuses $statuses"; }
  winner=$(grep -lx 0 "$T/a.status" "$T/b.status" | sed 's/.*\/\(.\).status/\1/')
  assert_eq "$(file_on "$r" "shell/race$round" who)" "$winner"
done
# Automatic branches never collide.
pids=()
for n in 1 2 3 4 5; do
  yard "$r" -- sh -c "echo $n >who; sleep 0.2" >"$T/auto.$n" 2>&1 &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || { cat "$T"/auto.* >&2; fail 'an automatic session failed'; }; done
got=$(for n in 1 2 3 4 5; do file_on "$r" "shell/session-$n" who; done | sort | paste -sd' ')
assert_eq "$got" '1 2 3 4 5'
