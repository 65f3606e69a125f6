// How fast a workspace is made, beside `cp -a` in the same run: medians and ratios as JSON on stdout.
//   copy_bench [DIRECTORY]   works below DIRECTORY (default: TMPDIR or /tmp), which decides the file system
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "os/files.h"
#include "os/process.h"
#include "workspace/copy_tree.h"
#include "workspace/remove_deep.h"
#include "workspace/scan.h"

namespace {

using namespace bailey;

constexpr std::size_t files = 20'000;
constexpr std::size_t files_per_directory = 20;
constexpr std::size_t file_bytes_max = 8000;
constexpr int rounds = 5;

void make_tree(const std::string& top) {
  std::mt19937 random(1);
  for (std::size_t i = 0; i < files; ++i) {
    const std::size_t number = i / files_per_directory;
    const std::string directory = top + "/d" + std::to_string(number / 40) + "/e" + std::to_string(number % 40);
    if (i % files_per_directory == 0) (void)os::make_directories(directory);
    std::string bytes(random() % file_bytes_max, 'x');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    (void)os::write_file(directory + "/file" + std::to_string(i) + ".c", bytes, 0644);
  }
}

double milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const char* temporary = std::getenv("TMPDIR");
  std::string base = os::join(argc > 1               ? argv[1]
                              : temporary != nullptr ? temporary
                                                     : "/tmp",
                              "bailey-copy-bench-XXXXXX");
  if (::mkdtemp(base.data()) == nullptr) return 1;
  const std::string from = base + "/from";
  make_tree(from);
  std::vector<double> ours;
  std::vector<double> cp;
  std::vector<double> scans;
  bool complete = true;
  for (int round = 0; round < rounds; ++round) {
    ::sync();
    cp.push_back(milliseconds([&] {
      const auto run = os::run({.argv = {"/bin/cp", "-a", from, base + "/cp"}, .environment = {}});
      complete = complete && run && run->exit_status == 0;
    }));
    ::sync();
    (void)os::make_directories(base + "/ours");
    ours.push_back(milliseconds([&] {
      const auto found = workspace::copy_tree({.from = from, .to = base + "/ours"});
      complete = complete && found && found->notes.empty() && found->entries >= files;
    }));
    scans.push_back(milliseconds([&] { complete = complete && workspace::scan_tree({.top = from}).has_value(); }));
    (void)workspace::remove_deep(base + "/cp");
    (void)workspace::remove_deep(base + "/ours");
  }
  (void)workspace::remove_deep(base);
  std::printf("{\"files\": %zu, \"cp_ms\": %.1f, \"copy_ms\": %.1f, \"ratio\": %.3f, \"scan_ms\": %.1f}\n", files,
              median(cp), median(ours), median(ours) / median(cp), median(scans));
  return complete ? 0 : 1;
}
