#include "git/guarded_remote.h"

#include <filesystem>

#include "base/text.h"
#include "git/remote_address.h"

namespace bailey::git {
namespace {

// Absolute and lexically normal; nullopt: it lies in `top`.
std::optional<std::string> local_path(const RemoteAddress& address, std::string_view top) {
  const auto base = std::filesystem::path(top).lexically_normal();
  const auto path = (base / address.path).lexically_normal();
  const auto from_top = path.lexically_relative(base);
  if (!top.empty() && !from_top.empty() && *from_top.begin() != "..") return std::nullopt;
  if (!path.is_absolute()) return std::nullopt;
  return path.string();
}

// As the host's git gets it; nullopt: not one that is used.
std::optional<std::string> usable_url(std::string_view url, std::string_view top) {
  const auto address = parse_remote_address(url);
  if (!address) return std::nullopt;
  if (address->transport != Transport::local) return std::string(url);
  return local_path(*address, top);
}

}  // namespace

std::optional<GuardedRemote> guarded_remote(std::string_view name, std::string_view shown, std::string_view url,
                                            std::string_view push_url, std::string_view top) {
  // '#' separates the parts of an address that was spelled differently (guest/remote_helper.cc).
  if (shown.empty() || shown.size() > remote_key_bytes_max || shown.find('#') != std::string_view::npos ||
      has_control_characters(shown) || !is_utf8(shown) || !is_utf8(url) || !is_utf8(push_url) || shown == "local" ||
      shown.front() == '-')
    return std::nullopt;
  auto fetched = usable_url(url, top);
  if (!fetched) return std::nullopt;
  GuardedRemote remote{
      .key = std::string(shown), .name = std::string(name), .path = {}, .url = std::move(*fetched), .push_url = {}};
  if (push_url.empty()) return remote;
  auto pushed = usable_url(push_url, top);
  if (!pushed) return std::nullopt;
  remote.push_url = std::move(*pushed);
  return remote;
}

std::optional<std::size_t> find_remote(const std::vector<GuardedRemote>& remotes, std::string_view key) {
  for (std::size_t i = 0; i < remotes.size(); ++i)
    if (remotes[i].key == key) return i;
  return std::nullopt;
}

}  // namespace bailey::git
