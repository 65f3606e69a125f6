# kill -9 of the sandbox's init from the host: the supervisor notices, saves the work and tells the client.
source "$SUPPORT/lib.sh"
r=$(repo project)
status=0
yard "$r" --name i -b i -- sh -c 'echo u >u; touch ready; sleep 100' >"$T/out" 2>"$T/err" &
client=$!
wait_until 20 bailey exec shell-i -- test -e ready
init=$(pgrep -P "$(supervisor shell-i)" | head -1)
kill -9 "$init"
wait $client || status=$?
[[ $status != 0 ]] || fail 'the client says that all went well'
wait_until 20 sh -c 'test "$(bailey ls --json | "$SUPPORT/json" length)" = 0'
run_status bailey stop shell-i
assert_eq "$(file_on "$r" shell/i u)" u
