#include "credentials/repository.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace bailey::credentials {
namespace {

constexpr std::size_t name_bytes_max = 100;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
  return out;
}

bool is_name(std::string_view name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= name_bytes_max && std::ranges::all_of(name, is_good) && name != "." &&
         name != "..";
}

std::string_view host_of(std::string_view url) {
  const std::size_t start = url.find("//") + 2;
  return url.substr(start, url.find_first_of(":/", start) - start);
}

}  // namespace

Result<Repository> repository_for(std::string_view api, std::string_view host, std::string_view path) {
  const std::string what = "mint a token for this repository";
  const std::string remedy = "a github-app token needs a remote 'origin' of the form https://HOST/OWNER/REPO";
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  const std::size_t slash = path.find('/');
  Repository repository;
  if (slash != std::string_view::npos)
    repository = {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
  if (!is_name(repository.owner) || !is_name(repository.name))
    return fail(what, "its origin does not name OWNER/REPO", remedy);
  const std::string_view api_host = host_of(api);
  const bool is_local = api_host == "127.0.0.1" || api_host == "localhost";
  const std::string_view site = api_host == "api.github.com" ? "github.com" : api_host;
  if (!is_local && lower(host) != lower(site) && !(site == "github.com" && lower(host) == "ssh.github.com"))
    return fail(what, fmt::format("origin is at '{}', the API is of '{}'", visible(host.substr(0, 255)), site), remedy);
  return repository;
}

}  // namespace bailey::credentials
