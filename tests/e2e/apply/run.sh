# `bailey apply` brings a session's branch into the branch that is checked out: forward, as a merge, squashed, as a patch;
# a conflict or files of the user's in the way change nothing; no hook of the user's runs; a protected path has to be
# confirmed by name.
source "$SUPPORT/lib.sh"
r=$(repo project)
cd "$r"
mark() { for h in post-merge post-checkout pre-commit post-index-change reference-transaction; do
  printf '#!/bin/sh\necho "$0" >>%s/marks\n' "$T" >".git/hooks/$h"; chmod +x ".git/hooks/$h"; done; }
mark
main=$(git symbolic-ref --short HEAD)

yard "$r" -b one -- sh -c 'echo one >one.txt; git add .; git commit -qm "add one"; echo two >two.txt'
run_status bailey apply shell-project-one --dry-run
assert_contains "$OUT" "would come to $main"
refute_file one.txt
rm -f "$T/marks"
expect_status 0 bailey apply shell-project-one
assert_contains "$OUT" 'moved forward'
assert_eq "$(cat one.txt two.txt | tr '\n' ' ')" 'one two '
assert_eq "$(head_of "$r")" "$(head_of "$r" shell/one)"
refute_file "$T/marks"
assert_eq "$(git status --porcelain)" ''  # the user's untracked.txt was saved as it is, so it is tracked now
rm -f "$T/marks"
expect_status 0 bailey apply shell-project-one
assert_contains "$OUT" 'has all of'

# Both sides moved; the user has other changes that stay.
yard "$r" -b two -- sh -c 'echo "int y;" >>main.c; git commit -qam "y"'
echo mine >mine.txt; git add mine.txt; git -c core.hooksPath=/dev/null commit -qm mine
echo note >>README.md
rm -f "$T/marks"
expect_status 0 bailey apply shell-project-two
assert_contains "$OUT" 'a merge commit'
refute_file "$T/marks"
assert_eq "$(git status --porcelain | head -1)" ' M README.md'
assert_contains "$(cat main.c)" 'int y;'
assert_eq "$(git log -1 --format=%an)" "$(git config user.name)"
git -c core.hooksPath=/dev/null reset -q --keep ORIG_HEAD
refute_contains "$(cat main.c)" 'int y;'

# As one commit, as a patch, as JSON.
expect_status 0 bailey apply shell-project-two --patch
printf '%s\n' "$OUT" >"$T/patch"
git apply --check "$T/patch"
expect_status 0 bailey apply shell-project-two --squash -m 'all of it' --json
assert_contains "$OUT" '"outcome": "applied"'
assert_eq "$(git log -1 --format='%s %p' | wc -w)" 4

# A file of the user's in the way, then a conflict: nothing changes.
yard "$r" -b three -- sh -c 'echo theirs >>main.c; echo theirs >clash.txt; git add .; git commit -qm three'
echo mine >clash.txt
before=$(git rev-parse HEAD; git status --porcelain; cat main.c clash.txt)
expect_fails_with 1 'clash.txt.*nothing was changed' bailey apply shell-project-three
rm clash.txt
echo other >>main.c; git add main.c; git -c core.hooksPath=/dev/null commit -qm other
expect_fails_with 1 'conflicts in main.c.*nothing was changed' bailey apply shell-project-three
assert_eq "$(git diff HEAD --stat -- main.c)" ''

# A path that the configuration protects: accepting is not enough.
mkdir -p "$XDG_CONFIG_HOME/bailey"
printf '[apply]\nprotected = ["infra/**"]\naccept = ["*:tools/"]\n' >>"$XDG_CONFIG_HOME/bailey/config.toml"
yard "$r" -b four -- sh -c 'mkdir infra; echo x >infra/prod.tf; git add .; git commit -qm four'
expect_fails_with 1 'not decided' bailey apply shell-project-four
assert_contains "$OUT" 'infra/prod.tf'
expect_fails_with 1 '--confirm' bailey apply shell-project-four --accept infra/prod.tf
refute_file infra/prod.tf
expect_status 0 bailey apply shell-project-four --accept infra/prod.tf --confirm infra/prod.tf
assert_file infra/prod.tf
assert_contains "$(bailey audit shell-project-four --json)" '"action":"landing"'

# A program of the tree that the user's own configuration runs is found whatever it is called.
git config core.hooksPath quiet/words
yard "$r" -b five -- sh -c 'mkdir -p quiet/words; echo x >quiet/words/pre-commit; git add .; git commit -qm five'
expect_fails_with 1 'not decided' bailey apply shell-project-five
assert_contains "$OUT" 'core.hookspath'
git config --unset core.hooksPath
git switch -q --detach 2>/dev/null
expect_fails_with 1 'detached' bailey apply shell-project-five
git switch -q "$main" 2>/dev/null
expect_status 2 bailey apply shell-project-five --squash --patch
expect_fails_with 1 'there is none' bailey apply nobody
git fsck --no-dangling
