# `stop` ends a session and saves: committed and uncommitted work are on the branch, and a client that was attached exits
# with 124. `stop` of an ended session says so and changes nothing.
source "$SUPPORT/lib.sh"
r=$(repo project)
status=0
yard "$r" --name s -b s -- sh -c 'echo c >c; git add c; git commit -qm c; echo u >u; touch ready; sleep 100' >"$T/out" 2>&1 &
client=$!
wait_until 20 bailey exec shell-s -- test -e ready
bailey stop shell-s
wait $client || status=$?
assert_eq "$status" 124 'status of the attached client'
assert_eq "$(file_on "$r" shell/s c)" c
assert_eq "$(file_on "$r" shell/s u)" u
assert_eq "$(session_field shell-s status)" stopped
tip=$(head_of "$r" shell/s)
run_status bailey stop shell-s
assert_eq "$(head_of "$r" shell/s)" "$tip"
