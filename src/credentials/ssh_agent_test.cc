// The ssh-agent's messages, host keys, known_hosts and what they decide together. Keys and signatures are libcrypto's.
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <memory>

#include "credentials/known_hosts.h"
#include "credentials/ssh_agent_guard.h"
#include "credentials/ssh_agent_message.h"
#include "credentials/ssh_host_key.h"
#include "credentials/ssh_login.h"
#include "credentials/ssh_wire.h"

namespace bailey::credentials {
namespace {

using policy::CredentialAction;
using policy::CredentialOp;
using policy::CredentialRule;

std::string strings(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) put_string(out, part);
  return out;
}

std::string mpint(std::string bytes) {
  if ((static_cast<unsigned char>(bytes.front()) & 0x80) != 0) bytes.insert(0, 1, '\0');
  return bytes;
}

// A key pair that writes itself and its signatures as SSH does.
class HostKey {
 public:
  explicit HostKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}
  static HostKey ed25519() { return HostKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
  static HostKey ecdsa(const char* group) { return HostKey(EVP_EC_gen(group)); }
  static HostKey rsa(std::size_t bits) { return HostKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)); }

  [[nodiscard]] std::string raw(const std::string& data, const EVP_MD* hash) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::size_t size = 2048;
    std::string out(size, '\0');
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key_.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                             reinterpret_cast<const unsigned char*>(data.data()), data.size()),
              1);
    out.resize(size);
    return out;
  }
  [[nodiscard]] std::string ed25519_blob() const {
    std::string bytes(32, '\0');
    std::size_t size = bytes.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size);
    return strings({"ssh-ed25519", bytes});
  }
  [[nodiscard]] std::string ed25519_signature(const std::string& data) const {
    return strings({"ssh-ed25519", raw(data, nullptr)});
  }
  [[nodiscard]] std::string ecdsa_blob(std::string_view curve) const {
    std::string point(200, '\0');
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key_.get(), "pub", reinterpret_cast<unsigned char*>(point.data()), point.size(),
                                    &size);
    point.resize(size);
    return strings({"ecdsa-sha2-" + std::string(curve), curve, point});
  }
  [[nodiscard]] std::string ecdsa_signature(std::string_view curve, const std::string& data, const EVP_MD* hash) const {
    const std::string der = raw(data, hash);
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
    const std::string inner = strings({number(ECDSA_SIG_get0_r(both.get())), number(ECDSA_SIG_get0_s(both.get()))});
    return strings({"ecdsa-sha2-" + std::string(curve), inner});
  }
  [[nodiscard]] std::string rsa_blob() const { return strings({"ssh-rsa", parameter("e"), parameter("n")}); }

 private:
  static std::string number(const BIGNUM* value) {
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    return mpint(bytes);
  }
  [[nodiscard]] std::string parameter(const char* name) const {
    BIGNUM* value = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key_.get(), name, &value), 1);
    const std::string text = number(value);
    BN_free(value);
    return text;
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

TEST(SshHostKey, VerifiesEachKindOfKey) {
  const std::string data = "session id";
  const auto ed = HostKey::ed25519();
  EXPECT_TRUE(verify_ssh_signature(ed.ed25519_blob(), ed.ed25519_signature(data), data));
  EXPECT_FALSE(verify_ssh_signature(ed.ed25519_blob(), ed.ed25519_signature(data), "another id"));
  EXPECT_FALSE(verify_ssh_signature(HostKey::ed25519().ed25519_blob(), ed.ed25519_signature(data), data));
  const std::tuple<const char*, const char*, const EVP_MD*> curves[] = {
      {"P-256", "nistp256", EVP_sha256()}, {"P-384", "nistp384", EVP_sha384()}, {"P-521", "nistp521", EVP_sha512()}};
  for (const auto& [group, curve, hash] : curves) {
    const auto key = HostKey::ecdsa(group);
    const std::string signature = key.ecdsa_signature(curve, data, hash);
    EXPECT_TRUE(verify_ssh_signature(key.ecdsa_blob(curve), signature, data)) << curve;
    EXPECT_FALSE(verify_ssh_signature(key.ecdsa_blob(curve), signature, "another id")) << curve;
    EXPECT_FALSE(verify_ssh_signature(ed.ed25519_blob(), signature, data)) << curve;
  }
  const auto rsa = HostKey::rsa(2048);
  EXPECT_TRUE(verify_ssh_signature(rsa.rsa_blob(), strings({"rsa-sha2-256", rsa.raw(data, EVP_sha256())}), data));
  EXPECT_TRUE(verify_ssh_signature(rsa.rsa_blob(), strings({"rsa-sha2-512", rsa.raw(data, EVP_sha512())}), data));
  EXPECT_FALSE(verify_ssh_signature(rsa.rsa_blob(), strings({"ssh-rsa", rsa.raw(data, EVP_sha1())}), data)) << "SHA-1";
}

TEST(SshHostKey, RefusesWeakAndBrokenKeys) {
  const auto weak = HostKey::rsa(1024);
  EXPECT_FALSE(verify_ssh_signature(weak.rsa_blob(), strings({"rsa-sha2-256", weak.raw("x", EVP_sha256())}), "x"));
  const auto ed = HostKey::ed25519();
  const std::string blob = ed.ed25519_blob();
  const std::string signature = ed.ed25519_signature("x");
  for (std::size_t cut = 0; cut < blob.size(); ++cut)
    EXPECT_FALSE(verify_ssh_signature(blob.substr(0, cut), signature, "x"));
  for (std::size_t cut = 0; cut < signature.size(); ++cut)
    EXPECT_FALSE(verify_ssh_signature(blob, signature.substr(0, cut), "x"));
  EXPECT_FALSE(verify_ssh_signature(blob + "x", signature, "x"));
  EXPECT_FALSE(verify_ssh_signature(strings({"ssh-rsa", std::string(1, '\x80'), "n"}), signature, "x"));
  EXPECT_FALSE(verify_ssh_signature(strings({"ecdsa-sha2-nistp256", "nistp256", "no point"}),
                                    strings({"ecdsa-sha2-nistp256", strings({"r", "s"})}), "x"));
}

TEST(KnownHosts, NamesTheHostsOfAKey) {
  const std::string key = HostKey::ed25519().ed25519_blob();
  const std::string line = " ssh-ed25519 " + to_base64(key) + '\n';
  const std::string other = " ssh-ed25519 " + to_base64(HostKey::ed25519().ed25519_blob()) + '\n';
  const std::vector<KnownHost> candidates = {{"git.example.org", 22}, {"git.example.org", 2222}};
  const std::string text = "# comment\n\nGitHub.com,140.82.121.3" + line + "[git.example.org]:2222" + line +
                           "evil.org" + other + "*.wild.org,!no.wild.org" + line;
  EXPECT_EQ(hosts_of_key(text, key, candidates),
            (std::vector<KnownHost>{{"github.com", 22}, {"140.82.121.3", 22}, {"git.example.org", 2222}}));
  EXPECT_EQ(hosts_of_key("*.wild.org,!no.wild.org" + line, key,
                         std::vector<KnownHost>{{"a.wild.org", 22}, {"no.wild.org", 22}}),
            (std::vector<KnownHost>{{"a.wild.org", 22}}));
  EXPECT_TRUE(hosts_of_key(text + "@revoked *" + line, key, candidates).empty()) << "revoked anywhere";
  EXPECT_TRUE(hosts_of_key("@cert-authority github.com" + line, key, candidates).empty());
  EXPECT_TRUE(hosts_of_key("github.com ssh-ed25519\ngithub.com\nssh-ed25519 AAAA\n", key, candidates).empty());
}

TEST(KnownHosts, FindsHashedNamesOfCandidatesOnly) {
  const std::string key = HostKey::ed25519().ed25519_blob();
  const std::string salt(20, 's');
  const auto line = [&](const std::string& name) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    ::HMAC(EVP_sha1(), salt.data(), 20, reinterpret_cast<const unsigned char*>(name.data()), name.size(), hash, &size);
    return "|1|" + to_base64(salt) + '|' + to_base64({reinterpret_cast<const char*>(hash), size}) + " ssh-ed25519 " +
           to_base64(key) + '\n';
  };
  const std::vector<KnownHost> candidates = {{"github.com", 22}, {"git.example.org", 2222}};
  EXPECT_EQ(hosts_of_key(line("github.com") + line("unnamed.org") + line("[git.example.org]:2222"), key, candidates),
            candidates);
  EXPECT_TRUE(
      hosts_of_key("|1|x|y ssh-ed25519 " + to_base64(key) + "\n|1| ssh-ed25519 " + to_base64(key), key, candidates)
          .empty());
}

TEST(SshAgentMessage, OnlyThreeRequestsAreRead) {
  const auto of = [](std::uint8_t type, const std::string& rest = {}) {
    return parse_agent_request(static_cast<char>(type) + rest);
  };
  EXPECT_TRUE(std::holds_alternative<ListIdentities>(*of(11)));
  std::string sign = strings({"key", "data"});
  put_number(sign, 4);
  EXPECT_EQ(std::get<SignRequest>(*of(13, sign)).flags, 4U);
  std::string bind = strings({"session-bind@openssh.com", "key", "id", "signature"});
  put_byte(bind, 0);
  EXPECT_EQ(std::get<BindSession>(*of(27, bind)).purpose, BindSession::Purpose::login);
  bind.back() = '\1';
  EXPECT_EQ(std::get<BindSession>(*of(27, bind)).purpose, BindSession::Purpose::forwarding);
  // Adding and removing keys, smart cards, locking, the old protocol, answers, other extensions.
  for (unsigned type = 0; type < 256; ++type) {
    if (type == 11 || type == 13 || type == 27) continue;
    EXPECT_FALSE(of(static_cast<std::uint8_t>(type), sign)) << type;
  }
  EXPECT_FALSE(of(11, "x"));
  EXPECT_FALSE(of(27, strings({"query"})));
  EXPECT_FALSE(of(27, strings({"restrict-destination-v00@openssh.com", "", "", ""})));
  EXPECT_FALSE(parse_agent_request(""));
  for (std::size_t cut = 0; cut < sign.size(); ++cut) EXPECT_FALSE(of(13, sign.substr(0, cut)));
  for (std::size_t cut = 0; cut < bind.size(); ++cut) EXPECT_FALSE(of(27, bind.substr(0, cut)));
  EXPECT_FALSE(of(13, sign + "x"));
  sign.back() = '\1';
  EXPECT_FALSE(of(13, sign)) << "unknown flags";
  EXPECT_FALSE(of(13, strings({std::string(ssh_key_bytes_max + 1, 'k'), "data"}) + std::string(4, '\0')));
  EXPECT_FALSE(of(13, std::string("\xff\xff\xff\xff", 4)));
  EXPECT_FALSE(of(13, strings({"key", std::string(agent_request_bytes_max, 'd')}) + std::string(4, '\0')));
}

TEST(SshAgentMessage, AnswersSurvive) {
  const std::string message = identities_message({{"blob", "comment"}, {"other", ""}}).substr(4);
  const auto identities = parse_identities(message);
  ASSERT_TRUE(identities);
  ASSERT_EQ(identities->size(), 2U);
  EXPECT_EQ((*identities)[0].comment, "comment");
  for (std::size_t cut = 0; cut < message.size(); ++cut) EXPECT_FALSE(parse_identities(message.substr(0, cut)));
  EXPECT_EQ(*parse_signature_answer(signature_message("sig").substr(4)), "sig");
  EXPECT_FALSE(parse_signature_answer(failure_message().substr(4)));
}

class Guard : public testing::Test {
 protected:
  static SshIdentity identity(std::string key, std::string comment) { return {std::move(key), std::move(comment)}; }
  [[nodiscard]] std::string login(std::string_view id, std::string_view key, std::string_view bound_to = {}) const {
    std::string data = strings({id});
    put_byte(data, 50);
    data += strings({"git", "ssh-connection", bound_to.empty() ? "publickey" : "publickey-hostbound-v00@openssh.com"});
    put_byte(data, 1);
    data += strings({"ssh-ed25519", key});
    if (!bound_to.empty()) put_string(data, bound_to);
    return data;
  }
  [[nodiscard]] BindSession bind_to(const HostKey& host) const {
    return {host.ed25519_blob(), session_, host.ed25519_signature(session_), BindSession::Purpose::login};
  }
  std::string session_ = std::string(32, 'i');
  HostKey github_ = HostKey::ed25519();
  HostKey evil_ = HostKey::ed25519();
  std::string key_ = strings({"ssh-ed25519", std::string(32, 'k')});
  std::string private_key_ = strings({"ssh-ed25519", std::string(32, 'p')});
  std::vector<CredentialRule> rules_ = {{"work",
                                         {CredentialOp::ssh},
                                         {ssh_fingerprint(strings({"ssh-ed25519", std::string(32, 'k')}))},
                                         {"github.com"},
                                         CredentialAction::log,
                                         {},
                                         0}};
  std::string known_ = "github.com ssh-ed25519 " + to_base64(github_.ed25519_blob()) + "\nevil.org ssh-ed25519 " +
                       to_base64(evil_.ed25519_blob()) + '\n';
};

TEST_F(Guard, ALoginToTheAllowedHostIsSigned) {
  SshAgentGuard guard(rules_, known_);
  ASSERT_TRUE(guard.bind(bind_to(github_)));
  for (const auto& data : {login(session_, key_), login(session_, key_, github_.ed25519_blob())}) {
    const auto decision = guard.decide({key_, data, 0}, identity(key_, "work"));
    ASSERT_TRUE(decision);
    EXPECT_EQ(decision->decision.rule, "work");
    EXPECT_EQ(decision->host, "github.com");
    EXPECT_EQ(decision->user, "git");
  }
}

TEST_F(Guard, AnotherDestinationIsBlockedAndSeesNoKey) {
  SshAgentGuard guard(rules_, known_);
  ASSERT_TRUE(guard.bind(bind_to(evil_)));
  EXPECT_TRUE(guard.visible_identities({identity(key_, "work")}).empty());
  EXPECT_TRUE(guard.decide({key_, login(session_, key_), 0}, identity(key_, "work"))->decision.is_blocked());
  const auto unknown = HostKey::ed25519();
  SshAgentGuard elsewhere(rules_, known_);
  ASSERT_TRUE(elsewhere.bind(bind_to(unknown)));
  EXPECT_TRUE(elsewhere.decide({key_, login(session_, key_), 0}, identity(key_, "work"))->decision.is_blocked());
}

TEST_F(Guard, UnlistedKeysAreInvisibleAndUseless) {
  SshAgentGuard guard(rules_, known_);
  const std::vector<SshIdentity> all = {identity(private_key_, "home"), identity(key_, "work")};
  ASSERT_EQ(guard.visible_identities(all).size(), 1U) << "before the connection is bound";
  ASSERT_TRUE(guard.bind(bind_to(github_)));
  const auto shown = guard.visible_identities(all);
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].key, key_);
  EXPECT_TRUE(guard.decide({private_key_, login(session_, private_key_), 0}, identity(private_key_, "home"))
                  ->decision.is_blocked());
}

TEST_F(Guard, ABindNeedsTheHostsOwnSignature) {
  SshAgentGuard guard(rules_, known_);
  auto forged = bind_to(github_);
  forged.signature = evil_.ed25519_signature(session_);
  EXPECT_FALSE(guard.bind(forged)) << "the agent makes up that it talks to github";
  auto another = bind_to(github_);
  another.session_id = std::string(32, 'j');
  EXPECT_FALSE(guard.bind(another));
  auto forwarded = bind_to(github_);
  forwarded.purpose = BindSession::Purpose::forwarding;
  SshAgentGuard other(rules_, known_);
  EXPECT_FALSE(other.bind(forwarded));
  EXPECT_FALSE(other.bind(bind_to(github_))) << "what was forwarded once stays refused";
  EXPECT_TRUE(other.visible_identities({identity(key_, "work")}).empty());
  EXPECT_FALSE(other.decide({key_, login(session_, key_), 0}, identity(key_, "work")));
  ASSERT_TRUE(guard.bind(bind_to(github_))) << "control";
  EXPECT_FALSE(guard.bind(bind_to(evil_))) << "once only";
}

TEST_F(Guard, NothingButALoginInThisSessionIsSigned) {
  SshAgentGuard guard(rules_, known_);
  const auto refused = [&](const std::string& data) { return !guard.decide({key_, data, 0}, identity(key_, "work")); };
  EXPECT_TRUE(refused(login(session_, key_))) << "not bound yet";
  ASSERT_TRUE(guard.bind(bind_to(github_)));
  EXPECT_FALSE(refused(login(session_, key_))) << "control";
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("any bytes"));
  EXPECT_TRUE(refused("SSHSIG" + strings({"git", "", "sha512", "hash"})));
  EXPECT_TRUE(refused(login(std::string(32, 'x'), key_))) << "another session";
  EXPECT_TRUE(refused(login(session_, private_key_))) << "another key";
  EXPECT_TRUE(refused(login(session_, key_, evil_.ed25519_blob()))) << "another host";
  EXPECT_TRUE(refused(login(session_, key_) + "x"));
  for (std::size_t cut = 0; cut < login(session_, key_).size(); ++cut)
    EXPECT_TRUE(refused(login(session_, key_).substr(0, cut))) << cut;
}

TEST(SshLogin, RefusesOtherServicesMethodsAndAlgorithms) {
  const auto make = [](std::string_view service, std::string_view method, bool has_signature,
                       std::string_view algorithm, std::string_view user = "git", std::uint8_t type = 50) {
    std::string data = strings({"id"});
    put_byte(data, type);
    data += strings({user, service, method});
    put_byte(data, has_signature ? 1 : 0);
    return data + strings({algorithm, "key"});
  };
  EXPECT_TRUE(parse_ssh_login(make("ssh-connection", "publickey", true, "ssh-ed25519")));
  EXPECT_FALSE(parse_ssh_login(make("ssh-userauth", "publickey", true, "ssh-ed25519")));
  EXPECT_FALSE(parse_ssh_login(make("ssh-connection", "hostbased", true, "ssh-ed25519")));
  EXPECT_FALSE(parse_ssh_login(make("ssh-connection", "publickey", false, "ssh-ed25519")));
  EXPECT_FALSE(parse_ssh_login(make("ssh-connection", "publickey", true, "ssh-rsa")));
  EXPECT_FALSE(parse_ssh_login(make("ssh-connection", "publickey", true, "ssh-ed25519", "a\nb")));
  EXPECT_FALSE(parse_ssh_login(make("ssh-connection", "publickey", true, "ssh-ed25519", "")));
  EXPECT_FALSE(parse_ssh_login(make("ssh-connection", "publickey", true, "ssh-ed25519", "git", 51)));
  EXPECT_FALSE(parse_ssh_login(
      make("ssh-connection", "publickey", true, "ssh-ed25519", std::string(ssh_user_bytes_max + 1, 'u'))));
}

}  // namespace
}  // namespace bailey::credentials
