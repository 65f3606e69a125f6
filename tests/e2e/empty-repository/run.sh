# A repository without a commit: the agent makes the first one, on its branch; the host's HEAD stays unborn.
source "$SUPPORT/lib.sh"
git init -q empty
echo draft >empty/draft
yard empty -b first -- sh -c 'git status --short; git add -A; git commit -qm first' >"$T/out"
assert_contains "$(cat "$T/out")" draft
assert_eq "$(file_on empty shell/first draft)" draft
! git -C empty rev-parse -q --verify HEAD >/dev/null || fail 'HEAD was born'
yard empty -b nothing -- true
