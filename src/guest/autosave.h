// `bailey autosave`: whatever state the work tree is in, its content reaches the session's branch on the host.
//
// How it works: one `git status` tells whether there is anything to do. If so, the work tree becomes a tree object
// through an index of ours (save_tree.h) and a commit with plumbing that runs no hook. Its parents are the tips that
// must not get lost: the session's branch and HEAD, without what one of them contains. So it is right on an unborn
// branch, on a detached HEAD, on another branch and in the middle of a merge or rebase, and it never moves HEAD to
// another commit than the one it makes there:
//   HEAD on the session's branch   an ordinary commit; the agent's index is brought up to date
//   HEAD elsewhere                 the session's branch moves; HEAD, index and files stay
//   merge, rebase, … under way     nothing moves; the commit is pushed only
// Then `git push local COMMIT:refs/heads/<session's branch>`.
#pragma once

namespace bailey::guest {

// Exit status 0: saved or nothing to do; 1: not (fully) saved. One line on stdout; one line of JSON on descriptor 3, if
// that is open:
// {"result":"saved"|"clean"|"failed","branch","commit","files","pushed","reason","left_out":[{"path","why"}]}
[[nodiscard]] int autosave();

}  // namespace bailey::guest
