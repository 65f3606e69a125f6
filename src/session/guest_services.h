// guest.sock: the only way from inside the sandbox to us. A connection says one line. "request-domain HOST" is answered
// with a line; one that says "git-receive-pack" or "git-upload-pack" is handed, with everything it will ever say, to a
// process of its own (git/service.h) that confines itself. The supervisor reads at most that line and the process's
// report.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "event/loop.h"
#include "git/service.h"
#include "json/value.h"
#include "os/process.h"

namespace bailey::session {

inline constexpr std::size_t guest_connections_max = 16;
inline constexpr std::chrono::seconds guest_line_time_max{10};
inline constexpr std::size_t guest_line_bytes_max = 320;
inline constexpr std::size_t guest_report_bytes_max = std::size_t{64} << 10;

class GuestServices {
 public:
  struct Handlers {
    std::function<void(const json::Value& report)> on_report;  // one for each push and fetch
    // The agent asks for a host (`bailey request domain HOST`), in its own words. The answer is one line for it.
    std::function<std::string(std::string_view host)> on_domain_wanted;
    std::function<void(std::string_view why)> on_refused;  // a connection that was turned away
  };
  // `program` is our own executable; `config` says which quarantine and branch. Listens on `socket_path`.
  [[nodiscard]] static Result<std::unique_ptr<GuestServices>> open(event::Loop& loop, const std::string& socket_path,
                                                                   std::string program, git::ServiceConfig config,
                                                                   Handlers handlers);
  [[nodiscard]] bool is_idle() const { return served_.empty(); }

 private:
  struct Served {
    Fd socket;
    Fd report;
    std::string line;
    std::string report_text;
    os::Child process;
    event::Watch watch;
    event::Watch exit_watch;
    event::Timer deadline;
  };
  using Position = std::list<Served>::iterator;

  GuestServices(event::Loop& loop, std::string program, git::ServiceConfig config, Handlers handlers)
      : loop_(loop), program_(std::move(program)), config_(std::move(config)), handlers_(std::move(handlers)) {}
  void accept();
  void read_line(Position served);
  void serve(Position served, git::Service service);
  void answer(Position served, const std::string& host);
  void finish(Position served);
  void refuse(Position served, std::string_view why);

  event::Loop& loop_;
  std::string program_;
  git::ServiceConfig config_;
  Handlers handlers_;
  Fd listener_;
  event::Watch watch_;
  std::list<Served> served_;
};

}  // namespace bailey::session
