# `git push` inside goes to the quarantine: the session's branch lands on the host while the session runs; any other
# branch, tag or deletion is refused with a reason, and the host's other refs don't move.
source "$SUPPORT/lib.sh"
r=$(repo project)
main=$(head_of "$r" main)
yard "$r" -d --name p -b p -- sleep 100
in_yard() { bailey exec shell-p -- "$@"; }
in_yard sh -c 'git remote -v; echo 1 >one; git add one; git commit -qm one; git push -q' >"$T/out"
assert_eq "$(file_on "$r" shell/p one)" 1
assert_contains "$(cat "$T/out")" local
for refspec in HEAD:refs/heads/main HEAD:refs/heads/shell/other HEAD:refs/tags/t :refs/heads/shell/p HEAD:refs/bailey/x HEAD:refs/notes/n; do
  run_status in_yard git push local "$refspec"
  [[ $STATUS != 0 ]] || { show_last; fail "push of $refspec was accepted"; }
  [[ -n $ERR ]] || fail 'refused without a reason'
done
assert_eq "$(head_of "$r" main)" "$main"
assert_branch "$r" shell/p
assert_eq "$(git -C "$r" for-each-ref --format='%(refname)' | sort | paste -sd' ')" 'refs/heads/main refs/heads/shell/p'
# A rewrite of the session's own branch is allowed and loses nothing.
old=$(head_of "$r" shell/p)
in_yard sh -c 'git commit -q --amend -m rewritten; git push -q --force local HEAD' || true
bailey stop shell-p
git -C "$r" for-each-ref --contains "$old" | grep -q . || fail 'the replaced commit has no name left'
