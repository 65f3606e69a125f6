#include "policy/layer_files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "os/files.h"
#include "policy/allowlist_file.h"
#include "policy/trust.h"

namespace bailey::policy {
namespace {

bool is_missing(const Error& error) { return error.code == ENOENT || error.code == ENOTDIR; }

Result<std::optional<LayerText>> read_if_there(const std::string& path, std::size_t bytes_max) {
  if (path.empty()) return std::nullopt;
  auto text = os::read_file(path, bytes_max);
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

Result<std::optional<LayerText>> read_project_file(const std::string& repository_directory, const char* name,
                                                   std::size_t bytes_max) {
  const auto path = os::join(repository_directory, name);
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
  auto file = os::open_beneath(directory->get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) {
    if (is_missing(file.error())) return std::nullopt;
    return explain(std::move(file).error());
  }
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return explain(fail_errno("fstat '" + path + "'").error());
  if (!S_ISREG(status.st_mode)) return explain(fail("open '" + path + "'", "not a regular file").error());
  auto text = os::read_all(file->get(), bytes_max);
  if (!text) return explain(std::move(text).error().within("'" + path + "'"));
  return LayerText{path, std::move(*text)};
}

}  // namespace

Result<ProjectFiles> read_project_files(const std::string& repository_directory) {
  ProjectFiles files;
  files.configuration = TRY(read_project_file(repository_directory, project_file_name, layer_file_bytes_max));
  files.allowlist = TRY(read_project_file(repository_directory, project_allowlist_name, allowlist_bytes_max));
  return files;
}

std::string trusted_content(const ProjectFiles& files) {
  auto content = files.configuration ? files.configuration->text : std::string();
  // A NUL is in no valid configuration: text can't move from one file to the other and stay trusted.
  if (files.allowlist) content += '\0' + files.allowlist->text;
  return content;
}

Result<LayerFiles> read_layers(const LayerPaths& paths) {
  LayerFiles files;
  files.administrator = TRY(read_administrator(paths.administrator_directory));
  files.user = TRY(read_if_there(paths.user_file, layer_file_bytes_max));
  files.user_allowlist = TRY(read_if_there(paths.user_allowlist, allowlist_bytes_max));
  if (paths.repository_directory.empty()) return files;
  auto project = TRY(read_project_files(paths.repository_directory));
  if (project.configuration || project.allowlist) {
    // Trust is looked up for the very bytes that will be parsed: a later change of the files changes neither.
    files.project_trust = TRY(project_trust(paths.trust_file, paths.repository_directory, trusted_content(project)));
  }
  files.project = std::move(project.configuration);
  files.project_allowlist = std::move(project.allowlist);
  return files;
}

}  // namespace bailey::policy
