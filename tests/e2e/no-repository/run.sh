# A directory that is no repository can be worked on: the agent gets a copy with a repository of its own, and the host's
# directory stays as it was, without a .git. A file or a missing path is an error.
source "$SUPPORT/lib.sh"
mkdir -p plain/sub
echo a >plain/a
echo b >plain/sub/b
before=$(find plain -type f -exec sha256sum {} + | sort)
yard plain -b p --name p -- sh -c 'cat a sub/b; git status --short | head -3; echo c >c; git add -A; git commit -qm c; echo ruined >a' >"$T/out"
assert_contains "$(cat "$T/out")" $'a\nb'
assert_eq "$(find plain -type f -exec sha256sum {} + | sort)" "$before"
refute_file plain/.git
expect_fails_with 125 'directory' yard plain/a -- true
expect_fails_with 125 'no such|not exist|not found' yard plain/none -- true
