# Eight sessions on one repository at once: each has its own files and lands its own branch.
# runner: timeout=180
source "$SUPPORT/lib.sh"
r=$(repo project)
for n in {1..8}; do yard "$r" -d --name "m$n" -b "m$n" -- sh -c 'while [ ! -e go ]; do sleep 0.1; done'; done
assert_eq "$(bailey ls --json | "$SUPPORT/json" length)" 8
for n in {1..8}; do bailey exec "shell-m$n" -- sh -c "echo $n >n; ls"; done >"$T/out"
# 143: the session's end, which "go" brings about, can be quicker than the end of touch.
for n in {1..8}; do bailey exec "shell-m$n" -- touch go || [[ $? == 143 ]]; done
for n in {1..8}; do wait_for_end 30 "shell-m$n"; done
for n in {1..8}; do assert_eq "$(file_on "$r" "shell/m$n" n)" "$n"; done
git -C "$r" fsck --strict --no-dangling
