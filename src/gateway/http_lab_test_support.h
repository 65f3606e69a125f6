// A gateway in front of an origin, on loopback, for tests with real clients: its own thread and loop, real sockets,
// real TLS on both sides, an authority of its own for the origin's certificate.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "event/loop.h"
#include "gateway/bandwidth.h"
#include "gateway/inspected_connection.h"
#include "gateway/tls_transport.h"
#include "os/process.h"

namespace bailey::gateway {

inline const std::string lab_host = "origin.example";

enum class OriginKind { python_tls, python_plain, http2 };

struct LabOptions {
  OriginKind origin = OriginKind::python_tls;
  std::uint64_t upload_request_bytes_max = 10 << 20;
  std::uint64_t upload_session_bytes_max = 50 << 20;
  std::uint64_t bytes_per_second_max = 0;
  std::uint32_t header_seconds_max = 30;
  std::string trusted_pem;  // empty: the origin's authority
  std::string certificate_host = lab_host;
  std::function<std::unique_ptr<RequestGuard>(const Authority&, const std::string& scheme, Observer&)> guard;
};

class HttpLab final : public Observer {
 public:
  explicit HttpLab(LabOptions options = {});
  ~HttpLab() override;
  void seen(Observation observation) override;

  // curl with the lab's CA and address; the URL's path is appended to the scheme and host.
  os::Output curl(std::vector<std::string> arguments, const std::string& path);
  // Sends bytes over a connection without TLS (an origin without TLS only) and reads until it is closed.
  std::string talk(const std::string& bytes);
  [[nodiscard]] int connect() const;
  std::vector<Observation> observations();
  // Until `count` were seen.
  std::vector<Observation> wait_for(std::size_t count);
  [[nodiscard]] int upstream_connections() const { return upstream_connections_; }
  [[nodiscard]] std::size_t queued_bytes_max() const { return queued_bytes_max_; }
  [[nodiscard]] int bandwidth_waits() const { return bandwidth_waits_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  struct Connection;
  struct Origin2;
  void run();
  void start_python();
  void accept_client();
  void accept_origin();
  void inspect(std::unique_ptr<Transport> transport, const std::string& protocol);
  void open_upstream(UpstreamProtocols protocols, UpstreamOpened opened);
  [[nodiscard]] bool is_plain() const { return options_.origin == OriginKind::python_plain; }

  LabOptions options_;
  SystemClock clock_;
  std::unique_ptr<event::Loop> loop_;
  std::unique_ptr<CertificateAuthority> session_ca_, origin_ca_;
  std::unique_ptr<TlsServerContext> server_context_, origin_context_;
  std::unique_ptr<TlsClientContext> client_context_;
  Fd listener_, origin_listener_, python_input_;
  event::Watch watch_, origin_watch_;
  std::uint16_t port_ = 0, origin_port_ = 0;
  std::string directory_;
  os::Child python_;
  std::vector<std::unique_ptr<TlsTransport>> shaking_;
  std::vector<std::shared_ptr<std::unique_ptr<InspectedConnection>>> connections_;
  std::vector<std::unique_ptr<Origin2>> origins_;
  std::uint64_t uploaded_ = 0;
  Bandwidth bandwidth_;
  std::atomic<int> bandwidth_waits_ = 0;
  std::mutex mutex_;
  std::vector<Observation> observations_;
  std::atomic<int> upstream_connections_ = 0;
  std::atomic<std::size_t> queued_bytes_max_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace bailey::gateway
