# The agent sees tracked, modified, staged, untracked and ignored files exactly as they are on the host, with the same
# git status; whatever it does to them, the host's files keep their bytes.
source "$SUPPORT/lib.sh"
r=$(repo project)
echo modified >>"$r/main.c"
echo staged >"$r/staged.txt"
git -C "$r" add staged.txt
rm "$r/README.md"
chmod +x "$r/untracked.txt"
git -C "$r" status --porcelain=v1 --ignored >"$T/status-host"
before=$(host_state "$r" shell/session-1)
yard "$r" -- sh -c '
  git status --porcelain=v1 --ignored >/tmp/status; cat /tmp/status; echo ====
  cat main.c staged.txt untracked.txt build/main.o; test ! -e README.md; test -x untracked.txt
  for f in main.c staged.txt untracked.txt build/main.o; do echo ruined >$f; done' >"$T/out"
assert_eq "$(sed '/====/,$d' "$T/out")" "$(cat "$T/status-host")" 'git status inside'
for word in modified staged note object; do assert_contains "$(cat "$T/out")" $word; done
assert_eq "$(host_state "$r" shell/session-1)" "$before" 'host files'
