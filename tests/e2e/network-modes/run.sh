# restricted (also called none) has no way out; in the others the host's loopback is as far away; what the agent is told
# about its network is that of its mode; a word that is no mode is an error.
source "$SUPPORT/lib.sh"
r=$(repo project)
python3 - "$T/port" <<'PYTHON' &
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1] + ".new", "w").write(str(listener.getsockname()[1]))
import os; os.rename(sys.argv[1] + ".new", sys.argv[1])
listener.settimeout(60)
while True:
    listener.accept()[0].sendall(b"hello\n")
PYTHON
server=$!
trap 'kill $server' EXIT
wait_until 10 test -e "$T/port"
port=$(cat "$T/port")
connect="exec 3<>/dev/tcp/127.0.0.1/$port && head -1 <&3"
assert_eq "$(timeout 5 bash -c "$connect")" hello 'control: outside'
run_status bailey run shell "$r" --network none -y -- timeout 5 bash -c "$connect"
[[ $STATUS != 0 ]] || fail 'a host port was reached'
refute_contains "$OUT" hello
run_status yard "$r" -- sh -c 'cat /proc/net/route; ls /sys/class/net 2>/dev/null'
refute_contains "$OUT" eth
for mode in proxy squid allow-all; do
  run_status bailey run shell "$r" --network "$mode" -y -- timeout 5 bash -c "$connect"
  refute_contains "$OUT" hello
done
for pair in 'restricted no way out' 'proxy listed hosts' 'allow-all the internet can be reached'; do
  run_status bailey run shell "$r" --network "${pair%% *}" -y -- bailey explain network
  assert_eq "$STATUS" 0 "$ERR"
  assert_contains "$OUT" "${pair#* }"
done
expect_fails_with 125 'restricted' bailey run shell "$r" --network sideways -y -- true
