# An existing branch is never overwritten: without -y and without a terminal to ask on, the start is refused and nothing
# changes; with -y a branch with unmerged commits is archived first, a merged one is replaced.
source "$SUPPORT/lib.sh"
r=$(repo project)
git -C "$r" checkout -q -b shell/x
echo precious >"$r/precious"
git -C "$r" add precious
git -C "$r" commit -q -m precious
git -C "$r" checkout -q main
precious=$(head_of "$r" shell/x)

expect_fails_with 125 'shell/x' bailey run shell "$r" --network restricted -b x -- true
assert_contains "$ERR" -y
assert_eq "$(head_of "$r" shell/x)" "$precious"

yard "$r" -b x -- sh -c 'test ! -e precious; echo n >n; git add n; git commit -qm n'
archive=$(git -C "$r" for-each-ref --format='%(refname:short)' 'refs/heads/shell/x-archived-*')
[[ -n $archive ]] || fail 'no archive'
assert_eq "$(head_of "$r" "$archive")" "$precious"
assert_eq "$(file_on "$r" shell/x n)" n

git -C "$r" branch shell/merged main~1
yard "$r" -b merged -- sh -c 'echo m >m; git add m; git commit -qm m'
assert_eq "$(file_on "$r" shell/merged m)" m
assert_eq "$(git -C "$r" for-each-ref 'refs/heads/shell/merged-archived-*')" ''
