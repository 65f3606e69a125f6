# Mistakes are answered in one to three lines on stderr with what to do, nothing on stdout, and 125 for a failed start.
source "$SUPPORT/lib.sh"
r=$(repo project)
expect_fails_with 125 'agent|manifest' bailey run no-such-agent "$r" --network restricted -- true
assert_eq "$OUT" ''
expect_fails_with 125 'codex' bailey run codex "$r" --network restricted -y   # not installed: says how to get it
assert_contains "$ERR" install
for flags in '--pids 0' '--pids x' '--memory 12q' '--cpus -1' '--workspace sideways' '--profile none' '--no-such-flag'; do
  # shellcheck disable=SC2086
  run_status yard "$r" $flags -- true
  [[ $STATUS == 125 ]] || { show_last; fail "status $STATUS for $flags"; }
  [[ -n $ERR ]] || fail "no message for $flags"
done
expect_fails_with 1 'nobody' bailey stop nobody
expect_fails_with 125 'nobody' bailey attach nobody
run_status bailey frobnicate
[[ $STATUS != 0 && -n $ERR ]] || fail 'an unknown command is no error'
expect_status 0 bailey --help
assert_contains "$OUT" run
