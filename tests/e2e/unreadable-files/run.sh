# A file and a directory that the user can't read: defined behaviour, said so, and neither is recorded as deleted.
source "$SUPPORT/lib.sh"
[[ $(id -u) != 0 ]] || skip 'root reads everything'
r=$(repo project)
mkdir "$r/closed"
echo x >"$r/closed/x"
echo hidden >"$r/hidden"
git -C "$r" add -A
git -C "$r" commit -q -m more
chmod 000 "$r/hidden" "$r/closed"
run_status yard "$r" -b u -- sh -c 'cat main.c; echo u >u; git add u; git commit -qm u'
chmod 644 "$r/hidden"
chmod 755 "$r/closed"
if [[ $STATUS == 125 ]]; then
  assert_contains "$ERR" hidden
else
  assert_eq "$STATUS" 0
  assert_contains "$OUT$ERR" hidden
  assert_eq "$(git -C "$r" diff --name-only --diff-filter=D main shell/u)" '' 'recorded as deleted'
fi
