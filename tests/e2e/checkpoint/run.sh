# Checkpoints of a running session and the way back: ignored files and .git included, in a copy and in an overlay, also after
# the session has ended and when an undo was cut off; the agent's links are not followed, the host's tree stays as it is.
# runner: timeout=300
source "$SUPPORT/lib.sh"
r=$(repo project)
cd "$T"
before=$(host_state "$r" shell/none)
inside() { bailey exec "$name" -- bash -c "cd /workspace; $1"; }
state() { inside 'cat main.c build/main.o build/own 2>&1; git log --format=%s -1; git status --porcelain; ls -A build; stat -c %a build/own; readlink link'; }
number_of() { grep -o 'checkpoint [0-9]*' <<<"$1" | head -1 | cut -d' ' -f2; }

for mode in copy overlay; do
  name=shell-project-$mode
  yard "$r" -b "$mode" --workspace "$mode" -d -- sh -c 'echo started >/tmp/started; exec sleep 1000'
  wait_until 20 bailey exec "$name" -- test -e /tmp/started
  expect_status 0 bailey checkpoint "$name"
  assert_eq "$OUT" ''
  inside 'echo own >build/own; chmod 640 build/own; ln -s main.c link; echo "int a;" >>main.c; git commit -qam agent; echo left >left'
  good=$(state)
  expect_status 0 bailey checkpoint "$name" save good
  # Everything is ruined, and a link is laid where a file was.
  inside 'rm -rf .git main.c build link; ln -s /etc link; mkdir build; echo bad >build/own; mkdir main.c; echo x >main.c/x; echo new >new;
    mkdir -p deep/a/b; chmod 500 deep/a'
  expect_status 0 bailey undo "$name" good
  assert_contains "$OUT" 'back at checkpoint'
  ruined=$(number_of "$(grep 'before is' <<<"$OUT" | sed 's/.*before is//')")
  assert_eq "$(state)" "$good" "$mode: after undo"
  inside '! test -e new && ! test -e deep && git fsck --no-dangling >/dev/null'
  # The undo can be undone, and that again.
  expect_status 0 bailey undo "$name" "$ruined"
  inside 'test -e new && test -d main.c && test "$(cat build/own)" = bad && ! test -e .git'
  expect_status 0 bailey undo "$name" good
  assert_eq "$(state)" "$good" "$mode: after undo of the undo"
  expect_fails_with 1 'none of that' bailey undo "$name" 99
  expect_fails_with 1 "number" bailey checkpoint "$name" save 7
  assert_contains "$(bailey checkpoint "$name" --json)" '"name": "good"'
  assert_contains "$(bailey audit "$name" --json)" '"action":"undo"'
  # The session ends: one more is saved, and the work lands.
  inside 'echo "int b;" >>main.c'
  bailey stop "$name"
  assert_contains "$(bailey checkpoint "$name" | tail -1)" auto-save
  assert_contains "$(file_on "$r" "shell/$mode" main.c)" 'int b;'
  # Ended: back all the same; the branch follows, the old tip is kept.
  expect_status 0 bailey undo "$name" good
  refute_contains "$(file_on "$r" "shell/$mode" main.c)" 'int b;'
  assert_contains "$(file_on "$r" "shell/$mode" main.c)" 'int a;'
  # Cut off: whoever starts the session next finishes it first.
  saved=$(bailey checkpoint "$name" | awk '/auto-save/ {print $1; exit}')
  echo "$saved" >"$SESSIONS/$name/checkpoints/undo"
  expect_status 0 bailey checkpoint "$name"
  assert_contains "$ERR" 'cut off'
  bailey restart -d "$name"
  inside 'grep -q "int b;" main.c'
  refute_file "$SESSIONS/$name/checkpoints/undo"
  assert_eq "$(bailey exec "$name" -- sh -c 'ls /run/bailey; find / -name "*.list" -path "*checkpoints*" 2>/dev/null' | grep -c checkpoints || true)" 0
  # An agent that keeps writing hinders nobody but itself; one that ends the helper is told of.
  inside 'nohup sh -c "while :; do echo \$RANDOM >busy; mkdir -p x; ln -sfn /etc x/y; rm -rf x; done" >/dev/null 2>&1 &'
  run_status bailey undo "$name" good
  bailey stop "$name"
  bailey discard -y "$name" >/dev/null
done
git -C "$r" for-each-ref --format='delete %(refname)' refs/heads/shell | git -C "$r" update-ref --stdin
assert_eq "$(host_state "$r")" "$before" 'host repository'
