#include "gateway/resolver.h"

#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace bailey::gateway {
namespace {

constexpr std::chrono::seconds longest_wait{10};

std::optional<IpAddress> address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    std::uint8_t bytes[4];
    std::memcpy(bytes, &v4.sin_addr, sizeof bytes);
    return IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  IpAddress result;
  std::memcpy(result.bytes.data(), &v6.sin6_addr, result.bytes.size());
  return result;
}

constexpr std::string_view no_answer = "the host's name servers do not answer";

bool is_silence(int status) { return status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED; }

std::string why_not_resolved(int status) {
  if (status == ARES_SUCCESS) return "it has no address";
  if (is_silence(status)) return std::string(no_answer);
  return ares_strerror(status);
}

void free_channel(ares_channel channel) { ares_destroy(channel); }

Status set_servers(ares_channel channel, const ResolverSettings& settings, std::uint16_t port) {
  std::string text;
  for (const auto& server : settings.servers) {
    if (!text.empty()) text += ',';
    const std::string address = to_string(server);
    text += (server.is_v4 ? address : '[' + address + ']') + ':' + std::to_string(port);
  }
  if (text.empty()) text = "127.0.0.1:" + std::to_string(port);
  if (const int status = ares_set_servers_ports_csv(channel, text.c_str()); status != ARES_SUCCESS)
    return fail("set the name servers " + text, ares_strerror(status));
  return {};
}

}  // namespace

Result<std::unique_ptr<HostResolver>> HostResolver::create(event::Loop& loop, HostsTable hosts,
                                                           const ResolverSettings& settings,
                                                           std::uint16_t server_port) {
  std::unique_ptr<HostResolver> resolver(new HostResolver(loop, std::move(hosts)));
  ares_options options{};
  char lookups[] = "b";  // name servers only: the hosts file has been read
  options.flags = ARES_FLAG_NOSEARCH;
  options.timeout = std::min(settings.timeout_seconds, server_seconds_max) * 1000;
  options.tries = settings.attempts;
  options.lookups = lookups;
  options.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
    const unsigned interest = (readable != 0 ? 1U : 0U) | (writable != 0 ? 2U : 0U);
    static_cast<HostResolver*>(self)->on_socket(socket, static_cast<event::Interest>(interest));
  };
  options.sock_state_cb_data = resolver.get();
  const int wanted = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  if (const int status = ares_init_options(&resolver->channel_, &options, wanted); status != ARES_SUCCESS)
    return fail("start the resolver", ares_strerror(status));
  TRY_STATUS(set_servers(resolver->channel_, settings, server_port));
  return resolver;
}

HostResolver::~HostResolver() {
  if (channel_ != nullptr) free_channel(channel_);  // answers every open question with ARES_EDESTRUCTION
}

void HostResolver::resolve(const std::string& host, std::shared_ptr<Resolved> ticket) {
  if (const auto found = hosts_.find(host); found != hosts_.end()) return (*ticket)(found->second);
  const auto cached = cache_.find(host);
  if (cached != cache_.end() && cached->second.expires > loop_.clock().steady_now()) {
    const auto addresses = cached->second.addresses;  // the call may change the cache
    return (*ticket)(addresses);
  }
  ask(host, ticket);
}

void HostResolver::ask(const std::string& host, std::weak_ptr<Resolved> ticket) {
  auto& question = asked_[host];
  const bool is_asked = question != nullptr;
  if (!is_asked) question = std::make_unique<Question>(Question{this, host, {}, {}});
  question->waiting.push_back(std::move(ticket));
  if (!question->deadline)
    question->deadline = loop_.after(silence_max, [this, asked = question.get()] { on_silence(*asked); });
  if (is_asked) return;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_flags = ARES_AI_NOSORT;
  // The callback may run before the call returns.
  ares_getaddrinfo(
      channel_, host.c_str(), nullptr, &hints,
      [](void* asked, int status, int, ares_addrinfo* info) {
        auto* const self = static_cast<Question*>(asked);
        self->resolver->on_answer(*self, status, info);
      },
      question.get());
  set_timer();
}

// The question stays open: c-ares may hear from a server yet.
void HostResolver::on_silence(Question& question) {
  question.deadline.reset();
  const Answer silence{.addresses = fail("resolve '" + question.host + "'", std::string(no_answer)),
                       .expires = loop_.clock().steady_now() + silence_ttl};
  remember(question.host, silence);
  for (const auto& waiting : std::exchange(question.waiting, {}))
    if (const auto ticket = waiting.lock()) (*ticket)(silence.addresses);
}

void HostResolver::on_answer(Question& question, int status, void* answer) {
  auto* const info = static_cast<ares_addrinfo*>(answer);
  const auto found = asked_.find(question.host);
  const auto kept = std::move(found->second);
  asked_.erase(found);
  std::vector<IpAddress> addresses;
  auto ttl = std::chrono::seconds(resolved_ttl_max);
  for (const auto* node = info == nullptr ? nullptr : info->nodes; node != nullptr; node = node->ai_next) {
    if (addresses.size() >= resolved_addresses_max) break;
    ttl = std::min(ttl, std::chrono::seconds(std::max(0, node->ai_ttl)));
    if (const auto address = address_of(node->ai_addr)) addresses.push_back(*address);
  }
  if (info != nullptr) ares_freeaddrinfo(info);
  if (status == ARES_EDESTRUCTION) return;
  Answer result{.addresses = std::move(addresses), .expires = loop_.clock().steady_now() + ttl};
  if (status != ARES_SUCCESS || result.addresses->empty()) {
    result.addresses = fail("resolve '" + kept->host + "'", why_not_resolved(status));
    result.expires = loop_.clock().steady_now() + (is_silence(status) ? silence_ttl : failure_ttl);
  }
  remember(kept->host, result);
  for (const auto& waiting : kept->waiting)
    if (const auto ticket = waiting.lock()) (*ticket)(result.addresses);
}

void HostResolver::remember(const std::string& host, Answer answer) {
  if (cache_.size() >= resolved_names_max) {
    const auto now = loop_.clock().steady_now();
    std::erase_if(cache_, [&](const auto& entry) { return entry.second.expires <= now; });
    if (cache_.size() >= resolved_names_max) cache_.clear();
  }
  cache_.insert_or_assign(host, std::move(answer));
}

void HostResolver::on_socket(int socket, event::Interest interest) {
  if (interest == event::Interest::none) {
    sockets_.erase(socket);
    return;
  }
  const auto found = sockets_.find(socket);
  if (found != sockets_.end()) {
    (void)found->second.set_interest(interest);
    return;
  }
  auto watch = loop_.watch(socket, interest, [this, socket](event::Ready ready) {
    ares_process_fd(channel_, ready.readable ? socket : ARES_SOCKET_BAD, ready.writable ? socket : ARES_SOCKET_BAD);
    set_timer();
  });
  if (watch) sockets_.emplace(socket, std::move(*watch));  // else the question times out
}

void HostResolver::set_timer() {
  timeval longest{.tv_sec = longest_wait.count(), .tv_usec = 0};
  timeval next{};
  if (asked_.empty()) return timer_.reset();
  const timeval* const due = ares_timeout(channel_, &longest, &next);
  const auto wait =
      std::chrono::seconds(due->tv_sec) + std::chrono::microseconds(due->tv_usec) + std::chrono::milliseconds(1);
  timer_ = loop_.after(wait, [this] {
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    set_timer();
  });
}

}  // namespace bailey::gateway
