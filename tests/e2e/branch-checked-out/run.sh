# An agent branch that is checked out on the host is gone on with, and --use-current-branch takes any branch. A branch
# that is checked out can't move under the user's feet: the work waits under refs/bailey/ and bailey says how to take it.
source "$SUPPORT/lib.sh"
r=$(repo project)
git -C "$r" checkout -q -b shell/mine
before=$(head_of "$r")
run_status yard "$r" -- sh -c 'git branch --show-current; echo w >w; git add w; git commit -qm w'
assert_eq "$STATUS" 0
assert_contains "$OUT" shell/mine
assert_eq "$(head_of "$r" shell/mine)" "$before" 'the checked-out branch did not move'
ref=$(git -C "$r" for-each-ref --format='%(refname)' refs/bailey)
[[ -n $ref ]] || { show_last; fail 'the work waits nowhere'; }
git -C "$r" merge-base --is-ancestor "$before" "$ref" || fail 'the work does not build on the branch'
assert_contains "$OUT$ERR" "$ref"

git -C "$r" checkout -q main
run_status yard "$r" --use-current-branch --name current -- sh -c 'git branch --show-current'
assert_eq "$STATUS" 0
assert_contains "$OUT" main
git -C "$r" checkout -q --detach
expect_fails_with 125 'detached' yard "$r" --use-current-branch -- true
