#include "gateway/http1_write.h"

#include <algorithm>
#include <string_view>

namespace bailey::gateway {
namespace {

std::unexpected<Error> refuse(std::string why) { return fail("write an HTTP head", std::move(why)); }

bool is_target(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Status append_fields(std::string& out, const HttpFields& fields) {
  for (const auto& field : fields) {
    if (!is_token(field.name)) return refuse("a field name that is no token");
    if (!is_field_value(field.value)) return refuse("a control byte in the field " + field.name);
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out += "\r\n";
  return {};
}

std::string_view version_of(int minor) { return minor == 0 ? "HTTP/1.0" : "HTTP/1.1"; }

}  // namespace

Result<std::string> write_head(const RequestHead& head) {
  const std::string& target = head.form == TargetForm::authority ? head.authority : head.path;
  if (!is_token(head.method)) return refuse("a method that is no token");
  if (!is_target(target)) return refuse("a target with white space or control bytes");
  std::string out;
  out.reserve(512);
  out.append(head.method).append(" ").append(target).append(" ").append(version_of(head.minor_version)).append("\r\n");
  TRY_STATUS(append_fields(out, head.fields));
  return out;
}

Result<std::string> write_head(const ResponseHead& head) {
  if (head.status < 100 || head.status > 599) return refuse("a status outside of 100 to 599");
  if (!is_field_value(head.reason)) return refuse("a control byte in the reason");
  std::string out;
  out.reserve(512);
  out.append(version_of(head.minor_version)).append(" ").append(std::to_string(head.status)).append(" ");
  out.append(head.reason).append("\r\n");
  TRY_STATUS(append_fields(out, head.fields));
  return out;
}

}  // namespace bailey::gateway
