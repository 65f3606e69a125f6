# Shallow clones and sparse checkouts: history and tree look inside as they do outside, and commits land.
source "$SUPPORT/lib.sh"
origin=$(repo origin)
mkdir -p "$origin/a" "$origin/b"
echo a >"$origin/a/a"
echo b >"$origin/b/b"
git -C "$origin" add -A
git -C "$origin" commit -q -m dirs
git clone -q --depth 1 "file://$origin" shallow
yard shallow -b s -- sh -c 'git log --oneline | wc -l; echo s >s; git add s; git commit -qm s' >"$T/out"
assert_contains "$(cat "$T/out")" 1
assert_eq "$(file_on shallow shell/s s)" s
git clone -q "$origin" sparse
git -C sparse sparse-checkout set a
yard sparse -b p -- sh -c 'ls; test ! -e b/b; git status --porcelain; echo p >a/p; git add a/p; git commit -qm p' >"$T/out"
assert_eq "$(file_on sparse shell/p b/b)" b 'what was not checked out is still on the branch'
assert_eq "$(file_on sparse shell/p a/p)" p
