# `ls --json` is an array on stdout and nothing else; it tells agent, branch, status and network of running sessions, and
# with --all of ended ones. Without sessions it is an empty array.
source "$SUPPORT/lib.sh"
r=$(repo project)
assert_eq "$(bailey ls --json | "$SUPPORT/json" length)" 0
yard "$r" -d --name one -b one -- sleep 60
assert_eq "$(bailey ls --json | "$SUPPORT/json" name)" shell-one
assert_eq "$(session_field shell-one agent)" shell
assert_eq "$(session_field shell-one branch)" shell/one
assert_eq "$(session_field shell-one network)" restricted
assert_eq "$(session_field shell-one status)" running
assert_contains "$(bailey ls)" shell-one
bailey stop shell-one
assert_eq "$(bailey ls --json | "$SUPPORT/json" length)" 0 'running sessions'
assert_eq "$(session_field shell-one status)" stopped
