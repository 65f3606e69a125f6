# The agent is uid 1000 with no capabilities and no new privileges, sees only its own processes, and of the host's files
# neither the home directory, nor /etc/shadow, nor the repository's own place. Each look succeeds outside (control).
# runner: root=also
source "$SUPPORT/lib.sh"
r=$(repo project)
mkdir -p "$HOME/.ssh"
echo hunter2 >"$HOME/.ssh/id_ed25519"
export LEAKY_TOKEN=hunter2
sleep 4321 &
sleeper=$!
trap 'kill $sleeper' EXIT
look="cat '$HOME/.ssh/id_ed25519' ~/.ssh/id_ed25519 2>/dev/null; env | grep LEAKY; grep -c . /proc/$sleeper/cmdline 2>/dev/null; true"
assert_contains "$(bash -c "$look")" hunter2
run_status yard "$r" -- bash -c "$look"
assert_eq "$STATUS" 0
refute_contains "$OUT" hunter2
run_status yard "$r" -- bash -c '
  id -un; id -u; id -G; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status; readlink /proc/self/exe
  cat /proc/*/cmdline | tr "\0" " "; ls -A /home /root 2>&1; pwd; echo $HOME; ls /proc/self/fd'
assert_contains "$OUT" $'agent\n1000\n1000'
assert_contains "$OUT" $'NoNewPrivs:\t1'
assert_contains "$OUT" $'Seccomp:\t2'
assert_eq "$(grep -c $'^Cap...:\t0000000000000000$' "$T/out")" 5 'empty capability sets'
refute_contains "$OUT" 'sleep 4321'
assert_contains "$OUT" $'/workspace\n/home/agent'
for path in "$r" "$XDG_STATE_HOME" "$HOME/.ssh" /etc/shadow; do
  run_status yard "$r" -- sh -c 'ls -d "$1" && cat "$1"' sh "$path"
  [[ $STATUS != 0 ]] || { show_last; fail "$path can be read inside"; }
done
