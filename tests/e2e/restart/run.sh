# A stopped session starts again with its workspace as it was, on the same branch.
source "$SUPPORT/lib.sh"
r=$(repo project)
yard "$r" --name again -b again -- sh -c 'echo 1 >>count; mkdir -p build; echo kept >build/cache'
assert_eq "$(file_on "$r" shell/again count)" 1
expect_status 0 bailey restart shell-again
wait_for_end 30 shell-again
assert_eq "$(file_on "$r" shell/again count | wc -l)" 2
