#include "gateway/request_rules.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace bailey::gateway {
namespace {

bool is_target_byte(char c) { return c > 0x20 && c < 0x7f && c != '#'; }

bool is_same_address(const std::string& a, const std::string& b) {
  std::array<unsigned char, 16> first{}, second{};
  return ::inet_pton(AF_INET6, a.c_str(), first.data()) == 1 && ::inet_pton(AF_INET6, b.c_str(), second.data()) == 1 &&
         first == second;
}

std::string host_text(const InspectionSettings& settings) {
  const auto& [host, port, from, is_literal] = settings.authority;
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const std::uint16_t usual_port = settings.scheme == "https" ? 443 : 80;
  return port == usual_port ? text : text + ":" + std::to_string(port);
}

// HTTP/2 sends cookies in several fields, HTTP/1 wants one (RFC 9113 §8.2.3).
void join_cookies(HttpFields& fields) {
  const auto is_cookie = [](const HttpField& field) { return is_named(field, "cookie"); };
  const auto first = std::find_if(fields.begin(), fields.end(), is_cookie);
  if (first == fields.end()) return;
  for (auto each = first + 1; each != fields.end(); ++each)
    if (is_cookie(*each) && !each->value.empty())
      first->value.append(first->value.empty() ? "" : "; ").append(each->value);
  fields.erase(std::remove_if(first + 1, fields.end(), is_cookie), fields.end());
}

}  // namespace

bool is_same_authority(std::string_view text, const InspectionSettings& settings) {
  auto named = parse_host_port(text);
  if (!named) return false;
  const std::uint16_t usual_port = settings.scheme == "https" ? 443 : 80;
  if (named->port.value_or(usual_port) != settings.authority.port) return false;
  auto host = to_lower_ascii(named->host);
  if (host.ends_with('.')) host.pop_back();
  return host == settings.authority.host || is_same_address(host, settings.authority.host);
}

std::optional<RequestProblem> problem_of(const RequestHead& head, const InspectionSettings& settings) {
  if (!is_token(head.method) || head.method.size() > http_method_bytes_max)
    return RequestProblem{400, "the method is none"};
  if (head.method == "CONNECT" || head.form == TargetForm::authority)
    return RequestProblem{403, "CONNECT within a connection is not possible"};
  // It would show whoever asks what was added on the way (RFC 9110 §9.3.8).
  if (head.method == "TRACE") return RequestProblem{403, "TRACE is not possible through the gateway"};
  const bool is_path = head.path.starts_with('/') || (head.path == "*" && head.method == "OPTIONS");
  if (!is_path || head.path.size() > http_line_bytes_max ||
      !std::all_of(head.path.begin(), head.path.end(), is_target_byte))
    return RequestProblem{400, "the path is none"};
  const bool is_named_elsewhere = std::any_of(head.fields.begin(), head.fields.end(), [&](const HttpField& field) {
    return is_named(field, "host") && !is_same_authority(field.value, settings);
  });
  const bool is_other = !head.authority.empty() && !is_same_authority(head.authority, settings);
  const bool is_other_scheme = !head.scheme.empty() && head.scheme != settings.scheme;
  if (is_named_elsewhere || is_other || is_other_scheme)
    return RequestProblem{
        421, "the request is for another host than this connection, which is for " + settings.authority.host};
  return std::nullopt;
}

std::string_view without_query(std::string_view path) { return path.substr(0, path.find('?')); }

bool asks_for_websocket(const RequestHead& head) {
  const auto* const upgrade = find_field(head.fields, "upgrade");
  return head.method == "GET" && head.minor_version == 1 && upgrade != nullptr &&
         equals_ignoring_case(upgrade->value, "websocket") && list_has(head.fields, "connection", "upgrade");
}

RequestHead to_upstream(RequestHead head, const InspectionSettings& settings) {
  const bool is_websocket = asks_for_websocket(head);
  const bool takes_trailers = list_has(head.fields, "te", "trailers");
  remove_hop_by_hop(head.fields);
  remove_fields(head.fields, "host");
  join_cookies(head.fields);
  head.authority = host_text(settings);
  head.scheme = settings.scheme;
  head.form = head.path == "*" ? TargetForm::asterisk : TargetForm::origin;
  head.fields.insert(head.fields.begin(), {"Host", head.authority});
  if (is_websocket) {
    head.fields.push_back({"Connection", "Upgrade"});
    head.fields.push_back({"Upgrade", "websocket"});
  } else if (takes_trailers) {
    head.fields.push_back({"TE", "trailers"});
  }
  return head;
}

ResponseHead to_sandbox(ResponseHead head) {
  remove_hop_by_hop(head.fields);
  remove_fields(head.fields, "alt-svc");
  if (head.reason.empty()) head.reason = reason_of(head.status);
  if (head.status == 101) {
    head.fields.push_back({"Connection", "Upgrade"});
    head.fields.push_back({"Upgrade", "websocket"});
  }
  return head;
}

std::string_view reason_of(int status) {
  constexpr std::array<std::pair<int, std::string_view>, 27> known = {{{100, "Continue"},
                                                                       {101, "Switching Protocols"},
                                                                       {103, "Early Hints"},
                                                                       {200, "OK"},
                                                                       {201, "Created"},
                                                                       {202, "Accepted"},
                                                                       {204, "No Content"},
                                                                       {206, "Partial Content"},
                                                                       {301, "Moved Permanently"},
                                                                       {302, "Found"},
                                                                       {303, "See Other"},
                                                                       {304, "Not Modified"},
                                                                       {307, "Temporary Redirect"},
                                                                       {308, "Permanent Redirect"},
                                                                       {400, "Bad Request"},
                                                                       {401, "Unauthorized"},
                                                                       {403, "Forbidden"},
                                                                       {404, "Not Found"},
                                                                       {405, "Method Not Allowed"},
                                                                       {409, "Conflict"},
                                                                       {413, "Content Too Large"},
                                                                       {421, "Misdirected Request"},
                                                                       {422, "Unprocessable Content"},
                                                                       {429, "Too Many Requests"},
                                                                       {500, "Internal Server Error"},
                                                                       {502, "Bad Gateway"},
                                                                       {503, "Service Unavailable"}}};
  for (const auto& [code, text] : known)
    if (code == status) return text;
  return "";
}

}  // namespace bailey::gateway
