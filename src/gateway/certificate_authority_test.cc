#include "gateway/certificate_authority.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "gateway/trust_store.h"
#include "os/process.h"

namespace bailey::gateway {
namespace {

using std::chrono::days;

class FakeClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return now; }
  [[nodiscard]] SteadyTime steady_now() const override { return {}; }
  WallTime now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
};

struct AuthorityTest : testing::Test {
  FakeClock clock;
  CertificateAuthority authority = CertificateAuthority::create(clock).value();
  int verify(X509* leaf, const std::string& host, X509* trusted) {
    const std::unique_ptr<X509_STORE, Release<X509_STORE_free>> store(X509_STORE_new());
    const std::unique_ptr<X509_STORE_CTX, Release<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
    X509_STORE_add_cert(store.get(), trusted);
    X509_STORE_CTX_init(context.get(), store.get(), leaf, nullptr);
    auto* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1)
      X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
  }
};

TEST_F(AuthorityTest, ALeafIsGoodForItsHostAndOnlyWithItsAuthority) {
  for (const std::string host : {"a.example", "127.0.0.1", "2001:db8::1", "xn--bcher-kva.example"}) {
    X509* const leaf = authority.leaf_for(host).value();
    EXPECT_EQ(verify(leaf, host, authority.certificate()), X509_V_OK) << host;
    EXPECT_NE(verify(leaf, "b.example", authority.certificate()), X509_V_OK) << host;
  }
  const auto other = CertificateAuthority::create(clock).value();
  EXPECT_NE(verify(authority.leaf_for("a.example").value(), "a.example", other.certificate()), X509_V_OK);
}

TEST_F(AuthorityTest, ALeafIsNoAuthorityAndALongNameHasNoCommonName) {
  X509* const leaf = authority.leaf_for("a.example").value();
  EXPECT_EQ(X509_check_ca(leaf), 0);
  EXPECT_EQ(X509_check_ca(authority.certificate()), 1);
  EXPECT_EQ(X509_get_pathlen(authority.certificate()), 0);
  const std::string longest = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
  EXPECT_EQ(verify(authority.leaf_for(longest).value(), longest, authority.certificate()), X509_V_OK);
}

TEST_F(AuthorityTest, AHostThatWouldMeanSomethingInAnExtensionIsRefused) {
  for (const std::string host :
       {"", "a.example,IP:1.2.3.4", "a b", "a\nb", "A.example", "*.example", "a;b", "@section"})
    EXPECT_FALSE(authority.leaf_for(host)) << host;
}

TEST_F(AuthorityTest, LeavesAreKeptWithinALimitAndRenewedBeforeTheyEnd) {
  X509* const first = authority.leaf_for("a.example").value();
  EXPECT_EQ(authority.leaf_for("a.example").value(), first);
  for (std::size_t i = 0; i < leaf_cache_entries_max + 10; ++i)
    ASSERT_TRUE(authority.leaf_for("h" + std::to_string(i) + ".example"));
  EXPECT_EQ(authority.cached_leaves(), leaf_cache_entries_max);
  const ASN1_TIME* until = X509_get0_notAfter(authority.leaf_for("a.example").value());
  EXPECT_LE(ASN1_TIME_cmp_time_t(until, std::chrono::system_clock::to_time_t(clock.now + days(leaf_valid_days))), 0);
  clock.now += days(leaf_valid_days);
  const ASN1_TIME* renewed = X509_get0_notAfter(authority.leaf_for("a.example").value());
  EXPECT_EQ(ASN1_TIME_cmp_time_t(renewed, std::chrono::system_clock::to_time_t(clock.now)), 1);
  clock.now += days(20);
  const ASN1_TIME* capped = X509_get0_notAfter(authority.leaf_for("a.example").value());
  EXPECT_EQ(ASN1_TIME_compare(capped, X509_get0_notAfter(authority.certificate())), 0) << "never beyond the CA";
}

TEST_F(AuthorityTest, TheTrustStoresHoldTheHostsCertificatesAndOurs) {
  const auto host = CertificateAuthority::create(clock).value();
  const std::string host_pem = "# a comment\n" + host.ca_pem().value() + host.ca_pem().value();
  const std::string ca_pem = authority.ca_pem().value();
  EXPECT_EQ(certificates_of(ca_pem + host_pem).value().size(), 3U);
  EXPECT_FALSE(certificates_of("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"));
  EXPECT_TRUE(certificates_of("").value().empty());
  const auto store = java_trust_store(host_pem, ca_pem, clock.now).value();
  EXPECT_EQ(store.substr(0, 16), std::string("\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x03\0\0\0\x02", 16));
  const auto ours = certificates_of(ca_pem).value().at(0);
  EXPECT_NE(store.find("bailey-session-ca"), std::string::npos);
  EXPECT_NE(store.find(ours), std::string::npos);
}

TEST_F(AuthorityTest, JavaReadsItsTrustStore) {
  if (!std::filesystem::exists("/usr/bin/keytool")) GTEST_SKIP() << "no keytool here";
  char directory[] = "/tmp/trust_store.XXXXXX";
  ASSERT_NE(::mkdtemp(directory), nullptr);
  const std::string path = std::string(directory) + "/cacerts";
  std::ofstream(path) << java_trust_store("", authority.ca_pem().value(), clock.now).value();
  const auto listed = os::run({.argv = {"/usr/bin/keytool", "-list", "-keystore", path, "-storepass", "changeit"},
                               .environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"}})
                          .value();
  EXPECT_NE(listed.out.find("bailey-session-ca"), std::string::npos) << listed.out << listed.err;
  EXPECT_NE(listed.out.find("trustedCertEntry"), std::string::npos);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace bailey::gateway
