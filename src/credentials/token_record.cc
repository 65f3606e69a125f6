#include "credentials/token_record.h"

#include <sodium/crypto_secretbox.h>
#include <sys/random.h>

#include <cstdlib>

namespace bailey::credentials {
namespace {

static_assert(record_key_bytes == crypto_secretbox_KEYBYTES);
constexpr std::string_view version = "1";
constexpr std::size_t overhead_bytes = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string seal(const TokenRecord& record, const RecordKey& key) {
  FieldWriter plain;
  plain.add(version).add(record.session).add(record.session_directory).add(record.agent).add(record.id);
  write_fields(plain, record.issuer);
  plain.add_number(record.minted).add_number(record.expires).add(record.token.view());
  std::string sealed(overhead_bytes + plain.view().size(), '\0');
  // Random nonces of 24 bytes do not repeat.
  if (::getrandom(sealed.data(), crypto_secretbox_NONCEBYTES, 0) != crypto_secretbox_NONCEBYTES) std::abort();
  ::crypto_secretbox_easy(bytes_of(sealed) + crypto_secretbox_NONCEBYTES, bytes_of(plain.view()), plain.view().size(),
                          bytes_of(sealed), bytes_of(key.bytes.view()));
  return sealed;
}

Result<TokenRecord> open_sealed(std::string_view sealed, const RecordKey& key) {
  const std::string what = "open the record of a token";
  if (sealed.size() <= overhead_bytes || sealed.size() > token_record_bytes_max || key.bytes.size() != record_key_bytes)
    return fail(what, "it is damaged");
  std::string text(sealed.size() - overhead_bytes, '\0');
  const auto* nonce = bytes_of(sealed);
  if (::crypto_secretbox_open_easy(bytes_of(text), nonce + crypto_secretbox_NONCEBYTES,
                                   sealed.size() - crypto_secretbox_NONCEBYTES, nonce, bytes_of(key.bytes.view())) != 0)
    return fail(what, "it was changed, or sealed with another key");
  auto record = parse_token_record(text);
  wipe(text);
  return record;
}

Result<TokenRecord> parse_token_record(std::string_view text) {
  FieldReader in(text);
  if (in.next() != version) in.refuse();
  TokenRecord record;
  record.session = in.text();
  record.session_directory = in.text();
  record.agent = in.text();
  record.id = in.text();
  record.issuer = read_issuer(in);
  record.minted = in.number();
  record.expires = in.number();
  record.token = in.secret();
  TRY_STATUS(in.finish("the record of a token"));
  return record;
}

}  // namespace bailey::credentials
