# `exec` runs one more command in a running session: same files, same user, its own output and exit status; in an ended
# or unknown session it is an error with a remedy.
source "$SUPPORT/lib.sh"
r=$(repo project)
yard "$r" -d --name e -b e -- sleep 60
expect_status 0 bailey exec shell-e -- sh -c 'id -u; pwd; echo written >w; echo to-stderr >&2'
assert_eq "$OUT" $'1000\n/workspace'
assert_contains "$ERR" to-stderr
expect_status 0 bailey exec shell-e -- cat w
assert_eq "$OUT" written
expect_status 7 bailey exec shell-e -- sh -c 'exit 7'
expect_status 127 bailey exec shell-e -- no-such-program
expect_status 0 bailey exec shell-e -- sh -c 'printf "%s|" "$@"' sh 'two words' '' '*' '$HOME'
assert_eq "$OUT" 'two words||*|$HOME|'
bailey stop shell-e
expect_fails_with 125 'shell-e' bailey exec shell-e -- true
expect_fails_with 125 'nobody' bailey exec nobody -- true
