#include "policy/layer_files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "os/files.h"
#include "policy/trust.h"

namespace bailey::policy {
namespace {

bool is_missing(const Error& error) { return error.code == ENOENT || error.code == ENOTDIR; }

Result<std::optional<LayerText>> read_if_there(const std::string& path) {
  auto text = os::read_file(path, layer_file_bytes_max);
  if (text) return LayerText{path, std::move(*text)};
  if (is_missing(text.error())) return std::nullopt;
  return std::unexpected(std::move(text).error().within("read the configuration"));
}

Result<std::vector<LayerText>> read_administrator(const std::string& directory) {
  std::vector<LayerText> layers;
  auto names = os::list_directory(directory);
  if (!names) {
    if (is_missing(names.error())) return layers;
    return std::unexpected(
        std::move(names).error().within("read the administrator's policy").or_remedy("make it readable for everybody"));
  }
  for (const auto& name : *names) {
    if (!name.ends_with(".toml") || name.starts_with('.')) continue;
    if (layers.size() == administrator_files_max) {
      return fail("read " + directory, fmt::format("more than {} files", administrator_files_max), "join some of them");
    }
    const auto path = os::join(directory, name);
    auto text = os::read_file(path, layer_file_bytes_max);
    if (!text) {
      return std::unexpected(std::move(text)
                                 .error()
                                 .within("read the administrator's policy")
                                 .or_remedy("make it readable for everybody"));
    }
    layers.push_back({path, std::move(*text)});
  }
  return layers;
}

}  // namespace

Result<std::optional<LayerText>> read_project_file(const std::string& repository_directory) {
  const auto path = os::join(repository_directory, project_file_name);
  const auto explain = [&](Error error) {
    return std::unexpected(std::move(error)
                               .within("read the project's configuration")
                               .or_remedy("make it a small regular file, or remove it"));
  };
  auto directory = os::open_file(repository_directory, O_PATH | O_DIRECTORY);
  if (!directory) {
    if (is_missing(directory.error())) return std::nullopt;
    return explain(std::move(directory).error());
  }
  // O_NONBLOCK: a FIFO in its place must not hold us up.
  auto file = os::open_beneath(directory->get(), project_file_name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) {
    if (is_missing(file.error())) return std::nullopt;
    return explain(std::move(file).error());
  }
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return explain(fail_errno("fstat '" + path + "'").error());
  if (!S_ISREG(status.st_mode)) return explain(fail("open '" + path + "'", "not a regular file").error());
  auto text = os::read_all(file->get(), layer_file_bytes_max);
  if (!text) return explain(std::move(text).error().within("'" + path + "'"));
  return LayerText{path, std::move(*text)};
}

Result<LayerFiles> read_layers(const LayerPaths& paths) {
  LayerFiles files;
  files.administrator = TRY(read_administrator(paths.administrator_directory));
  if (!paths.user_file.empty()) files.user = TRY(read_if_there(paths.user_file));
  if (paths.repository_directory.empty()) return files;
  files.project = TRY(read_project_file(paths.repository_directory));
  if (files.project) {
    // Trust is looked up for the very bytes that will be parsed: a later change of the file changes neither.
    files.project_trust = TRY(project_trust(paths.trust_file, paths.repository_directory, files.project->text));
  }
  return files;
}

}  // namespace bailey::policy
