#include "gateway/proof.h"

#include "base/text.h"
#include "gateway/client_hello.h"
#include "gateway/http1_head.h"

namespace bailey::gateway {
namespace {

constexpr std::string_view h2_preface = "PRI * HTTP/2.0\r\n";
constexpr std::string_view version_prefix = "HTTP/1.";

Proof refused_tls(std::string reason, std::uint8_t alert) {
  return {.spoken = Spoken::refused, .reason = std::move(reason), .is_tls = true, .alert = alert};
}

Proof prove_tls(const Authority& authority, const Verdict& verdict, const ClientHello& hello) {
  if (verdict.allow_no_sni) {
    if (hello.server_name.empty() || hello.has_encrypted_hello) return {.spoken = Spoken::tls};
  } else {
    if (hello.has_encrypted_hello && verdict.route == Route::tunnel)
      return refused_tls(
          "an encrypted ClientHello can name another host: it needs a rule with inspect, or with allow_no_sni",
          alert_access_denied);
    if (hello.server_name.empty() && !authority.is_literal)
      return refused_tls("TLS without a server name needs a rule with allow_no_sni", alert_access_denied);
  }
  if (hello.server_name.empty() || hello.server_name == authority.host) return {.spoken = Spoken::tls};
  return refused_tls(
      "the connection is for " + authority.host + " but its TLS server name is " + visible(hello.server_name),
      alert_unrecognized_name);
}

bool begins_with_part_of(std::string_view whole, std::string_view part) {
  return part.substr(0, whole.size()) == whole.substr(0, part.size());
}

// "GET / HTTP/1.1": told apart by its first line, which must be complete.
Spoken spoken_in_plain(std::string_view first_bytes) {
  if (begins_with_part_of(h2_preface, first_bytes))
    return first_bytes.size() < h2_preface.size() ? Spoken::need_more : Spoken::h2c;
  const std::size_t method_end = first_bytes.find(' ');
  const std::string_view method = first_bytes.substr(0, method_end);
  if (method.size() > http_method_bytes_max || !is_token(method)) return Spoken::other;
  if (method_end == std::string_view::npos) return Spoken::need_more;
  const std::size_t line_end = first_bytes.find('\n');
  const std::string_view line = first_bytes.substr(0, line_end);
  for (const char c : line)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\r' && c != '\t') || c == 0x7f) return Spoken::other;
  if (line_end == std::string_view::npos)
    return first_bytes.size() < http_line_bytes_max ? Spoken::need_more : Spoken::other;
  return line.find(version_prefix) != std::string_view::npos ? Spoken::http1 : Spoken::other;
}

}  // namespace

bool demands_proof(std::uint16_t port) { return port == 80 || port == 443; }

Proof prove(const Authority& authority, const Verdict& verdict, std::string_view first_bytes) {
  if (first_bytes.empty()) return {};
  const auto scan = scan_client_hello(first_bytes);
  if (!scan) return refused_tls("the ClientHello is malformed: " + scan.error().why, alert_decode_error);
  if (scan->state == HelloState::need_more) return {};
  if (scan->state == HelloState::complete) return prove_tls(authority, verdict, scan->hello);
  const Spoken spoken = spoken_in_plain(first_bytes);
  if (spoken != Spoken::other) return {.spoken = spoken};
  if (demands_proof(authority.port) && !verdict.names_port)
    return {.spoken = Spoken::refused,
            .reason = "neither TLS nor HTTP on port " + std::to_string(authority.port) +
                      ": another protocol needs a rule that names the port"};
  if (verdict.route == Route::inspect)
    return {.spoken = Spoken::refused, .reason = "neither TLS nor HTTP: the rule's methods and paths can't be checked"};
  return {.spoken = Spoken::other};
}

std::string tls_alert(std::uint8_t description) {
  // Type alert, legacy version TLS 1.2, length 2; level fatal.
  return {'\x15', '\x03', '\x03', '\0', '\x02', '\x02', static_cast<char>(description)};
}

}  // namespace bailey::gateway
