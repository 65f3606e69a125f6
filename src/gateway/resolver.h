// Names to addresses as the host resolves them: its hosts file first, then its name servers (c-ares).
//
// Answers are kept for their TTL, at most 30 seconds, and failures for one second, so that connections to one host
// share a question. Name servers that say nothing are not waited for as long as resolv.conf(5) may want: whoever asks
// is told so after a few seconds, and at once for a few more; an answer that comes late after all is kept. Nothing that
// is resolved here is trusted: every address is classified when it is connected to.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "event/loop.h"
#include "gateway/address.h"
#include "gateway/host_files.h"

struct ares_channeldata;

namespace bailey::gateway {

inline constexpr std::chrono::seconds resolved_ttl_max{30};
inline constexpr std::chrono::seconds failure_ttl{1};
inline constexpr std::chrono::seconds silence_max{5};  // of all name servers together
inline constexpr std::chrono::seconds silence_ttl{3};
inline constexpr int server_seconds_max = 2;  // until the next name server is asked
inline constexpr std::size_t resolved_names_max = 4096;
inline constexpr std::size_t resolved_addresses_max = 32;  // of one name

using Resolved = std::function<void(Result<std::vector<IpAddress>>)>;

class Resolver {
 public:
  virtual ~Resolver() = default;
  // `host` in canonical form. Calls what `ticket` points to, at once or later; whoever loses interest lets it go.
  virtual void resolve(const std::string& host, std::shared_ptr<Resolved> ticket) = 0;
};

class HostResolver final : public Resolver {
 public:
  // Reads files (random numbers): before the gateway locks itself in. `loop` outlives it. `server_port` is for tests.
  [[nodiscard]] static Result<std::unique_ptr<HostResolver>> create(event::Loop& loop, HostsTable hosts,
                                                                    const ResolverSettings& settings,
                                                                    std::uint16_t server_port = 53);
  HostResolver(const HostResolver&) = delete;
  HostResolver& operator=(const HostResolver&) = delete;
  ~HostResolver() override;
  void resolve(const std::string& host, std::shared_ptr<Resolved> ticket) override;
  [[nodiscard]] std::size_t cached_names() const { return cache_.size(); }

 private:
  struct Answer {
    Result<std::vector<IpAddress>> addresses;
    SteadyTime expires;
  };
  struct Question {
    HostResolver* resolver;
    std::string host;
    std::vector<std::weak_ptr<Resolved>> waiting;
    event::Timer deadline;
  };

  HostResolver(event::Loop& loop, HostsTable hosts) : loop_(loop), hosts_(std::move(hosts)) {}
  void ask(const std::string& host, std::weak_ptr<Resolved> ticket);
  void on_answer(Question& question, int status, void* info);
  void on_silence(Question& question);
  void on_socket(int socket, event::Interest interest);
  void set_timer();
  void remember(const std::string& host, Answer answer);

  event::Loop& loop_;
  HostsTable hosts_;
  ares_channeldata* channel_ = nullptr;
  std::unordered_map<int, event::Watch> sockets_;
  event::Timer timer_;
  std::unordered_map<std::string, Answer> cache_;
  std::unordered_map<std::string, std::unique_ptr<Question>> asked_;
};

}  // namespace bailey::gateway
