# File names with newlines and bytes that are not UTF-8, an executable, an empty directory, symbolic links (kept as links,
# never followed out), a fifo and a socket: the workspace has what can be shared, and what git tracks comes back intact.
source "$SUPPORT/lib.sh"
r=$(repo project)
echo nl >"$r/"$'new\nline'
echo raw >"$r/"$'raw\xff\xfe'
ln -s main.c "$r/inside"
ln -s /etc/passwd "$r/outside"
ln -s "$HOME/secret" "$r/to-secret"
echo hunter2 >"$HOME/secret"
ln -s nowhere "$r/dangling"
mkfifo "$r/fifo"
python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$r/socket"
git -C "$r" add -A
git -C "$r" commit -q -m odd
run_status timeout 60 bailey run shell "$r" --network restricted -y -b odd -- sh -c '
  cat new*line raw*; readlink inside outside dangling; cat to-secret 2>&1; test ! -e fifo -o -p fifo
  echo more >>"$(printf "new\nline")"; git status --porcelain'
assert_eq "$STATUS" 0
assert_contains "$OUT" $'nl\nraw\nmain.c\n/etc/passwd\nnowhere'
refute_contains "$OUT" hunter2
assert_eq "$(git -C "$r" rev-parse "shell/odd:raw"$'\xff\xfe')" "$(git -C "$r" rev-parse "main:raw"$'\xff\xfe')"
assert_eq "$(git -C "$r" diff --name-only -z main shell/odd | tr '\0' '|')" $'new\nline|'
