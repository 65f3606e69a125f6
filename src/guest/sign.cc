#include "guest/sign.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "base/fd.h"
#include "guest/broker_call.h"
#include "guest/text.h"
#include "guest/whole_io.h"

namespace bailey::guest {
namespace {

constexpr std::size_t payload_bytes_max = 256 << 10;  // the broker's limit

bool has(std::span<char*> arguments, std::string_view wanted) {
  return std::any_of(arguments.begin(), arguments.end(), [&](const char* each) { return wanted == each; });
}

// Git before 2.41 keeps to itself what gpg says: its own stderr is where the agent looks.
Fd git_stderr() {
  const std::string path = "/proc/" + std::to_string(::getppid()) + "/fd/2";
  return Fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY));
}

int refuse(const std::string& why) {
  const std::string words = "bailey: not signed: " + why + '\n';
  const Fd out = git_stderr();
  (void)write_whole(out ? out.get() : 2, words);
  return 1;
}

// Prints why not.
bool ask_host(std::string_view line, const std::string& payload, std::string& signature) {
  auto answer = call_broker(line, payload);
  if (answer.kind == BrokerAnswer::Kind::ok) {
    signature = std::move(answer.text);
    return true;
  }
  (void)refuse(answer.kind == BrokerAnswer::Kind::refused ? answer.text
                                                          : "the host can't be reached; commit with --no-gpg-sign");
  return false;
}

int sign_as_gpg() {
  std::string payload;
  if (!read_whole(0, payload, payload_bytes_max)) return refuse("the commit is too long");
  std::string signature;
  if (!ask_host("sign-commit gpg", payload, signature)) return 1;
  (void)write_whole(2, "\n[GNUPG:] SIG_CREATED \n");  // what git looks for
  return write_whole(1, signature) ? 0 : 1;
}

int sign_as_ssh(const char* file) {
  std::string payload;
  const Fd in(::open(file, O_RDONLY | O_CLOEXEC));
  if (!in || !read_whole(in.get(), payload, payload_bytes_max)) return refuse("the commit can't be read");
  std::string signature;
  if (!ask_host("sign-commit ssh", payload, signature)) return 1;
  const std::string path = std::string(file) + ".sig";
  const Fd out(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  return out && write_whole(out.get(), signature) ? 0 : refuse("the signature can't be written");
}

int run_instead(const char* program, std::span<char*> arguments) {
  std::string name = program;
  std::vector<char*> list = {name.data()};
  list.insert(list.end(), arguments.begin(), arguments.end());
  list.push_back(nullptr);
  ::execvp(program, list.data());
  std::fprintf(stderr, "bailey: %s: %s\n", program, std::strerror(errno));
  return 127;
}

}  // namespace

int sign(std::span<char*> arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  if (!has(arguments, "-Y")) return has(arguments, "-bsau") ? sign_as_gpg() : run_instead("gpg", arguments);
  if (!has(arguments, "sign") || arguments.empty()) return run_instead("ssh-keygen", arguments);
  return sign_as_ssh(arguments.back());
}

}  // namespace bailey::guest
