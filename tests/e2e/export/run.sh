# `bailey export` brings ignored files out of running and ended sessions: programs only by decision, links, pipes and .git
# never, nothing of the user's replaced unless asked, links at the destination not followed.
source "$SUPPORT/lib.sh"
r=$(repo project)
cd "$T"
yard "$r" -b one -d -- sh -c '
  mkdir -p build/d; echo data >build/data.bin; echo d >build/d/d; printf "#!/bin/sh\necho hi\n" >build/tool; chmod 4755 build/tool
  ln -s /etc/passwd build/link; mkfifo build/pipe; git init -q build/repository; echo ready >build/ready; sleep 1000'
name=shell-project-one
wait_until 20 bailey exec "$name" -- test -e /workspace/build/ready
expect_status 0 bailey export "$name" build/data.bin --to "$T/dest"
assert_eq "$(cat dest/data.bin)" data
expect_fails_with 1 'replaced' bailey export "$name" build/data.bin --to dest
expect_status 0 bailey export "$name" build/data.bin --to dest --overwrite
expect_fails_with 1 'not decided' bailey export "$name" build --to dest
assert_contains "$OUT" 'build/tool'
refute_file dest/build
expect_status 0 bailey export "$name" build --to dest --accept build/tool
assert_eq "$(stat -c %a dest/build/tool)" 755
for left in link pipe repository/.git; do refute_file "dest/build/$left"; done
assert_contains "$ERR" 'symbolic link: build/link'
assert_eq "$(find dest -name '.bailey*')" ''
for path in build/link build/pipe .git ../x /etc/passwd nowhere; do
  expect_fails_with 1 export bailey export "$name" "$path" --to dest
done
mkdir elsewhere; ln -s elsewhere led
expect_fails_with 1 'symbolic link leads there' bailey export "$name" build/data.bin --to led
expect_fails_with 1 'own directory' bailey export "$name" build/data.bin --to "$r/.git/hooks"
expect_fails_with 1 'own directory' bailey export "$name" build/data.bin --to "$XDG_STATE_HOME/bailey/x"
bailey stop "$name"
expect_status 0 bailey export "$name" build/d --to dest --json
assert_contains "$OUT" '"outcome": "exported"'
assert_eq "$(cat dest/d/d)" d
assert_contains "$(bailey audit "$name" --json)" '"action":"export"'
# The same of an overlay: what is the agent's and what is the user's.
yard "$r" -b two --workspace overlay -- sh -c 'echo new >build/new; rm README.md'
expect_status 0 bailey export shell-project-two build --to dest2
assert_eq "$(cat dest2/build/new dest2/build/main.o | tr '\n' ' ')" 'new object '
expect_fails_with 1 'no such file' bailey export shell-project-two README.md --to dest2
