# What the user edits, adds or deletes on the host while a session runs neither shows up in it nor corrupts it.
source "$SUPPORT/lib.sh"
r=$(repo project)
yard "$r" -d -b m --name m -- sh -c 'while [ ! -e go ]; do sleep 0.05; done; cat main.c; ls'
echo changed >>"$r/main.c"
echo added >"$r/added"
rm "$r/README.md"
git -C "$r" commit -q -am 'host goes on'
bailey exec shell-m -- sh -c 'cat main.c; ls; git status --porcelain; git log --oneline | wc -l; touch go' >"$T/out"
refute_contains "$(cat "$T/out")" changed
refute_contains "$(cat "$T/out")" added
assert_contains "$(cat "$T/out")" README.md
wait_for_end 20 shell-m
git -C "$r" fsck --strict --no-dangling
