#include "workspace/workspace.h"

#include <unistd.h>

#include "base/text.h"
#include "os/files.h"
#include "workspace/preparation.h"
#include "workspace/remove_deep.h"

namespace bailey::workspace {
namespace {

// mount(2) takes one page of options, with a NUL at its end.
constexpr std::size_t mount_options_bytes_max = 4095;

// overlayfs splits lowerdir at ":" and options at ",", unless a backslash comes before.
std::string escaped(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (c == '\\' || c == ':' || c == ',') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

Result<Prepared> prepare(const Request& request) {
  auto prepared = Preparation(request).run();
  if (prepared) return prepared;
  (void)cleanup(request.session_directory);  // the first error is the one that matters
  return std::unexpected(std::move(prepared).error().within("prepare the workspace"));
}

Result<std::string> mount_options(const Overlay& overlay) {
  std::string options = "lowerdir=" + escaped(overlay.lower) + ",upperdir=" + escaped(overlay.upper) +
                        ",workdir=" + escaped(overlay.work) + ",userxattr";
  if (options.size() <= mount_options_bytes_max) return options;
  return fail("overlay of '" + overlay.lower + "'", "its paths are too long for mount(2)", "use --workspace copy");
}

Status prepare_remount(const Prepared& prepared) {
  for (const auto& overlay : prepared.overlays) TRY_STATUS(remove_deep(os::join(overlay.work, "work")));
  return {};
}

Changes changes_since(const Prepared& prepared) {
  if (prepared.seal.time_ns == 0 || clock_was_set(prepared.seal)) return Changes::possible;
  // Only a directory that was no repository started without refs.
  const bool had_refs = prepared.git.kind != SourceKind::directory;
  if (had_refs && !os::exists(os::join(prepared.git_dir, "packed-refs"))) return Changes::possible;
  if (!refs_untouched_since(prepared.git_dir, prepared.seal)) return Changes::possible;
  if (!prepared.root.empty() && !untouched_since(prepared.root, prepared.seal, SealRoot::included))
    return Changes::possible;
  for (const auto& overlay : prepared.overlays)
    if (!upper_untouched_since(overlay.upper, overlay.lower, prepared.seal)) return Changes::possible;
  return Changes::none;
}

Status cleanup(const std::string& session_directory) {
  for (const char* name : {"workspace", "upper", "work", "objects"})
    TRY_STATUS(remove_deep(os::join(session_directory, name)));
  return {};
}

}  // namespace bailey::workspace
