# A linked worktree: the agent works on its files and HEAD, and the branch lands in the repository it belongs to.
source "$SUPPORT/lib.sh"
r=$(repo project)
git -C "$r" worktree add -q -b side "$T/work/side" HEAD~1
echo dirty >"$T/work/side/dirty"
yard "$T/work/side" -b w -- sh -c 'cat dirty; test ! -e README.md; git status --porcelain; echo w >w; git add w; git commit -qm w' >"$T/out"
assert_contains "$(cat "$T/out")" dirty
assert_branch "$r" shell/w
# The commit of the agent, and the auto-save of the untracked file.
assert_eq "$(head_of "$r" shell/w~2)" "$(head_of "$r" side)"
assert_eq "$(git -C "$T/work/side" status --porcelain)" '?? dirty'
git -C "$r" fsck --strict --no-dangling
