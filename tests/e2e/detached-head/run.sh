# A repository with a detached HEAD: the agent's branch starts at that commit.
source "$SUPPORT/lib.sh"
r=$(repo project)
git -C "$r" checkout -q --detach HEAD~1
base=$(head_of "$r")
yard "$r" -b d -- sh -c 'test ! -e README.md; echo x >x; git add x; git commit -qm x'
assert_eq "$(head_of "$r" shell/d~1)" "$base"
assert_eq "$(cat "$r/.git/HEAD")" "$base" 'HEAD is still detached'
