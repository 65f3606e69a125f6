# restricted (also called none) has no way out; proxy (also called squid) is the default and reaches only listed hosts;
# allow-all resolves any name; a word that is no mode is an error.
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
for mode in none proxy allow-all; do
  run_status bailey run shell "$r" --network "$mode" -y -- timeout 5 bash -c "$connect"
  [[ $STATUS != 0 ]] || fail "$mode: a host port was reached"
  refute_contains "$OUT" hello
done
run_status yard "$r" -- sh -c 'cat /proc/net/route; ls /sys/class/net 2>/dev/null'
refute_contains "$OUT" eth
for pair in 'restricted no way out' 'proxy listed hosts' 'allow-all the internet can be reached'; do
  run_status bailey run shell "$r" --network "${pair%% *}" -y -- bailey explain network
  assert_eq "$STATUS" 0 "$ERR"
  assert_contains "$OUT" "${pair#* }"
done

resolve='getent ahostsv4 registry.npmjs.org | head -1; getent ahostsv4 not-listed.test || echo none'
run_status yard "$r" -- sh -c "$resolve"
assert_eq "$OUT" none 'restricted: no name is resolved'
for mode in proxy squid; do
  expect_status 0 bailey run shell "$r" --network "$mode" -y -- sh -c "$resolve"
  assert_contains "$OUT" 198.18.
  assert_contains "$OUT" none
done
expect_status 0 bailey run shell "$r" -y -- sh -c "$resolve"
assert_contains "$OUT" 198.18.
expect_status 0 bailey run shell "$r" --network allow-all -y -- sh -c "$resolve"
refute_contains "$OUT" none
expect_fails_with 125 'restricted' bailey run shell "$r" --network sideways -y -- true
