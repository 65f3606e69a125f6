# A repository with a detached HEAD: the agent's branch starts at that commit.
source "$SUPPORT/lib.sh"
r=$(repo project)
git -C "$r" checkout -q --detach HEAD~1
base=$(head_of "$r")
yard "$r" -b d -- sh -c 'test ! -e README.md; echo x >x; git add x; git commit -qm x'
# The commit of the agent, and the auto-save of what the user had not committed.
assert_eq "$(head_of "$r" shell/d~2)" "$base"
assert_eq "$(cat "$r/.git/HEAD")" "$base" 'HEAD is still detached'
