# Without -b a session gets the first free shell/session-N, and its branch starts at the host's HEAD.
source "$SUPPORT/lib.sh"
r=$(repo project)
yard "$r" -- sh -c 'echo 1 >one; git add .; git commit -qm one'
assert_branch "$r" shell/session-1
assert_eq "$(head_of "$r" shell/session-1~1)" "$(head_of "$r")"
yard "$r" -- sh -c 'test ! -e one; echo 2 >two; git add .; git commit -qm two'
assert_branch "$r" shell/session-2
assert_eq "$(head_of "$r" shell/session-2~1)" "$(head_of "$r")" 'session-2 does not build on session-1'
