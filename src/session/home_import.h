// What of the user's home directory the agent finds in its private one (policy/manifest.h, HomeFile).
//
// How it works. Files of mode `placeholder` are read and rewritten before anything of the session exists, because what
// is found in them belongs in the Keep; files and directories of mode `copy` are copied when the private home is there.
// A session that starts again keeps the copies that its agent has changed, and gets the placeholder files anew: a login
// that was renewed on the host counts.
//
// Relies on: the host's files are the user's. Links in them are followed below the home directory only, to names that
// don't look like secrets, and never inside a directory that is copied.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "credentials/vault.h"
#include "policy/manifest.h"
#include "session/home_writer.h"

namespace bailey::session {

inline constexpr std::size_t home_copy_file_bytes_max = std::size_t{16} << 20;
inline constexpr std::size_t home_copy_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t home_copy_files_max = 5000;
inline constexpr int home_copy_depth_max = 16;

struct HomeEvent {
  std::string path;
  policy::HomeFileMode mode = policy::HomeFileMode::absent;
  std::string withheld;  // why it is not there; empty: it is
  std::size_t files = 0;
  std::size_t replaced = 0;  // secrets in it
};

struct HomeSource {
  std::string home;                                      // the user's
  std::function<bool(std::string_view)> is_secret_name;  // policy/secret_names.h; may be empty
};

class HomeImport {
 public:
  // Reads the placeholder files. `secrets`: what rules name in them is never left as it is.
  HomeImport(HomeSource source, const std::vector<policy::HomeFile>& files,
             const std::vector<policy::SecretRule>& secrets, credentials::Vault& vault);

  // Everything into the private home. Files that can't be written are withheld.
  void write(HomeWriter& writer, const credentials::Keep& keep);
  [[nodiscard]] const std::vector<HomeEvent>& events() const { return events_; }

 private:
  struct Rewritten {
    std::string path;
    std::string text;
    std::size_t event;
  };
  void read_placeholder(const policy::HomeFile& file, const std::vector<policy::SecretRule>& secrets,
                        credentials::Vault& vault);
  struct Copy;
  void copy(std::size_t event, HomeWriter& writer, const credentials::Keep& keep);

  HomeSource source_;
  std::vector<Rewritten> rewritten_;
  std::vector<std::size_t> copies_;  // indices of events
  std::vector<HomeEvent> events_;
};

}  // namespace bailey::session
