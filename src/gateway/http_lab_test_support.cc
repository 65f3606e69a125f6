#include "gateway/http_lab_test_support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gateway/http2_session.h"
#include "gateway/plain_transport.h"

namespace bailey::gateway {
namespace {

constexpr std::size_t socket_queue_bytes_max = 64 << 10;

std::pair<Fd, std::uint16_t> listen_somewhere() {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {::htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), generic, size) != 0 || ::listen(fd.get(), 128) != 0 ||
      ::getsockname(fd.get(), generic, &size) != 0)
    std::abort();
  return {std::move(fd), ::ntohs(address.sin_port)};
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address{
      .sin_family = AF_INET, .sin_port = ::htons(port), .sin_addr = {::htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
  return fd;
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string pem_of(X509* certificate, EVP_PKEY* key) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate);
  PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

// An origin that speaks HTTP/2: answers with what it was sent, or with /big/N bytes and a trailer.
struct HttpLab::Origin2 {
  struct Request final : HttpReceiver {
    Origin2& origin;
    HttpStream& stream;
    RequestHead head;
    std::string body;
    std::size_t left = 0;
    bool is_waiting = false;
    Request(Origin2& o, HttpStream& s, RequestHead h) : origin(o), stream(s), head(std::move(h)) {}
    void on_response(HttpStream&, ResponseHead, BodyFollows) override {}
    void on_body(HttpStream&, std::string_view bytes) override {
      body.append(bytes.substr(0, 20)), left += bytes.size();
    }
    void on_end(HttpStream&, HttpFields) override {
      ResponseHead answer{.status = 200};
      if (head.path.starts_with("/big/")) {
        left = std::stoul(head.path.substr(5));
        stream.send_response(answer, BodyFollows::yes);
        return pump();
      }
      std::string text =
          head.method == "POST" ? std::to_string(left) + " bytes " + body.substr(0, 20) : "hello " + head.path;
      if (head.path == "/fields")
        for (const auto& field : head.fields) text += "\n" + field.name + ": " + field.value;
      stream.send_response(answer, BodyFollows::yes);
      stream.send_body(text);
      stream.send_end({{"x-sum", "11"}});
      done();
    }
    void pump() {
      const std::string part(16 << 10, 'x');
      while (left > 0 && stream.room_bytes() > 0) {
        const auto now = std::min(left, part.size());
        left -= now;
        stream.send_body(std::string_view(part).substr(0, now));
      }
      if (left > 0) return;
      stream.send_end({});
      done();
    }
    void on_room(HttpStream&) override { pump(); }
    void on_broken(HttpStream&, const Error&) override { origin.forget(this); }
    void done() {
      stream.release();
      origin.forget(this);
    }
  };
  event::Loop& loop;
  std::unique_ptr<TlsTransport> shaking;
  std::unique_ptr<Http2Session> session;
  std::vector<std::unique_ptr<Request>> requests;
  explicit Origin2(event::Loop& l) : loop(l) {}
  void forget(Request* request) {
    for (auto at = requests.begin(); at != requests.end(); ++at)
      if (at->get() == request) {
        loop.dispose(std::move(*at));
        requests.erase(at);
        return;
      }
  }
};

HttpLab::HttpLab(LabOptions options) : options_(std::move(options)), bandwidth_(options_.bytes_per_second_max) {
  loop_ = event::Loop::create(clock_).value();
  session_ca_ = std::make_unique<CertificateAuthority>(CertificateAuthority::create(clock_).value());
  origin_ca_ = std::make_unique<CertificateAuthority>(CertificateAuthority::create(clock_).value());
  server_context_ = std::make_unique<TlsServerContext>(TlsServerContext::create().value());
  origin_context_ = std::make_unique<TlsServerContext>(TlsServerContext::create().value());
  const auto trusted = options_.trusted_pem.empty() ? origin_ca_->ca_pem().value() : options_.trusted_pem;
  client_context_ = TlsClientContext::create(trusted).value();
  char name[] = "/tmp/http_lab.XXXXXX";
  if (::mkdtemp(name) == nullptr) std::abort();
  directory_ = name;
  write_file(directory_ + "/ca.pem", session_ca_->ca_pem().value());
  std::tie(listener_, port_) = listen_somewhere();
  if (options_.origin == OriginKind::http2) std::tie(origin_listener_, origin_port_) = listen_somewhere();
  else start_python();
  watch_ = loop_->watch(listener_.get(), event::Interest::read, [this](event::Ready) { accept_client(); }).value();
  if (origin_listener_)
    origin_watch_ =
        loop_->watch(origin_listener_.get(), event::Interest::read, [this](event::Ready) { accept_origin(); }).value();
  thread_ = std::thread([this] { run(); });
}

HttpLab::~HttpLab() {
  stopping_ = true;
  thread_.join();
  python_input_.reset();
  // Each is reachable from its own hooks.
  for (const auto& each : connections_) each->reset();
  shaking_.clear();
  origins_.clear();
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
}

void HttpLab::run() {
  while (!stopping_) (void)loop_->run_once(std::chrono::milliseconds(20));
}

void HttpLab::start_python() {
  int input[2], output[2];
  if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0) std::abort();
  const Fd child_input(input[0]), child_output(output[1]), our_output(output[0]);
  python_input_ = Fd(input[1]);
  std::vector<std::string> argv = {"/usr/bin/python3", BAILEY_SOURCE_DIR "/src/gateway/testdata/origin.py"};
  if (!is_plain()) {
    write_file(directory_ + "/origin.pem",
               pem_of(origin_ca_->leaf_for(options_.certificate_host).value(), origin_ca_->leaf_key()));
    argv.push_back(directory_ + "/origin.pem");
  }
  python_ = os::spawn({.argv = argv,
                       .environment = {"PATH=/usr/bin:/bin"},
                       .stdin_fd = child_input.get(),
                       .stdout_fd = child_output.get(),
                       .stderr_fd = STDERR_FILENO})
                .value();
  char digits[16] = {};
  if (::read(our_output.get(), digits, sizeof digits - 1) <= 0) std::abort();
  origin_port_ = static_cast<std::uint16_t>(std::atoi(digits));
}

void HttpLab::accept_client() {
  Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  auto plain = PlainTransport::open(*loop_, std::move(socket), socket_queue_bytes_max).value();
  if (is_plain()) return inspect(std::move(plain), "");
  auto slot = std::make_shared<TlsTransport*>(nullptr);
  auto tls = TlsTransport::accept(*loop_, *server_context_, *session_ca_, lab_host, std::move(plain),
                                  [this, slot](Result<std::string> protocol) {
                                    for (auto& each : shaking_)
                                      if (each.get() == *slot) {
                                        if (protocol) inspect(std::move(each), *protocol);
                                        else loop_->dispose(std::move(each));
                                      }
                                    std::erase(shaking_, nullptr);
                                  });
  *slot = tls->get();
  shaking_.push_back(std::move(*tls));
}

void HttpLab::inspect(std::unique_ptr<Transport> transport, const std::string& protocol) {
  InspectionSettings settings;
  settings.authority = {.host = lab_host, .port = static_cast<std::uint16_t>(is_plain() ? 80 : 443)};
  settings.scheme = is_plain() ? "http" : "https";
  settings.header_seconds_max = options_.header_seconds_max;
  InspectionHooks hooks;
  hooks.decide = [this](std::string_view method, std::string_view path) {
    Verdict verdict{
        .action = RuleAction::allow, .rule = "test", .upload_request_bytes_max = options_.upload_request_bytes_max};
    if (path.starts_with("/forbidden") || method == "DELETE") {
      verdict.action = RuleAction::block;
      verdict.reason = "not today";
    }
    return verdict;
  };
  hooks.open_upstream = [this](UpstreamProtocols protocols, UpstreamOpened opened) {
    open_upstream(protocols, std::move(opened));
  };
  hooks.refusal_body = [](const Verdict& verdict, std::string_view method, std::string_view path) {
    return "{\"refused\":\"" + std::string(method) + " " + std::string(path) + "\",\"why\":\"" + verdict.reason +
           "\",\"rule\":\"" + verdict.rule + "\"}\n";
  };
  hooks.take_upload = [this](std::uint64_t bytes) { return (uploaded_ += bytes) <= options_.upload_session_bytes_max; };
  hooks.take_bandwidth = [this](std::size_t bytes) {
    bandwidth_.take(bytes);
    if (bandwidth_.room_bytes(clock_.steady_now()) > 0) return std::chrono::nanoseconds(0);
    ++bandwidth_waits_;
    return bandwidth_.wait();
  };
  if (options_.guard)
    hooks.guard = [this, authority = settings.authority, scheme = settings.scheme] {
      return options_.guard(authority, scheme, *this);
    };
  auto slot = std::make_shared<std::unique_ptr<InspectedConnection>>();
  hooks.on_closed = [this, slot] { loop_->dispose(std::move(*slot)); };
  *slot = InspectedConnection::start(*loop_, std::move(transport), protocol, settings, std::move(hooks), *this).value();
  connections_.push_back(slot);
}

void HttpLab::open_upstream(UpstreamProtocols protocols, UpstreamOpened opened) {
  ++upstream_connections_;
  auto plain = PlainTransport::open(*loop_, Fd(connect_to(origin_port_)), socket_queue_bytes_max).value();
  if (is_plain()) return opened(UpstreamConnection{std::move(plain), ""});
  TlsUpstream upstream{.host = lab_host, .port = 443};
  if (protocols == UpstreamProtocols::http1_only) upstream.protocols = "\x08http/1.1";
  auto slot = std::make_shared<TlsTransport*>(nullptr);
  auto tls = TlsTransport::connect(*loop_, *client_context_, upstream, std::move(plain),
                                   [this, slot, opened](Result<std::string> protocol) {
                                     std::unique_ptr<TlsTransport> taken;
                                     for (auto& each : shaking_)
                                       if (each.get() == *slot) taken = std::move(each);
                                     std::erase(shaking_, nullptr);
                                     if (protocol) return opened(UpstreamConnection{std::move(taken), *protocol});
                                     loop_->dispose(std::move(taken));
                                     opened(std::unexpected(protocol.error()));
                                   });
  *slot = tls->get();
  shaking_.push_back(std::move(*tls));
}

void HttpLab::accept_origin() {
  Fd socket(::accept4(origin_listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  auto plain = PlainTransport::open(*loop_, std::move(socket), socket_queue_bytes_max).value();
  auto* const origin = origins_.emplace_back(std::make_unique<Origin2>(*loop_)).get();
  origin->shaking =
      TlsTransport::accept(*loop_, *origin_context_, *origin_ca_, lab_host, std::move(plain),
                           [this, origin](Result<std::string> protocol) {
                             if (!protocol || *protocol != "h2") return;
                             ServerSessionEvents events;
                             events.on_request = [origin](HttpStream& stream, RequestHead head) {
                               auto request = std::make_unique<Origin2::Request>(*origin, stream, std::move(head));
                               stream.set_receiver(request.get());
                               origin->requests.push_back(std::move(request));
                               stream.resume_body();
                             };
                             events.on_bad_request = [](const Error&) {};
                             events.on_closed = [] {};
                             origin->session =
                                 Http2Session::serve(*loop_, std::move(origin->shaking), std::move(events)).value();
                           })
          .value();
}

void HttpLab::seen(Observation observation) {
  const std::lock_guard lock(mutex_);
  observations_.push_back(std::move(observation));
}

std::vector<Observation> HttpLab::observations() {
  const std::lock_guard lock(mutex_);
  return observations_;
}

std::vector<Observation> HttpLab::wait_for(std::size_t count) {
  for (int i = 0; i < 1000 && observations().size() < count; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return observations();
}

os::Output HttpLab::curl(std::vector<std::string> arguments, const std::string& path) {
  const std::string at = ":" + std::to_string(port_);
  std::vector<std::string> argv = {"/usr/bin/curl", "-sS",
                                   "--max-time",    "30",
                                   "--cacert",      directory_ + "/ca.pem",
                                   "--connect-to",  lab_host + ":443:127.0.0.1" + at,
                                   "--connect-to",  lab_host + ":80:127.0.0.1" + at};
  for (auto& each : arguments) argv.push_back(std::move(each));
  if (!path.empty()) argv.push_back((is_plain() ? "http://" : "https://") + lab_host + path);
  return os::run({.argv = argv, .environment = {"PATH=/usr/bin:/bin"}}).value();
}

int HttpLab::connect() const { return connect_to(port_); }

std::string HttpLab::talk(const std::string& bytes) {
  const Fd socket(connect());
  if (::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return "";
  std::string answer;
  char buffer[4096];
  while (true) {
    const auto count = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return answer;
    answer.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace bailey::gateway
