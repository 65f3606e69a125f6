# The agent's commits land as a branch, what it left uncommitted is saved in one more commit with Bailey-Session and
# Bailey-Audit trailers, and nothing else of the host's repository changes.
# runner: root=also
source "$SUPPORT/lib.sh"
r=$(repo project)
before=$(host_state "$r" shell/work)
yard "$r" -b work -- sh -c '
  echo committed >a.txt; git add a.txt; git commit -qm "add a"
  echo left >b.txt; echo "int x;" >>main.c; rm README.md'
assert_eq "$(host_state "$r" shell/work)" "$before" 'host repository'
assert_eq "$(file_on "$r" shell/work a.txt)" committed
assert_eq "$(file_on "$r" shell/work b.txt)" left
assert_contains "$(file_on "$r" shell/work main.c)" 'int x;'
! git -C "$r" cat-file -e shell/work:README.md 2>/dev/null || fail 'the deletion was not saved'
assert_eq "$(git -C "$r" log --format=%s shell/work~1 -1)" 'add a'
message=$(git -C "$r" log --format=%B -1 shell/work)
assert_contains "$message" 'Bailey-Session: '
assert_contains "$message" 'Bailey-Audit: '
git -C "$r" fsck --strict --no-dangling
find "$r" ! -uid "$(id -u)" | grep . && fail 'files of another owner in the repository'
true
