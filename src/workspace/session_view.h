// A session's workspace as the agent sees it, read from outside while it may be running.
//
// How it works. A copy is a directory. An overlay is two: what is in the upper layer counts, a character device 0:0
// there means "does not exist", a directory with user.overlay.opaque=y hides the lower one, everything else is read
// from the lower layer, which is the user's own tree (kernel: Documentation/filesystems/overlayfs.rst). A mixed
// workspace is a copy with overlays at some directories. Every name is looked up component by component from the
// layer's root with openat2(2), without following links, so that nothing the agent swaps meanwhile leads out.
//
// What it relies on: nothing that the agent does. What is read may change in the next moment; nothing is written.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "workspace/workspace.h"

namespace bailey::workspace {

class SessionView {
 public:
  [[nodiscard]] static Result<SessionView> open(const Prepared& prepared);

  struct Found {
    int layer = -1;         // borrowed: root of the layer that has it
    std::string path;       // relative to the layer's root; "" is the root itself
    struct stat status {};  // of the thing itself, not of what a link leads to
  };
  // `path` relative to /workspace; "" is the top. Nothing: it does not exist.
  [[nodiscard]] Result<std::optional<Found>> find(const std::string& path) const;
  // Names in a directory, sorted; empty for what is none.
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path) const;

 private:
  // Where something is looked for: the copy, or one overlay.
  struct Place {
    std::string target;  // relative to /workspace
    Fd upper;            // the copy itself where there is no lower
    Fd lower;
  };
  struct Inside {
    const Place* place = nullptr;
    std::string path;
  };
  [[nodiscard]] Inside place_of(const std::string& path) const;
  enum class Lower { visible, hidden };
  struct Walked {
    std::optional<struct stat> upper;
    Lower lower = Lower::visible;  // does the lower layer show at this path?
    bool whited_out = false;
  };
  [[nodiscard]] static Result<Walked> walk(const Place& place, const std::string& path);

  std::vector<Place> places_;  // the deepest targets first
};

inline constexpr std::size_t view_names_max = 1'000'000;  // in one directory

}  // namespace bailey::workspace
