# `bailey discard` names what would be lost, deletes the session and its branch and says how to get the branch back; a branch
# of the user's own stays.
source "$SUPPORT/lib.sh"
r=$(repo project)
before=$(host_state "$r")
yard "$r" -b one -- sh -c 'echo 1 >f; git add f; git commit -qm "first try"; echo 2 >f; git commit -qam "second try"'
tip=$(head_of "$r" shell/one)
expect_fails_with 1 'not confirmed' bailey discard shell-project-one
assert_contains "$OUT" 'second try'
assert_branch "$r" shell/one
expect_status 0 bailey discard -y shell-project-one
assert_contains "$OUT" '3 commit(s) of shell/one are in no other branch'
assert_contains "$OUT" "git branch shell/one $tip"
refute_branch "$r" shell/one
assert_eq "$(sessions)" ''
assert_eq "$(host_state "$r")" "$before" 'host repository'
git -C "$r" branch shell/one "$tip"
assert_eq "$(file_on "$r" shell/one f)" 2

# Running; then on a branch that is checked out, which stays.
yard "$r" -b two -d -- sleep 1000
expect_fails_with 1 'running' bailey discard shell-project-two
bailey discard -y shell-project-two
assert_eq "$(sessions)" ''
yard "$r" --use-current-branch --name c -- sh -c 'echo x >x; git add x; git commit -qm x'
expect_status 0 bailey discard -y shell-c
assert_eq "$(git -C "$r" for-each-ref refs/bailey)" ''
assert_branch "$r" "$(git -C "$r" symbolic-ref --short HEAD)"
assert_eq "$(host_state "$r" shell/one)" "$before" 'host repository'
