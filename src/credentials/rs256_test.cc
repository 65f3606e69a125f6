// Signatures of the app's key, verified by openssl(1).
#include "credentials/rs256.h"

#include <gtest/gtest.h>

#include "credentials/test_support.h"
#include "os/process.h"

namespace bailey::credentials {
namespace {

int openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/usr/bin/openssl");
  const auto done = os::run({.argv = std::move(arguments), .environment = {}});
  return done ? done->exit_status : -1;
}

TEST(Rs256, a_signature_is_good_for_its_text_alone) {
  const Home home;
  const std::string key = home.at("key.pem");
  ASSERT_EQ(openssl({"genrsa", "-out", key, "2048"}), 0);
  ASSERT_EQ(openssl({"rsa", "-in", key, "-pubout", "-out", home.at("key.pub")}), 0);
  ASSERT_EQ(openssl({"rsa", "-in", key, "-traditional", "-out", home.at("pkcs1.pem")}), 0);
  for (const auto& path : {key, home.at("pkcs1.pem")}) {
    const auto signature = sign_rs256(*os::read_file(path), "head.claims");
    ASSERT_TRUE(signature) << signature.error().why;
    home.write("signature", *signature);
    home.write("text", "head.claims");
    home.write("other", "head.claimz");
    const auto verify = [&](const char* name) {
      return openssl(
          {"dgst", "-sha256", "-verify", home.at("key.pub"), "-signature", home.at("signature"), home.at(name)});
    };
    EXPECT_EQ(verify("text"), 0);
    EXPECT_NE(verify("other"), 0);
  }
}

TEST(Rs256, what_is_no_app_key_is_refused) {
  const Home home;
  ASSERT_EQ(openssl({"genrsa", "-out", home.at("short.pem"), "1024"}), 0);
  ASSERT_EQ(openssl({"genpkey", "-algorithm", "ed25519", "-out", home.at("ed25519.pem")}), 0);
  ASSERT_EQ(openssl({"genrsa", "-aes128", "-passout", "pass:secret", "-out", home.at("locked.pem"), "2048"}), 0);
  for (const char* name : {"short.pem", "ed25519.pem", "locked.pem"})
    EXPECT_FALSE(sign_rs256(*os::read_file(home.at(name)), "text")) << name;
  for (const std::string& text : {std::string(), std::string("no key"), std::string(private_key_bytes_max + 1, 'x')})
    EXPECT_FALSE(sign_rs256(text, "text"));
}

}  // namespace
}  // namespace bailey::credentials
