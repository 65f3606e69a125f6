# Every session leaves a log that verifies; an edited, truncated, reordered or extended log does not, and verify says where.
source "$SUPPORT/lib.sh"
r=$(repo project)
yard "$r" --name a -b a -- sh -c 'echo a >a; git add a; git commit -qm a; git push -q local HEAD'
bailey audit shell-a --json >"$T/events"
grep -q '"category": *"session"' "$T/events"
grep -q '"category": *"git"' "$T/events"
bailey audit verify shell-a
log=$SESSIONS/shell-a/audit.jsonl
cp "$log" "$T/good"
check() { expect_fails_with 1 "$2" bailey audit verify shell-a; cp "$T/good" "$log"; }
lines=$(wc -l <"$log")
((lines >= 4)) || fail "only $lines events"
sed -i '2s/shell/sheLl/' "$log"; check edited '2|hash|chain'
sed -i '$d' "$log"; check truncated 'truncat|missing|end|checkpoint|ends'
sed -i '2{h;d};3{G}' "$log"; check reordered 'moved|follows|chain|hash'
sed -i '2p' "$log"; check inserted 'insert|twice|follows|chain|hash'
: >"$log"; check emptied '.'
bailey audit verify shell-a
refute_contains "$(cat "$log")" 'BEGIN'
