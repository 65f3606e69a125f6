# `-b x` works on the branch shell/x, and so does `-b shell/x`; the session is named after agent, repository and branch.
source "$SUPPORT/lib.sh"
r=$(repo project)

yard "$r" -b feature -- sh -c 'git branch --show-current; echo new >new.txt; git add .; git commit -qm work' >"$T/out"
assert_contains "$(cat "$T/out")" shell/feature
assert_branch "$r" shell/feature
assert_eq "$(file_on "$r" shell/feature new.txt)" new
assert_contains "$(sessions)" shell-project-feature

yard "$r" -b shell/other -- sh -c 'echo o >o.txt; git add .; git commit -qm other'
assert_branch "$r" shell/other
refute_branch "$r" shell/shell/other
refute_branch "$r" other
