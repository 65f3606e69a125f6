#include "audit/keys.h"

#include <fcntl.h>
#include <sodium/utils.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "os/files.h"

namespace bailey::audit {
namespace {

constexpr std::size_t key_file_bytes_max = 1024;
// RFC 8410, section 7 and 4: everything in front of the 32 bytes is the same for every Ed25519 key.
constexpr std::string_view private_prefix("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
constexpr std::string_view public_prefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
constexpr std::string_view private_label = "PRIVATE KEY";
constexpr std::string_view public_label = "PUBLIC KEY";
using KeyBytes = std::array<unsigned char, 32>;

std::string private_key_path(const std::string& keys_dir) { return os::join(keys_dir, "audit.ed25519"); }

std::string to_pem(std::string_view label, std::string_view prefix, const KeyBytes& key) {
  std::string der(prefix);
  der.append(reinterpret_cast<const char*>(key.data()), key.size());
  std::string base64(sodium_base64_ENCODED_LEN(der.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(base64.data(), base64.size(), reinterpret_cast<const unsigned char*>(der.data()), der.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  base64.pop_back();  // its NUL
  std::string pem;
  pem.append("-----BEGIN ").append(label).append("-----\n").append(base64).append("\n-----END ");
  return pem.append(label).append("-----\n");
}

// The one spelling that to_pem() writes: decode, encode again, compare.
std::optional<KeyBytes> from_pem(std::string_view label, std::string_view prefix, std::string_view pem) {
  const std::size_t start = pem.find('\n');
  const std::size_t end = start == std::string_view::npos ? start : pem.find('\n', start + 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view base64 = pem.substr(start + 1, end - start - 1);
  std::string der(base64.size(), '\0');
  std::size_t der_bytes = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(der.data()), der.size(), base64.data(), base64.size(), nullptr,
                        &der_bytes, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    return std::nullopt;
  der.resize(der_bytes);
  KeyBytes key{};
  if (der.size() < prefix.size() + key.size()) return std::nullopt;
  std::memcpy(key.data(), der.data() + prefix.size(), key.size());
  if (to_pem(label, prefix, key) != pem) return std::nullopt;
  return key;
}

std::unexpected<Error> damaged(const std::string& path) {
  return fail("read the audit key '" + path + "'", "it is not an Ed25519 key in PEM form",
              "restore it, or move it and its .pub aside: a new one is made and signs from then on");
}

// Nothing when there is no key yet.
Result<std::optional<Seed>> load_seed(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd) return fail_errno("open the audit key '" + path + "'", "it must be a plain file of yours");
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("inspect '" + path + "'");
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid())
    return fail("use the audit key '" + path + "'", "it is not a plain file of yours", "move it aside");
  if ((status.st_mode & 077U) != 0)
    return fail("use the audit key '" + path + "'", "other users may read or change it",
                "chmod 600 '" + path + "', or move it aside if somebody may have copied it: a new one is made");
  const auto key = from_pem(private_label, private_prefix, TRY(os::read_all(fd.get(), key_file_bytes_max)));
  if (!key) return damaged(path);
  return Seed{*key};
}

// Whoever links its file first has made the key; link(2) never replaces. True when that was us.
Result<bool> make_seed(const std::string& path) {
  Seed seed;
  if (::getrandom(seed.bytes.data(), seed.bytes.size(), 0) != static_cast<ssize_t>(seed.bytes.size()))
    return fail_errno("make an audit key");
  const std::string beside = path + ".new." + std::to_string(::getpid());
  ::unlink(beside.c_str());  // left behind by a killed process with the same pid
  Fd fd = TRY(os::open_file(beside, O_WRONLY | O_CREAT | O_EXCL, 0600));
  TRY_STATUS(os::write_all(fd.get(), to_pem(private_label, private_prefix, seed.bytes)));
  fd.reset();
  const int error = ::link(beside.c_str(), path.c_str()) == 0 ? 0 : errno;
  ::unlink(beside.c_str());
  if (error != 0 && error != EEXIST) return fail_errno(error, "make the audit key '" + path + "'");
  return error == 0;
}

Status publish(const SigningKey& key, const std::string& path) {
  if (!os::exists(path))
    return os::write_file_atomic(path, to_pem(public_label, public_prefix, key.public_key.bytes), 0644);
  if (TRY(load_public_key(path)) == key.public_key) return {};
  return fail("use the audit key", "'" + path + "' is not its public half",
              "find out who changed it; remove it to have it written anew");
}

Status sync_file(const std::string& path, int flags) {
  const Fd fd = TRY(os::open_file(path, flags));
  if (::fsync(fd.get()) != 0) return fail_errno("sync '" + path + "'");
  return {};
}

}  // namespace

std::string public_key_path(const std::string& keys_dir) { return os::join(keys_dir, "audit.ed25519.pub"); }

Result<PublicKey> load_public_key(const std::string& path) {
  const auto key = from_pem(public_label, public_prefix, TRY(os::read_file(path, key_file_bytes_max)));
  if (!key) return damaged(path);
  return PublicKey{*key};
}

Result<SigningKey> load_or_make_key(const std::string& keys_dir) {
  const std::string path = private_key_path(keys_dir);
  SigningKey key;
  auto seed = TRY(load_seed(path));
  if (!seed) {
    TRY_STATUS(os::make_directories(keys_dir));
    key.fresh = TRY(make_seed(path));
    seed = TRY(load_seed(path));
    if (!seed) return fail("use the audit key '" + path + "'", "it vanished", "try again");
  }
  key.seed = *seed;
  key.public_key = public_key(key.seed);
  key.name = fingerprint(key.public_key);
  TRY_STATUS(publish(key, public_key_path(keys_dir)));
  return key;
}

Status sync_key(const std::string& keys_dir) {
  TRY_STATUS(sync_file(private_key_path(keys_dir), O_RDONLY));
  TRY_STATUS(sync_file(public_key_path(keys_dir), O_RDONLY));
  return sync_file(keys_dir, O_RDONLY | O_DIRECTORY);
}

}  // namespace bailey::audit
