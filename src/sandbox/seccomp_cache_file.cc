#include "sandbox/seccomp_cache_file.h"

#include <cstdint>
#include <cstring>

#include "base/digest.h"
#include "base/text.h"
#include "sandbox/seccomp_install.h"

namespace bailey::sandbox {
namespace {

constexpr std::string_view what = "read a compiled seccomp profile";

struct Header {
  char magic[8] = {'b', 'a', 'i', 'l', 'e', 'y', 'S', '1'};
  std::uint32_t instructions = 0;
  std::uint32_t name_bytes = 0;
};

}  // namespace

std::string write_cache_file(const SeccompProgram& program) {
  std::string names;
  for (const std::string& name : program.ignored) names.append(name).push_back('\n');
  Header header;
  header.instructions = static_cast<std::uint32_t>(program.code.size());
  header.name_bytes = static_cast<std::uint32_t>(names.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char*>(program.code.data()), program.code.size() * sizeof(sock_filter));
  bytes += names;
  bytes += sha256(bytes);
  return bytes;
}

Result<SeccompProgram> read_cache_file(std::string_view bytes) {
  Header header;
  if (bytes.size() < sizeof header + sha256_bytes) return fail(std::string(what), "it is cut off");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, Header{}.magic, sizeof header.magic) != 0)
    return fail(std::string(what), "it has another format");
  if (header.instructions == 0 || header.instructions > filter_instructions_max ||
      header.name_bytes > seccomp_cache_bytes_max)
    return fail(std::string(what), "its counts are impossible");
  const std::size_t code_bytes = header.instructions * sizeof(sock_filter);
  if (bytes.size() != sizeof header + code_bytes + header.name_bytes + sha256_bytes)
    return fail(std::string(what), "its size does not fit its counts");
  const std::string_view signed_part = bytes.substr(0, bytes.size() - sha256_bytes);
  if (sha256(signed_part) != bytes.substr(signed_part.size())) return fail(std::string(what), "it was changed");

  SeccompProgram program;
  program.code.resize(header.instructions);
  std::memcpy(program.code.data(), bytes.data() + sizeof header, code_bytes);
  const std::string_view names = signed_part.substr(sizeof header + code_bytes);
  for (const std::string_view name : split(names, '\n'))
    if (!name.empty()) program.ignored.emplace_back(name);
  return program;
}

}  // namespace bailey::sandbox
