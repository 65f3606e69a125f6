# A repository's .bailey.toml can tighten and not loosen, until `bailey trust`; wrong keys and types are errors with file,
# line and column.
source "$SUPPORT/lib.sh"
r=$(repo project)
plan() { yard "$r" --dry-run --json -- true; }
printf '[limits]\npids = 50\n' >"$r/.bailey.toml"
assert_contains "$(plan)" 50
printf '[limits]\npids = 400000\n' >"$r/.bailey.toml"
run_status plan
assert_eq "$("$SUPPORT/json" limits.pids <<<"$OUT")" 4096 'a repository loosened a limit'
assert_contains "$OUT" ignored
printf '[limits]\npidz = 50\n' >"$r/.bailey.toml"
expect_fails_with 125 '\.bailey\.toml:2:1' plan
printf '[limits]\npids = "many"\n' >"$r/.bailey.toml"
expect_fails_with 125 '\.bailey\.toml:2' plan
rm "$r/.bailey.toml"
mkdir -p "$XDG_CONFIG_HOME/bailey"
printf '[limits]\npids = 60\n' >"$XDG_CONFIG_HOME/bailey/config.toml"
assert_contains "$(plan)" 60
