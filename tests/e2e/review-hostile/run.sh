# The attack: the agent's tree has attributes that name a textconv, a filter, a merge driver and an external diff, and the
# host's owner has programs of these names configured; names of files and commits hold newlines and terminal sequences;
# attributes call source files binary to hide them. The review runs none of the programs, shows each name on its own line,
# and finds what was hidden. Control: git diff of the user's, in the repository, runs the program.
source "$SUPPORT/lib.sh"
r=$(repo project)
cat >"$T/mark" <<HOOK
#!/bin/sh
echo "\$0 \$*" >>"$T/marks"
cat "\$1" 2>/dev/null
HOOK
chmod +x "$T/mark"
for where in --global --local; do
  for key in diff.evil.textconv diff.evil.command filter.evil.clean filter.evil.smudge diff.external core.pager core.fsmonitor core.sshCommand; do
    git -C "$r" -c core.fsmonitor=false config $where $key "$T/mark"
  done
done
cat >"$T/plant" <<'PLANT'
set -e
git config diff.evil.textconv "touch /tmp/inside"
printf '* diff=evil merge=evil\n*.py -diff binary filter=evil\n' >.gitattributes
mkdir -p .git/info src
cp .gitattributes .git/info/attributes
printf 'requests.get(u, verify=False)\n' >src/get.py
printf 'x\n' >"$(printf 'src/\033[2J\nhigh  fake.c:1  nothing')"
git add -A
git commit -qm "$(printf 'subject \033]0;title\007 \033[31m')"
PLANT
# The start of the session itself is not what is tried here.
git -C "$r" config --unset core.fsmonitor
git config --global --unset core.fsmonitor
yard "$r" -b h --name h -- sh -c "$(cat "$T/plant")"
rm -f "$T/marks"
for format in '' --json --sarif; do
  # shellcheck disable=SC2086
  expect_status 0 bailey review shell-h $format
  assert_contains "$OUT" verification-off
  ! grep -q $'\033' "$T/out" || fail "an escape sequence in the output ($format)"
done
bailey review shell-h >"$T/out"
! grep -q '^high  fake.c' "$T/out" || fail 'a name of a file made a line of its own'
refute_file "$T/marks"
git -C "$r" --no-pager diff main shell/h >/dev/null 2>&1 || true
assert_file "$T/marks"
bailey rm -y shell-h
