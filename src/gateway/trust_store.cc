#include "gateway/trust_store.h"

#include <sodium/utils.h>

#include <chrono>
#include <cstdint>

#include "base/digest.h"

namespace bailey::gateway {
namespace {

constexpr std::uint32_t store_magic = 0xFEEDFEED;
constexpr std::uint32_t store_version = 2;
constexpr std::uint32_t trusted_certificate_tag = 2;
constexpr std::string_view digest_salt = "Mighty Aphrodite";  // the format's own words

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size(), 2);
  out += text;
}

constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view pem_end = "-----END CERTIFICATE-----";

// The base64 between the two lines of a PEM block (RFC 7468).
Result<std::string> decoded(std::string_view base64) {
  std::string der(base64.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(der.data()), der.size(), base64.data(), base64.size(),
                        " \t\r\n", &size, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != base64.data() + base64.size() || size == 0)
    return fail("read certificates", "what stands between BEGIN and END CERTIFICATE is not base64",
                "repair the file that SSL_CERT_FILE names, or run update-ca-certificates");
  der.resize(size);
  return der;
}

}  // namespace

Result<std::vector<std::string>> certificates_of(std::string_view pem) {
  if (pem.size() > trust_bundle_bytes_max) return fail("read certificates", "the bundle is larger than 16 MiB");
  std::vector<std::string> found;
  while (true) {
    const std::size_t begin = pem.find(pem_begin);
    if (begin == std::string_view::npos) return found;
    pem.remove_prefix(begin + pem_begin.size());
    const std::size_t end = pem.find(pem_end);
    if (end == std::string_view::npos) return fail("read certificates", "the last one is cut off");
    found.push_back(TRY(decoded(pem.substr(0, end))));
    pem.remove_prefix(end + pem_end.size());
  }
}

Result<std::string> java_trust_store(std::string_view host_pem, std::string_view ca_pem, WallTime now) {
  auto certificates = TRY(certificates_of(ca_pem));
  for (auto& each : TRY(certificates_of(host_pem))) certificates.push_back(std::move(each));
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  std::string store;
  append_number(store, store_magic, 4);
  append_number(store, store_version, 4);
  append_number(store, certificates.size(), 4);
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    append_number(store, trusted_certificate_tag, 4);
    append_text(store, i == 0 ? "bailey-session-ca" : "host-" + std::to_string(i));
    append_number(store, static_cast<std::uint64_t>(ms), 8);
    append_text(store, "X.509");
    append_number(store, certificates[i].size(), 4);
    store += certificates[i];
  }
  std::string digested;
  for (const char c : java_store_password) append_number(digested, static_cast<unsigned char>(c), 2);
  digested.append(digest_salt).append(store);
  return store.append(sha1(digested));
}

}  // namespace bailey::gateway
