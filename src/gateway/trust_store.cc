#include "gateway/trust_store.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "gateway/openssl_handles.h"

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

}  // namespace

Result<std::vector<std::string>> certificates_of(std::string_view pem) {
  if (pem.size() > trust_bundle_bytes_max) return fail("read certificates", "the bundle is larger than 16 MiB");
  std::vector<std::string> found;
  const BioHandle in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!in) return openssl_failed("read certificates");
  while (true) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* bytes = nullptr;
    long size = 0;
    if (PEM_read_bio(in.get(), &name, &header, &bytes, &size) != 1) break;
    if (std::strcmp(name, PEM_STRING_X509) == 0)
      found.emplace_back(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(bytes);
  }
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!is_end) return openssl_failed("read certificates");
  ERR_clear_error();
  return found;
}

std::string combined_bundle(std::string_view host_pem, std::string_view ca_pem) {
  std::string bundle(ca_pem);
  if (!bundle.empty() && bundle.back() != '\n') bundle += '\n';
  return bundle.append(host_pem);
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
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  if (EVP_Digest(digested.data(), digested.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1)
    return openssl_failed("write a Java trust store");
  return store.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

}  // namespace bailey::gateway
