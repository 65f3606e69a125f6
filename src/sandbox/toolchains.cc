// Toolchains that a developer keeps below the home directory, made visible read-only at their own paths.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "os/files.h"
#include "sandbox/rootfs.h"

namespace bailey::sandbox {
namespace {

// Where a directory on PATH belongs to something larger that it needs. Paths are relative to the home directory.
struct Known {
  std::string_view prefix;                // of the directory on PATH
  std::array<std::string_view, 5> shown;  // directories to show; "" = unused
  std::string_view variable;              // set to the first of `shown`, so that the tool finds it
};

// Never a whole ~/.cargo, ~/.config or ~/.local: they hold registry tokens and application secrets.
constexpr Known known[] = {
    {".nvm/", {".nvm"}, "NVM_DIR"},
    {".pyenv/", {".pyenv"}, "PYENV_ROOT"},
    {".cargo/bin", {".rustup", ".cargo/bin"}, "RUSTUP_HOME"},
    {".rbenv/", {".rbenv"}, "RBENV_ROOT"},
    {".nodenv/", {".nodenv"}, "NODENV_ROOT"},
    {".goenv/", {".goenv"}, "GOENV_ROOT"},
    {".asdf/", {".asdf"}, "ASDF_DATA_DIR"},
    {".volta/", {".volta/bin", ".volta/tools"}, ""},
    {".sdkman/", {".sdkman/candidates"}, ""},
    {".fnm/", {".fnm"}, ""},
    {".local/share/fnm", {".local/share/fnm"}, ""},
    {".local/share/mise/", {".local/share/mise"}, "MISE_DATA_DIR"},
    {".local/share/pnpm", {".local/share/pnpm"}, ""},
    {".local/bin",
     {".local/share/uv", ".local/share/pipx", ".local/share/claude/versions", ".local/lib/node_modules", ".local/bin"},
     ""},
    {".bun/bin", {".bun/install/global/node_modules", ".bun/bin"}, ""},
    {".deno/bin", {".deno/bin"}, ""},
    {".dotnet", {".dotnet"}, "DOTNET_ROOT"},
    {".ghcup/bin", {".ghcup"}, ""},
    {".opencode/bin", {".opencode/bin"}, ""},
    {"miniconda3/", {"miniconda3"}, ""},
    {"anaconda3/", {"anaconda3"}, ""},
};

constexpr std::string_view system_prefixes[] = {"/usr/", "/bin", "/sbin", "/lib"};
// A directory on PATH that is one of these, or below one of the second kind, is not shown.
constexpr std::string_view never[] = {"/", "/home", "/root", "/etc", "/var", "/run", "/proc", "/sys", "/dev", "/tmp"};
constexpr std::string_view never_below[] = {"/etc/", "/run/", "/proc/", "/sys/", "/dev/"};
constexpr std::string_view secret_names[] = {".ssh",  ".gnupg",  ".aws",           ".config",
                                             ".kube", ".docker", ".password-store"};

bool is_within(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

bool is_system(std::string_view path) {
  return std::any_of(std::begin(system_prefixes), std::end(system_prefixes),
                     [&](std::string_view prefix) { return path.starts_with(prefix); });
}

bool is_refused(std::string_view path, std::string_view home) {
  if (is_within(home, path)) return true;  // the home directory or a parent of it
  for (const auto name : never)
    if (path == name) return true;
  for (const auto prefix : never_below)
    if (path.starts_with(prefix)) return true;
  for (const auto part : split(path, '/'))
    for (const auto name : secret_names)
      if (part == name) return true;
  return false;
}

class Collector {
 public:
  explicit Collector(const HostFacts& host) : host_(host), home_(host.home.empty() ? "/nonexistent" : host.home) {}

  void visit(std::string directory) {
    while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
    if (directory.empty() || directory.front() != '/' || directory.find("/../") != std::string::npos) return;
    const std::string real = host_.resolved(directory);
    if (real.empty()) return;
    if (is_system(directory) && is_system(real)) return add_path(directory);
    if (is_refused(directory, home_) || is_refused(real, host_.resolved(home_))) return;
    if (is_within(directory, home_) && visit_known(directory)) return;
    show(directory);
    add_path(directory);
    show_node_modules(directory);
  }
  [[nodiscard]] Toolchains take() { return std::move(found_); }

 private:
  bool visit_known(const std::string& directory) {
    const std::string_view relative = std::string_view(directory).substr(home_.size() + 1);
    for (const auto& entry : known) {
      if (!(std::string(relative) + "/").starts_with(entry.prefix)) continue;
      for (const auto part : entry.shown)
        if (!part.empty()) show(os::join(home_, part));
      if (!entry.variable.empty() && !host_.resolved(os::join(home_, entry.shown[0])).empty())
        add_unique(found_.environment, std::string(entry.variable) + "=" + os::join(home_, entry.shown[0]));
      add_path(directory);
      return true;
    }
    return false;
  }
  // `npm install -g` with a prefix of the user's own: PREFIX/bin holds links to ../lib/node_modules/PACKAGE.
  void show_node_modules(const std::string& directory) {
    if (directory.ends_with("/bin")) show(directory.substr(0, directory.size() - 3) + "lib/node_modules");
  }
  void show(const std::string& path) {
    const std::string real = host_.resolved(path);
    if (real.empty() || is_system(real) || is_refused(real, home_)) return;
    for (const auto& mount : found_.mounts)
      if (is_within(path, mount.sandbox)) return;
    found_.mounts.push_back({real, path});
  }
  void add_path(const std::string& directory) { add_unique(found_.path, directory); }
  static void add_unique(std::vector<std::string>& list, std::string text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
  }

  const HostFacts& host_;
  std::string home_;
  Toolchains found_;
};

}  // namespace

Toolchains find_toolchains(const HostFacts& host) {
  Collector collector(host);
  for (const auto directory : split(host.path_variable, ':')) collector.visit(std::string(directory));
  return collector.take();
}

}  // namespace bailey::sandbox
