# A state directory that can't be written: error 125 with a remedy before anything changes.
source "$SUPPORT/lib.sh"
[[ $(id -u) != 0 ]] || skip 'root writes everywhere'
r=$(repo project)
before=$(host_state "$r")
chmod 500 "$XDG_STATE_HOME"
expect_fails_with 125 'permission|read-only|writ' yard "$r" -b x -- true
assert_contains "$ERR" "$XDG_STATE_HOME"
chmod 700 "$XDG_STATE_HOME"
assert_eq "$(host_state "$r")" "$before"
yard "$r" -b x -- true  # control
