# A repository with a submodule: its files are there, git works in the superproject, and the host's submodule is untouched.
source "$SUPPORT/lib.sh"
library=$(repo library)
r=$(repo project)
git -C "$r" submodule --quiet add "$library" lib
git -C "$r" commit -q -m 'with submodule'
before=$(host_state "$r" shell/s)
yard "$r" -b s -- sh -c 'cat lib/README.md; git status --porcelain; echo s >s; git add s; git commit -qm s; echo gone >lib/main.c' >"$T/out"
assert_contains "$(cat "$T/out")" '# library'
assert_eq "$(file_on "$r" shell/s s)" s
assert_eq "$(host_state "$r" shell/s)" "$before"
assert_eq "$(git -C "$r" rev-parse shell/s:lib)" "$(git -C "$r" rev-parse main:lib)"
