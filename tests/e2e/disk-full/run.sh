# No space for the session: 125 with a message before the command runs and nothing left; space that runs out while the
# agent works ends neither the supervisor nor the record, and the host's repository stays whole.
# runner: timeout=180
source "$SUPPORT/lib.sh"
r=$(repo project)
head -c 20000000 /dev/urandom >"$r/big.bin"
# A small file system of our own, as an ordinary user: a mount namespace below a user namespace, and our own uid again.
on_small_disk() {
  unshare -Urm sh -ec 'mount -t tmpfs -o "size=$1" tmpfs "$XDG_STATE_HOME"; shift
    exec unshare -U --map-user='"$(id -u)"' --map-group='"$(id -g)"' "$@"' sh "$@"
}
on_small_disk 8m true 2>/dev/null || skip 'user namespaces can not be nested here'
on_small_disk 200m bailey run shell "$r" --network restricted -y -b control -- true
assert_eq "$(git -C "$r" fsck --strict --no-dangling 2>&1)" ''

expect_fails_with 125 'space' on_small_disk 8m bailey run shell "$r" --network restricted -y --workspace copy -b full -- true
refute_branch "$r" shell/full

run_status on_small_disk 60m bailey run shell "$r" --network restricted -y -b filler -- sh -c \
  'echo small >small; git add small; git commit -qm small; head -c 200000000 /dev/zero >filler; echo status $?; rm -f filler'
assert_contains "$OUT$ERR" 'status 1'
git -C "$r" fsck --strict --no-dangling
