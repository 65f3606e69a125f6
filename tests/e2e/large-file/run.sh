# A 5 GB file, sparse on the host: the session starts in seconds, the agent sees its size and its ends, and the disk does
# not fill.
source "$SUPPORT/lib.sh"
r=$(repo project)
echo '*.img' >>"$r/.gitignore"
truncate -s 5G "$r/disk.img"
printf end >>"$r/disk.img"
begin=$SECONDS
yard "$r" --name l -b l -- sh -c 'stat -c %s disk.img; tail -c 3 disk.img' >"$T/out"
((SECONDS - begin < 30)) || fail "took $((SECONDS - begin)) s"
assert_contains "$(cat "$T/out")" $'5368709123\nend'
used=$(du -sm "$SESSIONS" | cut -f1)
((used < 500)) || fail "$used MB in the session's directory"
