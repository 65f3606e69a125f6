#include "credentials/ssh_host_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium/utils.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/digest.h"
#include "base/release.h"
#include "credentials/ssh_wire.h"

namespace bailey::credentials {
namespace {

using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM_free>>;

std::unexpected<Error> refuse(std::string why) { return fail("verify the host key's signature", std::move(why)); }

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct Curve {
  std::string_view key_type;
  std::string_view name;
  const char* group;
  const EVP_MD* (*hash)();
};
constexpr Curve curves[] = {{"ecdsa-sha2-nistp256", "nistp256", "prime256v1", EVP_sha256},
                            {"ecdsa-sha2-nistp384", "nistp384", "secp384r1", EVP_sha384},
                            {"ecdsa-sha2-nistp521", "nistp521", "secp521r1", EVP_sha512}};

struct Signature {
  std::string_view algorithm;
  std::string_view bytes;
};
std::optional<Signature> parse_signature(std::string_view blob) {
  SshReader reader(blob);
  const auto algorithm = reader.string();
  const auto bytes = reader.string();
  if (!algorithm || !bytes || !reader.at_end()) return std::nullopt;
  return Signature{*algorithm, *bytes};
}

Key made(const char* type, const OSSL_PARAM* parameters) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(parameters)) != 1)
    return {};
  return Key(key);
}

Key ec_key(const Curve& curve, SshReader& reader) {
  const auto name = reader.string();
  const auto point = reader.string();
  if (name != curve.name || !point || !reader.at_end()) return {};
  const Builder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point->data(), point->size()) != 1)
    return {};
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  return made("EC", parameters.get());
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Key rsa_key(SshReader& reader) {
  const auto exponent = reader.positive_mpint();
  const auto modulus = reader.positive_mpint();
  if (!exponent || !modulus || !reader.at_end() || modulus->size() * 8 > rsa_bits_max || exponent->size() > 8)
    return {};
  const auto e = number_of(*exponent);
  const auto n = number_of(*modulus);
  if (BN_num_bits(n.get()) < rsa_bits_min) return {};
  const Builder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1)
    return {};
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  return made("RSA", parameters.get());
}

Key ed25519_key(SshReader& reader) {
  const auto bytes = reader.string();
  if (!bytes || !reader.at_end() || bytes->size() != 32) return {};
  return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*bytes), bytes->size()));
}

Status check(const Key& key, const EVP_MD* hash, std::string_view signature, std::string_view data) {
  if (!key) return refuse("the key is malformed or too weak");
  const DigestContext context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key.get()) != 1)
    return refuse("the key can't be used");
  if (EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(data), data.size()) != 1)
    return refuse("it is not the key's");
  return {};
}

// SSH writes two numbers, libcrypto wants them in DER.
std::string der_of(std::string_view signature) {
  SshReader reader(signature);
  const auto r = reader.positive_mpint();
  const auto s = reader.positive_mpint();
  if (!r || !s || !reader.at_end()) return {};
  const EcSignature both(ECDSA_SIG_new());
  if (!both || ECDSA_SIG_set0(both.get(), number_of(*r).release(), number_of(*s).release()) != 1) return {};
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

Status verify_ssh_signature(std::string_view key, std::string_view signature, std::string_view data) {
  const auto parts = parse_signature(signature);
  SshReader reader(key);
  const auto type = reader.string();
  if (!parts || !type) return refuse("key or signature is malformed");
  if (type == "ssh-ed25519" && parts->algorithm == *type)
    return check(ed25519_key(reader), nullptr, parts->bytes, data);
  if (type == "ssh-rsa" && parts->algorithm == "rsa-sha2-256")
    return check(rsa_key(reader), EVP_sha256(), parts->bytes, data);
  if (type == "ssh-rsa" && parts->algorithm == "rsa-sha2-512")
    return check(rsa_key(reader), EVP_sha512(), parts->bytes, data);
  const auto* curve =
      std::find_if(std::begin(curves), std::end(curves), [&](const Curve& each) { return each.key_type == *type; });
  if (curve == std::end(curves) || parts->algorithm != *type) return refuse("this kind of key is not understood");
  const std::string der = der_of(parts->bytes);
  if (der.empty()) return refuse("the signature is malformed");
  return check(ec_key(*curve, reader), curve->hash(), der, data);
}

std::string ssh_fingerprint(std::string_view key) {
  std::string text = to_base64(sha256(key));
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

std::string to_base64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminating zero
  return text;
}

std::string from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr,
                        &size, &end, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0 ||
      end != text.data() + text.size())
    return {};
  bytes.resize(size);
  return bytes;
}

}  // namespace bailey::credentials
