# kill -9 of the attached client leaves the session running.
source "$SUPPORT/lib.sh"
r=$(repo project)
yard "$r" --name c -b c -- sleep 60 >"$T/out" 2>&1 &
client=$!
wait_until 20 status_is shell-c running
kill -9 $client
wait $client || true
sleep 0.3
assert_eq "$(session_field shell-c status)" running
bailey exec shell-c -- true
bailey stop shell-c
