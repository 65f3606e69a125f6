// Runs while bailey is built: `seccomp-compiler PROFILE.json PROGRAM.cc` turns policy/seccomp.json into an array.
#include <fmt/format.h>

#include <cstdio>

#include "base/result.h"
#include "os/files.h"
#include "sandbox/seccomp_compile.h"

namespace bailey::sandbox {
namespace {

Status compile_file(const std::string& from, const std::string& to) {
  const std::string text = TRY(os::read_file(from));
  const OciProfile profile = TRY(parse_oci_profile(text, from));
  const SeccompProgram program = TRY(compile_oci_profile(profile));
  std::string out = "#include \"sandbox/seccomp_default.h\"\nnamespace bailey::sandbox {\n";
  out += "const sock_filter seccomp_default[] = {\n";
  for (const sock_filter& each : program.code)
    out += fmt::format("{{{:#x}, {}, {}, {:#x}}},\n", each.code, each.jt, each.jf, each.k);
  out += "};\n";
  out += fmt::format("const std::size_t seccomp_default_size = {};\n}}\n", program.code.size());
  return os::write_file_atomic(to, out, 0644);
}

}  // namespace
}  // namespace bailey::sandbox

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: seccomp-compiler PROFILE.json PROGRAM.cc\n", stderr);
    return 2;
  }
  if (const auto done = bailey::sandbox::compile_file(argv[1], argv[2]); !done) {
    std::fprintf(stderr, "%s\n", bailey::to_lines(done.error()).c_str());
    return 1;
  }
  return 0;
}
