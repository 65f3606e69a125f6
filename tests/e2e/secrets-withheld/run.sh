# Files that look like secrets stay on the host and are reported; files that only resemble them arrive (control).
source "$SUPPORT/lib.sh"
r=$(repo project)
mkdir "$r/deploy"
echo 'TOKEN=hunter2' >"$r/.env"
echo 'hunter2' >"$r/deploy/server.pem"
echo 'hunter2' >"$r/id_ed25519"
echo 'control' >"$r/environment.txt"
run_status yard "$r" -- sh -c 'cat environment.txt; cat .env deploy/server.pem id_ed25519; grep -r hunter2 . ; true'
assert_eq "$STATUS" 0
assert_contains "$OUT" control
refute_contains "$OUT" hunter2
for name in .env server.pem id_ed25519; do assert_contains "$OUT$ERR" "$name"; done
assert_eq "$(cat "$r/.env")" 'TOKEN=hunter2'
# What is withheld must not look deleted to the auto-save either.
assert_eq "$(git -C "$r" diff --name-only --diff-filter=D main shell/session-1 2>/dev/null || true)" ''
