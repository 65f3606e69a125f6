# `bailey verify` shows every guarantee hold with its positive control, as JSON too; `bailey doctor` tells what the host has.
# runner: timeout=300 root=also
source "$SUPPORT/lib.sh"
r=$(repo project)
cd "$r" || exit 1
run_status bailey verify --network restricted
[[ $STATUS == 0 ]] || { show_last; fail 'verify is not all green'; }
bailey verify --network restricted --json >"$T/verify.json"
for row in theft-by-name theft-by-dns rebound-name upload-limit; do
  assert_contains "$(cat "$T/verify.json")" "\"$row\""
done
python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$T/verify.json"
python3 - "$T/verify.json" <<'CHECK'
import json, sys
rows = json.load(open(sys.argv[1]))["rows"]
assert {4, 5} <= {row["scenario"] for row in rows}
for row in rows:
    if row["scenario"] in (4, 5):
        assert row["ok"] and row["control"]["state"] == "shown", row
CHECK
# With a network its gateway is tried too, and what is not tried is said.
run_status bailey verify --network proxy
[[ $STATUS == 0 ]] || { show_last; fail 'verify is not all green with a gateway'; }
for row in udp-exchange-past-gateway theft-by-name theft-by-proxy theft-by-socks theft-by-git-remote theft-by-dns rebound-name \
  ssh-port host-loopback-by-proxy upload-limit; do
  grep -E "^  ✓ +$row .*, logged .*: shown" <<<"$OUT" || { show_last; fail "no row $row with its control and its line in the log"; }
done
assert_contains "$OUT" 'Not tried of network mode proxy'
run_status bailey verify --network allow-all
[[ $STATUS == 0 ]] || { show_last; fail 'verify is not all green in mode allow-all'; }
assert_contains "$OUT" 'backdoor-in-code'
assert_contains "$OUT" 'ci-tampering'
bailey doctor >"$T/doctor"
[[ -s $T/doctor ]] || fail 'doctor says nothing'
bailey doctor --json | python3 -c 'import json,sys; json.load(sys.stdin)'
