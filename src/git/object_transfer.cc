#include "git/object_transfer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "git/quarantine.h"
#include "git/ref_files.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr std::string_view keep_message = "bailey-landing";
constexpr std::size_t output_bytes_max = 64 << 10;

Result<Fd> memory_file(std::string_view text = {}) {
  Fd fd(::memfd_create("git", MFD_CLOEXEC));
  if (!fd) return fail_errno("memfd_create");
  TRY_STATUS(os::write_all(fd.get(), text));
  if (::lseek(fd.get(), 0, SEEK_SET) < 0) return fail_errno("lseek");
  return fd;
}

std::string beginning_of(int fd) {
  std::string text(output_bytes_max, '\0');
  const ssize_t count = ::pread(fd, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return text;
}

Result<int> wait_until(os::Child& child, std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{child.pidfd(), POLLIN, 0};
    const int ready =
        left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(std::min<long long>(left.count(), 60'000)));
    if (ready > 0) return os::shell_status(TRY(child.wait()));
    if (left.count() <= 0) return fail("git", "still running after its time limit");
  }
}

// New files get the permissions that the directory they come into suggests.
mode_t umask_like(const std::string& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 ? ~status.st_mode & 0777U : 077U;
}

std::string revisions(const Oid& tip, const std::vector<Oid>& have) {
  std::string input = tip.hex() + '\n';
  for (const auto& oid : have) input += '^' + oid.hex() + '\n';
  return input;
}

struct Packed {
  int pack_status = 0;
  int index_status = 0;
  std::string words;   // of both, for the error
  std::string answer;  // of index-pack: "keep\t<hash>\n" or "pack\t<hash>\n"
};

Result<Packed> pack_and_index(const GitRunner& runner, const HostRepository& quarantine, const HostRepository& host,
                              const std::string& input) {
  const Fd revs = TRY(memory_file(input));
  const Fd errors = TRY(memory_file());
  const Fd answer = TRY(memory_file());
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  Fd pack_read(ends[0]);
  Fd pack_write(ends[1]);
  Invocation pack;
  pack.git_dir = quarantine.git_dir;
  pack.arguments = {"pack-objects", "--revs", "--stdout", "--quiet", "--delta-base-offset", "--no-write-bitmap-index"};
  pack.stdin_fd = revs.get();
  pack.stdout_fd = pack_write.get();
  pack.stderr_fd = errors.get();
  pack.reach.read_only = quarantine.object_stores;
  Invocation index;
  index.git_dir = quarantine.git_dir;
  index.object_directory = host.objects();
  index.arguments = {"index-pack", "--stdin", "--threads=1", strict_option(), "--keep=" + std::string(keep_message)};
  index.stdin_fd = pack_read.get();
  index.stdout_fd = answer.get();
  index.stderr_fd = errors.get();
  index.umask = umask_like(os::join(host.objects(), "pack"));
  index.reach.read_only = host.object_stores;
  index.reach.read_write = {os::join(host.objects(), "pack")};
  auto packer = TRY(runner.spawn(pack));
  pack_write.reset();
  auto indexer = TRY(runner.spawn(index));
  pack_read.reset();
  const auto deadline = std::chrono::steady_clock::now() + runner.limits().time_max;
  Packed result;
  result.index_status = TRY(wait_until(indexer, deadline));
  result.pack_status = TRY(wait_until(packer, deadline));
  result.words = beginning_of(errors.get());
  result.answer = beginning_of(answer.get());
  return result;
}

// Started as root on somebody's repository: the new pack belongs to whom the directory belongs.
KeptPack settle_pack(const HostRepository& host, std::string_view answer) {
  const auto tab = answer.find('\t');
  const auto hash = tab == std::string_view::npos ? std::string_view() : trim(answer.substr(tab + 1));
  if (!Oid::parse(hash)) return {};
  const std::string base = os::join(host.objects(), "pack/pack-" + std::string(hash));
  struct stat directory {};
  if (::geteuid() == 0 && ::stat(os::join(host.objects(), "pack").c_str(), &directory) == 0)
    for (const char* suffix : {".pack", ".idx", ".rev", ".keep"})
      (void)!::lchown((base + suffix).c_str(), directory.st_uid, directory.st_gid);
  const auto note = os::read_file(base + ".keep", 4096);
  return note && trim(*note) == keep_message ? KeptPack(base + ".keep") : KeptPack();
}

Status check_complete(const GitRunner& runner, const HostRepository& quarantine, const HostRepository& host,
                      const std::string& input) {
  Invocation walk;
  walk.git_dir = quarantine.git_dir;
  walk.object_directory = host.objects();
  walk.arguments = {"rev-list", "--objects", "--quiet", "--stdin"};
  walk.reach.read_only = host.object_stores;
  auto output = runner.output_of(walk, input);
  if (!output) return std::unexpected(std::move(output).error().within("check that the history arrived complete"));
  return {};
}

Status ensure_pack_directory(const HostRepository& host) {
  const Fd objects = TRY(os::open_file(host.objects(), O_RDONLY | O_DIRECTORY));
  auto pack = open_or_make_directories(objects.get(), "pack");
  if (!pack) return std::unexpected(std::move(pack).error());
  return {};
}

}  // namespace

KeptPack& KeptPack::operator=(KeptPack&& other) noexcept {
  if (this != &other) {
    release();
    keep_file_ = std::exchange(other.keep_file_, {});
  }
  return *this;
}

void KeptPack::release() {
  if (!keep_file_.empty()) ::unlink(keep_file_.c_str());
  keep_file_.clear();
}

Result<KeptPack> transfer_objects(const GitRunner& runner, const HostRepository& quarantine, const HostRepository& host,
                                  const Oid& tip, const std::vector<Oid>& have) {
  TRY_STATUS(ensure_pack_directory(host));
  // A ref of the host may be broken and make git refuse: then without the help of `have`, which only costs space.
  std::string input = revisions(tip, have);
  auto packed = TRY(pack_and_index(runner, quarantine, host, input));
  if (packed.pack_status != 0 && !have.empty()) {
    input = revisions(tip, {});
    packed = TRY(pack_and_index(runner, quarantine, host, input));
  }
  if (packed.index_status != 0 || packed.pack_status != 0)
    return fail("copy the commits into '" + host.objects() + "'",
                packed.words.empty() ? "git ended early" : visible(trim(packed.words).substr(0, 400)),
                "they are safe in the session's quarantine; make room or repair the repository, then `bailey apply`");
  KeptPack kept = settle_pack(host, packed.answer);
  TRY_STATUS(check_complete(runner, quarantine, host, input));
  return kept;
}

}  // namespace bailey::git
