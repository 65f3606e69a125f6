# `rm` removes a session's directory and leaves its landed branch; of a running session it needs telling; unmerged work of
# a --no-push session is kept and said so; an unknown name is an error.
source "$SUPPORT/lib.sh"
r=$(repo project)
yard "$r" --name gone -b gone -- sh -c 'echo g >g; git add g; git commit -qm g'
assert_file "$SESSIONS/shell-gone"
expect_status 0 bailey rm shell-gone
refute_file "$SESSIONS/shell-gone"
assert_branch "$r" shell/gone
assert_eq "$(sessions)" ''
expect_fails_with 1 'no session' bailey rm shell-gone

yard "$r" -d --name busy -b busy -- sleep 60
run_status bailey rm shell-busy
[[ $STATUS != 0 ]] || fail 'a running session was removed without a question'
assert_eq "$(session_field shell-busy status)" running
expect_status 0 bailey rm -y shell-busy
refute_file "$SESSIONS/shell-busy"

yard "$r" --name kept -b kept --no-push -- sh -c 'echo precious >p; git add p; git commit -qm p'
run_status bailey rm -y shell-kept
assert_contains "$OUT$ERR" kept
kept=$(git -C "$r" for-each-ref --format='%(refname)' | grep -c kept || true)
[[ $kept -ge 1 || -e $SESSIONS/shell-kept ]] || fail 'unmerged work was thrown away'
