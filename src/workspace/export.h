// Files that git does not carry, from a session's workspace into a directory of the user's (`bailey export`).
//
// How it works, in two steps, so that what is decided on is what is written. stage() copies into a directory of its own
// below the destination (0700): regular files and directories only, read through a SessionView, every name opened
// without following links, modes reduced to "executable or not". Whoever swaps a file while it is copied changes what
// is staged, and it is the staged bytes that are then looked at. publish() moves them to their names: rename(2), which
// replaces a link instead of following it, and never over something that exists unless that was asked for.
//
// Killed at any moment: a directory .bailey-export-XXXXXX with copies is left; the next export to the same place
// removes it. What was published is complete, file by file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "workspace/notes.h"
#include "workspace/workspace.h"

namespace bailey::workspace {

struct ExportLimits {
  std::uint64_t files_max = 500'000;
  std::uint64_t bytes_max = std::uint64_t{16} << 30;        // of all files, holes included
  std::uint64_t free_bytes_min = std::uint64_t{256} << 20;  // left on the destination's file system
  std::size_t depth_max = 128;
};

enum class Overwrite { no, yes };

struct ExportedFile {
  std::string source;  // relative to /workspace
  std::string target;  // relative to the destination
  std::uint64_t bytes = 0;
  bool executable = false;
  bool program = false;  // begins like one: ELF, "#!", Mach-O, PE
};

class Export {
 public:
  // `to`: absolute path of a directory, created when its parent exists. Refused when a link leads there (the agent's
  // tree may have planted it) and inside a .git.
  [[nodiscard]] static Result<Export> open(const std::string& to, const ExportLimits& limits);
  Export(Export&& other) noexcept;
  Export& operator=(Export&&) = delete;
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;
  ~Export();  // what was staged and not published goes

  // Copies `paths` (relative to /workspace), each under its last component.
  [[nodiscard]] Status stage(const Prepared& prepared, const std::vector<std::string>& paths);
  [[nodiscard]] const std::vector<ExportedFile>& files() const { return files_; }
  [[nodiscard]] const Notes& notes() const { return notes_; }  // what was left out
  // Names in the destination that would have to be replaced.
  [[nodiscard]] Result<std::vector<std::string>> in_the_way() const;
  [[nodiscard]] Status publish(Overwrite overwrite);

 private:
  Export(Fd destination, ExportLimits limits) : destination_(std::move(destination)), limits_(limits) {}

  Fd destination_;
  ExportLimits limits_;
  std::string staging_name_;
  Fd staging_;  // with flock(2): a live export's is not removed by another
  std::vector<ExportedFile> files_;
  Notes notes_;
};

// Pure: without ".", "..", doubled slashes; an error for what leads out of the workspace. "/workspace/x" is "x".
[[nodiscard]] Result<std::string> exported_path(const std::string& typed);

}  // namespace bailey::workspace
