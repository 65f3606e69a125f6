# The exit status of `bailey run`: the command's own, 126 and 127 as in shells, 128+n by signal n, 125 when bailey failed
# before the command ran; and the two streams of output stay apart.
# runner: root=also
source "$SUPPORT/lib.sh"
r=$(repo project)
expect_status 0 yard "$r" -- true
expect_status 3 yard "$r" -- sh -c 'exit 3'
expect_status 255 yard "$r" -- sh -c 'exit 255'
expect_status 124 yard "$r" -- sh -c 'exit 124'
expect_status 126 yard "$r" -- /etc/passwd
expect_status 127 yard "$r" -- no-such-program
expect_status 137 yard "$r" -- sh -c 'kill -KILL $$'
expect_status 143 yard "$r" -- sh -c 'kill -TERM $$'
expect_fails_with 125 'no such|not exist|not found' yard "$T/nowhere" -- true
expect_status 0 yard "$r" -- sh -c 'echo one; echo two >&2'
assert_contains "$OUT" one
refute_contains "$OUT" two
assert_contains "$ERR" two
expect_status 0 yard "$r" -- sh -c 'head -c 3000000 /dev/zero | tr "\0" x'
assert_eq "$(wc -c <"$T/out")" 3000000 'bytes of output'
