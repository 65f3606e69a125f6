// The upper layer of an overlay, as we make it before anything is mounted: what hides or replaces entries of the lower.
//
// How it works: overlayfs takes a character device 0:0 in the upper layer for "this does not exist" and a directory
// with user.overlay.opaque=y for "nothing of the lower directory shows" (kernel:
// Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories"; mounted with userxattr). Both can be
// made by ordinary users: mknod(2) allows that one device since Linux 5.8. A directory in the upper layer also gives
// its mode and times to the merged one, so those we make take over the lower's.
#pragma once

#include <sys/stat.h>

#include <map>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "workspace/owner.h"

namespace bailey::workspace {

class UpperLayer {
 public:
  // Makes `upper`, whose parent exists. `lower`: real path of the host's directory.
  [[nodiscard]] static Result<UpperLayer> create(const std::string& lower, const std::string& upper,
                                                 const std::optional<Owner>& owner);
  // The file or directory `path` of the lower layer does not exist for the agent.
  [[nodiscard]] Status hide(const std::string& path);
  // Makes `directory` ("" is the top), so that something can be put into it; returns its path on the host.
  [[nodiscard]] Result<std::string> directory_for(const std::string& directory);
  // Nothing of the lower directory shows through this one: a path returned by directory_for() or made below one.
  [[nodiscard]] static Status make_opaque(const std::string& upper_directory);
  // Gives the directories the lower's mode and time. Last.
  [[nodiscard]] Status finish();

 private:
  UpperLayer(Fd lower, Fd upper, std::string path, std::optional<Owner> owner)
      : lower_(std::move(lower)), upper_(std::move(upper)), path_(std::move(path)), owner_(owner) {}
  Status make(const std::string& directory);

  Fd lower_;
  Fd upper_;
  std::string path_;
  std::optional<Owner> owner_;
  std::map<std::string, struct stat> made_;  // directory → attributes of the lower one
};

}  // namespace bailey::workspace
