// A request target, and after a newline the body of a batch of large files: reading what is no push never crashes, the
// plain spellings of a push are never missed, and a body that passes says "operation" once.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/git_guard.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  RequestHead head;
  head.method = "POST";
  head.path = text.substr(0, end);
  const auto query = head.path.find('?');
  const auto verdict = publishing_by_git(head);
  if (!verdict && head.path.substr(0, query).ends_with("/git-receive-pack")) std::abort();
  if (end == std::string::npos) return 0;
  head.path = "/r.git/info/lfs/objects/batch";
  const auto scanner = large_files_scanner(head);
  const std::string body = text.substr(end + 1);
  if (scanner->scan(body) || scanner->finish()) return 0;
  if (!body.starts_with(R"({"operation":"download")") || body.find("\"operation\"", 3) != std::string::npos)
    std::abort();
  return 0;
}
