// bailey-minter: makes and revokes tokens on the host (minter.h). Not for people.
//
//   bailey-minter                       one order at minter_order_fd, the answer on standard output
//   bailey-minter sweep STATE [SESSION] revokes what killed sessions left (sweep.h); prints "REVOKED LEFT"
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <span>

#include "credentials/issuer_world.h"
#include "credentials/sweep.h"
#include "os/files.h"

namespace bailey::credentials {
namespace {

// Should: keep what is in our memory there. No core dump, no ptrace by another process of the user.
void keep_to_ourselves() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::signal(SIGPIPE, SIG_IGN);
}

std::vector<std::string> own_environment() {
  std::vector<std::string> list;
  for (char** entry = environ; *entry != nullptr; ++entry) list.emplace_back(*entry);
  return list;
}

Result<Minted> answer(const IssuerWorld& world) {
  // Whoever wrote it shares its offset with us.
  if (::lseek(minter_order_fd, 0, SEEK_SET) != 0) return fail_errno("read an order");
  std::string text = TRY(os::read_all(minter_order_fd, order_bytes_max));
  const auto order = decode_order(text);
  wipe(text);
  if (!order) return std::unexpected(order.error());
  if (const auto* mint = std::get_if<MintOrder>(&*order)) return carry_out(world, *mint);
  if (const auto* renew = std::get_if<RenewOrder>(&*order)) return keep_login(renew->place, world.send, world.now);
  TRY_STATUS(carry_out(world, std::get<RevokeOrder>(*order)));
  return Minted{};
}

int serve(const IssuerWorld& world) {
  FieldWriter out;
  encode(out, answer(world));
  return os::write_all(STDOUT_FILENO, out.view()) ? 0 : 1;
}

int sweep(const IssuerWorld& world, const std::string& state, std::string_view session) {
  const SystemClock clock;
  const auto revoke = [&](const RevokeOrder& order) { return carry_out(world, order); };
  const auto report = sweep_tokens(state, session, revoke, clock);
  std::printf("%zu %zu\n", report.revoked, report.left);
  return report.left == 0 ? 0 : 1;
}

int run(std::span<char*> arguments) {
  keep_to_ourselves();
  const auto world = issuer_world(own_environment());
  if (arguments.empty()) return serve(world);
  if (std::string_view(arguments[0]) != "sweep" || arguments.size() < 2) return 2;
  return sweep(world, arguments[1], arguments.size() > 2 ? arguments[2] : "");
}

}  // namespace
}  // namespace bailey::credentials

int main(int argc, char** argv) {
  return bailey::credentials::run(std::span<char*>(argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)));
}
