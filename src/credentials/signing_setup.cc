#include "credentials/signing_setup.h"

#include "base/text.h"

namespace bailey::credentials {
namespace {

constexpr std::string_view literal_mark = "key::";

bool is_true(std::string_view value) { return value == "true" || value == "yes" || value == "on" || value == "1"; }

SigningSetup none(std::string why) { return {SigningFormat::none, std::move(why), {}, {}}; }

bool is_armored(std::string_view text, std::string_view what) {
  const std::string begin = "-----BEGIN " + std::string(what) + "-----\n";
  const std::string end = "-----END " + std::string(what) + "-----\n";
  return text.starts_with(begin) && text.ends_with(end) && text.find(end) == text.size() - end.size();
}

}  // namespace

std::string_view literal_ssh_key(std::string_view setting) {
  if (setting.starts_with(literal_mark)) return setting.substr(literal_mark.size());
  return setting.starts_with("ssh-") ? setting : std::string_view();
}

SigningSetup signing_setup(const SigningConfig& config) {
  if (!is_true(config.gpgsign)) return none("commit.gpgsign is not set on the host");
  if (config.format.empty() || config.format == "openpgp") {
    const auto& key = config.signing_key.empty() ? config.identity : config.signing_key;
    if (key.empty() || key.starts_with('-') || has_control_characters(key))
      return none("user.signingkey is not usable");
    return {SigningFormat::gpg, {}, key, config.gpg_program.empty() ? "gpg" : config.gpg_program};
  }
  if (config.format != "ssh") return none("gpg.format is neither openpgp nor ssh");
  if (config.signing_key.empty() || config.signing_key.starts_with('-') || has_control_characters(config.signing_key))
    return none("user.signingkey names no ssh key");
  return {SigningFormat::ssh, {}, config.signing_key, config.ssh_program.empty() ? "ssh-keygen" : config.ssh_program};
}

std::vector<std::string> signing_arguments(const SigningSetup& setup, const std::string& key_file) {
  if (setup.format == SigningFormat::ssh) return {"-Y", "sign", "-n", "git", "-f", key_file};
  return {"--status-fd=2", "-bsau", setup.key};
}

bool is_signature(SigningFormat format, std::string_view text) {
  if (text.size() > signature_bytes_max || text.find('\0') != std::string_view::npos) return false;
  return is_armored(text, format == SigningFormat::ssh ? "SSH SIGNATURE" : "PGP SIGNATURE");
}

}  // namespace bailey::credentials
