# With --no-push nothing reaches the host's repository, neither by the agent's push nor by the auto-save; the work is
# kept and rm says so. Control: the same run without the flag lands.
source "$SUPPORT/lib.sh"
r=$(repo project)
before=$(host_state "$r")
work='echo n >n; git add n; git commit -qm n; git push -q local HEAD || true; echo m >m'
yard "$r" -b quiet --no-push -- sh -c "$work"
assert_eq "$(host_state "$r")" "$before" 'host repository'
refute_branch "$r" shell/quiet
yard "$r" -b loud -- sh -c "$work"
assert_branch "$r" shell/loud
