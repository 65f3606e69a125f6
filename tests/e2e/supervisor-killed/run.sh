# kill -9 of the supervisor: the sandbox is gone at once, the attached client ends, `ls` says interrupted, and the next
# command on the session finishes the save: committed and uncommitted work are on the branch.
# runner: root=also
source "$SUPPORT/lib.sh"
r=$(repo project)
marker=$((RANDOM + 100000))
yard "$r" -d --name k -b k -- sh -c "echo c >c; git add c; git commit -qm c; echo u >u; touch ready; sleep $marker"
wait_until 20 bailey exec shell-k -- test -e ready
pgrep -f "[s]leep $marker" >/dev/null || fail 'control: the sandboxed process can be seen'
kill -9 "$(supervisor shell-k)"
wait_until 5 sh -c "! pgrep -f '[s]leep $marker'"
assert_eq "$(session_field shell-k status)" interrupted
run_status bailey stop shell-k
assert_eq "$(file_on "$r" shell/k c)" c
assert_eq "$(file_on "$r" shell/k u)" u
assert_eq "$(session_field shell-k status)" stopped
bailey audit verify shell-k
bailey rm -y shell-k
refute_file "$SESSIONS/shell-k"
