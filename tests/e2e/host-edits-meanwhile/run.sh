# What the user edits, adds or deletes on the host while a session runs neither shows up in a copy nor corrupts it; in an
# overlay, edits of settled files do not show either.
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

# In an overlay the same holds for what has been settled (`bailey settle` inside), which is not the agent's doing.
o=$(repo overlaid)
ln -s "$HOME" "$o/link"
echo ignored >"$o/build/main.o"
head -c 2000000 /dev/zero >"$o/large"
wait='while [ ! -e go ]; do sleep 0.05; done'
yard "$o" --workspace overlay -d -b o --name o -- sh -c "$wait"
assert_eq "$(session_field shell-o workspace)" overlay
upper=$SESSIONS/shell-o/upper/0
for file in main.c README.md untracked.txt; do wait_until 60 test -e "$upper/$file"; done
echo changed >>"$o/main.c"
echo changed >>"$o/untracked.txt"
rm "$o/README.md"
git -C "$o" commit -q -am 'host goes on'
bailey exec shell-o -- sh -c 'cat main.c untracked.txt README.md; git status --porcelain; touch go' >"$T/out"
refute_contains "$(cat "$T/out")" changed
refute_contains "$(cat "$T/out")" ' M '
assert_contains "$(cat "$T/out")" '# overlaid'
wait_for_end 20 shell-o
refute_file "$upper/large" # nor what git ignores, nor anything beyond a link
refute_file "$upper/build"
refute_file "$upper/link"

# Settling alone is no work of the agent's: nothing has to be saved, and `rm` has nothing to refuse.
q=$(repo quiet)
yard "$q" --workspace overlay --no-push -d -b q --name q -- sleep 1000
wait_until 60 test -e "$SESSIONS/shell-q/upper/0/main.c"
bailey stop shell-q
assert_eq "$(session_field shell-q unlanded_work)" false
bailey rm -y shell-q

# The window, as docs/workspace.md describes it: what was not settled shows later edits.
w=$(repo window)
head -c 2000000 /dev/zero >"$w/large"
yard "$w" --workspace overlay -d -b w --name w -- sleep 1000
wait_until 60 test -e "$SESSIONS/shell-w/upper/0/main.c"
echo changed >"$w/large"
echo added >"$w/added"
assert_eq "$(bailey exec shell-w -- cat large added)" $'changed\nadded'
bailey stop --force shell-w
