# NUL can't come through exec; control characters, escapes, path tricks and over-long text in names, branches and paths
# are refused with 125 before anything changes, and the message shows them harmlessly.
source "$SUPPORT/lib.sh"
r=$(repo project)
before=$(host_state "$r")
esc=$'\e]52;c;aGk=\a'
long=$(printf 'x%.0s' {1..5000})
for bad in "a${esc}b" $'a\nb' 'a..b' '-x' '/abs' 'a b' 'x.lock' 'a//b' '@{x' $'\x80\xff' "$long" $'a\u202eb'; do
  expect_fails_with 125 '.' yard "$r" "--branch=$bad" -- true
  [[ $ERR != *$'\e'* && $ERR != *$'\u202e'* ]] || fail "raw control character in the message for a branch"
done
for bad in "a${esc}b" $'a\nb' '' "$long"; do
  run_status yard "$r" "--name=$bad" -- true
  [[ $STATUS == 125 || $STATUS == 0 ]] || fail "status $STATUS"
  [[ $ERR != *$'\e'* ]] || fail 'raw control character in the message for a name'
done
expect_fails_with 125 '.' yard "$T/${esc}nowhere" -- true
[[ $ERR != *$'\e'* ]] || fail 'raw control character in the message for a path'
assert_eq "$(git -C "$r" for-each-ref refs/heads | wc -l)" 1 'branches after refused runs'
assert_eq "$(host_state "$r")" "$before"
run_status yard "$r" --name=../../escape -- true
[[ ! -e $XDG_STATE_HOME/escape && ! -e $XDG_STATE_HOME/bailey/escape ]] || fail 'a name left the directory of sessions'

# A repository whose own path is strange works (control).
odd="$T/elsewhere/odd \$(touch x) 'q' é"
mkdir "$T/elsewhere"
mv "$r" "$odd"
yard "$odd" -b ok -- sh -c 'echo y >y; git add y; git commit -qm y'
assert_branch "$odd" shell/ok
