# After landing the user's own git, prompt and editor run nothing that the agent planted: each entry of the catalogue
# "workspace to host" is planted by an agent in a session of its own, in turn on the repository and on a linked worktree of
# it, and lands; then status, log, diff, checkout, stash, a shell prompt and an editor are run in the repository, the linked
# worktree and the submodule. Control: the same planted by hand in a copy of the repository runs.
# runner: timeout=900
source "$SUPPORT/lib.sh"
set +e +o pipefail  # the user's commands may fail: marks are what counts
trap - ERR

git config --global protocol.file.allow always
git config --global core.pager cat
printf 'set exrc\nset nocompatible\n' >"$HOME/.vimrc"
git init -q "$T/work/lib" && cd "$T/work/lib" && echo lib >lib.c && git add . && git commit -q -m lib || fail setup
r=$(repo project)
git -C "$r" submodule --quiet add "$T/work/lib" lib && git -C "$r" commit -q -m 'with a submodule' || fail setup
git -C "$r" worktree add -q "$T/work/linked" -b linked || fail setup

# What the user does next, in directory $1; $2: a branch to look at. Marks are made by whatever runs.
use() {
  (
    cd "$1" || exit
    git status
    git status --porcelain --ignored
    git log -p -2 --stat
    git log -p -1 --ext-diff --textconv "$2"
    git diff HEAD~1
    git diff "HEAD...$2"
    touch main.c lib.c README.md 2>/dev/null
    git diff
    git stash list
    script -qc "git log -1" /dev/null
    git checkout -q --detach
    git checkout -q -
    git submodule status
    GIT_PS1_SHOWDIRTYSTATE=1 GIT_PS1_SHOWUNTRACKEDFILES=1 GIT_PS1_SHOWUPSTREAM=auto bash --norc -ic '
      . /usr/lib/git-core/git-sh-prompt; PROMPT_COMMAND="[ -f .envrc ] && . ./.envrc"; eval "$PROMPT_COMMAND"; __git_ps1; true'
    if command -v vim >/dev/null; then TERM=dumb timeout 20 vim --not-a-term -n -c ':q!' README.md; fi
  ) </dev/null >"$T/used" 2>&1
}

# Each plants one thing in the current directory; $M is the file that shows that it ran.
plant_fsmonitor() { git config core.fsmonitor "touch $M; false"; }
plant_hooks_path() {
  mkdir -p .hooks && printf '#!/bin/sh\ntouch %s\n' "$M" >.hooks/post-checkout && chmod +x .hooks/post-checkout
  git config core.hooksPath "$PWD/.hooks"
}
plant_hook() {
  local hooks; hooks=$(git rev-parse --git-path hooks); mkdir -p "$hooks"
  printf '#!/bin/sh\ntouch %s\n' "$M" >"$hooks/post-checkout" && chmod +x "$hooks/post-checkout"
}
plant_include() {
  printf '[core]\n\tfsmonitor = "touch %s; false"\n' "$M" >.planted
  git config include.path "$PWD/.planted"
}
plant_config_worktree() {
  git config extensions.worktreeConfig true
  git config -f "$(git rev-parse --git-dir)/config.worktree" core.fsmonitor "touch $M; false"
}
plant_commondir() {
  local dir; dir=$(git rev-parse --absolute-git-dir)
  cp -r "$dir" "$dir.common" && git config -f "$dir.common/config" core.fsmonitor "touch $M; false"
  printf '%s\n' "$dir.common" >"$dir/commondir"
}
plant_attributes_filter() {
  git config filter.f.clean "touch $M; cat" && git config filter.f.smudge "touch $M; cat"
  mkdir -p "$(git rev-parse --git-path info)"; echo '* filter=f' >"$(git rev-parse --git-path info)/attributes"
}
plant_attributes_textconv() {
  git config diff.t.textconv "touch $M; cat"
  mkdir -p "$(git rev-parse --git-path info)"; echo '* diff=t' >"$(git rev-parse --git-path info)/attributes"
}
plant_external_diff() { git config diff.external "touch $M; true"; }
plant_pager() { git config core.pager "touch $M; cat"; }
plant_submodule_config() { git -C lib config core.fsmonitor "touch $M; false"; }
plant_nested_repository() {
  rm -rf lib && git init -q lib && git -C lib commit -q --allow-empty -m nested && echo x >lib/main.c
  git -C lib config core.fsmonitor "touch $M; false"
}
plant_gitdir_file() {  # a .git file that leads into the tree
  git init -q --bare .repository && git -C .repository config core.bare false
  git -C .repository config core.worktree "$PWD/lib" && git -C .repository config core.fsmonitor "touch $M; false"
  rm -rf lib/.git && echo "gitdir: $PWD/.repository" >lib/.git
}
plant_bare_repository() {
  rm -rf lib && mkdir -p lib/objects/keep lib/refs/heads && echo 'ref: refs/heads/main' >lib/HEAD
  printf '[core]\n\tbare = false\n\tworktree = .\n\trepositoryformatversion = 0\n\tfsmonitor = "touch %s; false"\n' "$M" >lib/config
  echo keep >lib/objects/keep/k && echo keep >lib/refs/keep
}
plant_envrc() { echo "touch $M" >.envrc; }
plant_exrc() { echo "silent !touch $M" >.exrc; }

# These have no effect of their own outside .git, or are seen by the checks below: what they may not do is come along.
plant_index() { head -c 4000 /dev/urandom >.git/index; }
plant_alternates() { mkdir -p .git/objects/info && echo /etc >>.git/objects/info/alternates; }

plants='fsmonitor hooks_path hook include config_worktree commondir attributes_filter attributes_textconv external_diff pager
  submodule_config nested_repository gitdir_file bare_repository envrc exrc index alternates'
without_control=' index alternates '
command -v vim >/dev/null || without_control+='exrc '

control() {
  local copy=$T/control
  rm -rf "$copy" && cp -a "$r" "$copy" && rm -rf "$copy/.git/worktrees"
  (cd "$copy" && M=$1 && "plant_$2") >"$T/control.out" 2>&1
  rm -f "$1"
  use "$copy" HEAD
  [[ -d $copy/lib ]] && use "$copy/lib" HEAD
  [[ -e $1 ]] || { cat "$T/control.out" "$T/used" >&2; fail "control: $2 planted by hand does not run"; }
  rm -f "$1"
}

before=$(cat "$r/.git/config" "$r/.git/modules/lib/config"; find "$r/.git/hooks" | sort)
number=0
for plant in $plants; do
  mark=$T/mark.$plant
  [[ $without_control == *" $plant "* ]] || control "$mark" "$plant"
  where=$r
  ((number++ % 2)) && where=$T/work/linked
  yard "$where" -b "p-$plant" --name "p-$plant" -- bash -c "
    M=$mark; $(declare -f "plant_$plant"); echo '$plant' >landed.txt; git add landed.txt; git commit -q -m '$plant'
    plant_$plant; echo left >left.txt; true" >"$T/session" 2>&1 || { cat "$T/session" >&2; fail "the session of $plant failed"; }
  [[ $(file_on "$r" "shell/p-$plant" landed.txt) == "$plant" ]] || fail "the work of $plant did not land"
  rm -f "$mark"
  use "$r" "shell/p-$plant"
  use "$T/work/linked" "shell/p-$plant"
  use "$r/lib" HEAD
  [[ ! -e $mark ]] || { cat "$T/used" >&2; fail "$plant ran on the host after landing"; }
  # Our own commands run nothing either, whatever they answer.
  (cd "$where" && bailey apply "shell-p-$plant" --dry-run; bailey apply "shell-p-$plant" --patch; bailey review "shell-p-$plant"
    bailey apply "shell-p-$plant" --squash; git status) >"$T/ours" 2>&1 </dev/null
  [[ ! -e $mark ]] || { cat "$T/ours" >&2; fail "$plant ran in a command of bailey's"; }
  case $plant in  # tracked files that run by themselves are not taken without a word
    envrc | exrc | bare_repository) [[ ! -e $where/.envrc && ! -e $where/.exrc && ! -e $where/lib/HEAD ]] || fail "$plant was applied without a decision" ;;
  esac
  bailey discard -y "shell-p-$plant" >/dev/null 2>&1 || fail "discard of $plant"
  git -C "$where" reset -q --hard; git -C "$where" clean -qfd
  refute_branch "$r" "shell/p-$plant"
done
after=$(cat "$r/.git/config" "$r/.git/modules/lib/config"; find "$r/.git/hooks" | sort)
[[ $before == "$after" ]] || fail 'configuration or hooks of the host changed'
[[ ! -e $r/.git/objects/info/alternates ]] || fail 'alternates came along'
git -C "$r" fsck --no-dangling >/dev/null 2>&1 || fail 'the repository is damaged'
