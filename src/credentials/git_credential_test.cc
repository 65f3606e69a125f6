#include "credentials/git_credential.h"

#include <gtest/gtest.h>

namespace bailey::credentials {
namespace {

const std::vector<GitCredentialTarget> targets = {{"https", "github.com", "", "owner/app.git", ""},
                                                  {"https", "git.example.org", "8443", "team/lib", "robot"},
                                                  {"http", "plain.example.org", "", "x.git", ""}};

const GitCredentialTarget* asked(std::string_view text) {
  const auto request = parse_git_credential(text);
  return request ? find_target(targets, *request) : nullptr;
}

TEST(GitCredential, FindsTheRemoteThatGitMeans) {
  EXPECT_EQ(asked("protocol=https\nhost=github.com\n\n"), &targets[0]);
  EXPECT_EQ(asked("protocol=https\nhost=github.com\n"), &targets[0]) << "the end of the text ends it too";
  EXPECT_EQ(asked("capability[]=authtype\nprotocol=https\nhost=github.com\npath=owner/app.git\nwwwauth[]=Basic\n\n"),
            &targets[0]);
  EXPECT_EQ(asked("protocol=https\nhost=github.com\npath=owner/app\n\n"), &targets[0]);
  EXPECT_EQ(asked("protocol=https\nhost=git.example.org:8443\nusername=robot\npath=team/lib\n\n"), &targets[1]);
}

TEST(GitCredential, RefusesEveryOtherPlace) {
  for (const char* text : {
           "protocol=http\nhost=github.com\n\n",                                // downgraded
           "protocol=https\nhost=evil.example.org\n\n",                         // another host
           "protocol=https\nhost=github.com.evil.org\n\n",                      // as a label
           "protocol=https\nhost=github.com:8443\n\n",                          // another port
           "protocol=https\nhost=github.com:443\n\n",                           // not as git writes it
           "protocol=https\nhost=git.example.org\n\n",                          // without its port
           "protocol=https\nhost=GitHub.com\n\n",                               // capitals
           "protocol=https\nhost=github.com.\n\n",                              // a dot at the end
           "protocol=https\nhost=github.com\npath=owner/other.git\n\n",         // another repository
           "protocol=https\nhost=github.com\npath=owner\n\n",                   // above it
           "protocol=https\nhost=github.com\npath=owner/app.git/info/lfs\n\n",  // below it
           "protocol=https\nhost=github.com\npath=owner/../owner/app.git\n\n",  // through it
           "protocol=https\nhost=github.com\npath=/owner/app.git\n\n",          // an absolute one
           "protocol=https\nhost=github.com\npath=owner%2fapp.git\n\n",         // encoded
           "protocol=https\nhost=github.com\npath=Owner/app.git\n\n",           // capitals
           "protocol=https\nhost=github.com\nusername=somebody\n\n",            // another account
           "protocol=https\nhost=git.example.org:8443\nusername=root\n\n",      // another account
       })
    EXPECT_EQ(asked(text), nullptr) << text;
}

TEST(GitCredential, RefusesWhatIsNoRequest) {
  const std::string long_value(git_credential_field_bytes_max + 1, 'a');
  std::string many;
  for (std::size_t i = 0; i <= git_credential_lines_max; ++i) many += "wwwauth[]=x\n";
  for (const std::string& text :
       {std::string(),
        std::string("\n"),
        std::string("protocol=https\n\n"),
        std::string("host=github.com\n\n"),
        std::string("protocol=https\nhost=github.com"),
        std::string("protocol=https\nhost\n\n"),
        std::string("protocol=https\nhost=github.com\nhost=evil.org\n\n"),
        std::string("protocol=https\nhost=github.com\nurl=https://evil.org\n\n"),
        std::string("protocol=https\nhost=github.com\npassword=x\n\n"),
        std::string("protocol=https\nhost=github.com\nquit=1\n\n"),
        std::string("=x\nprotocol=https\nhost=h\n\n"),
        std::string("protocol=https\nhost=github.com\rhost=x\n\n"),
        std::string("protocol=https\nhost=a b\n\n"),
        std::string("protocol=https\nhost=git\0hub.com\n\n", 36),
        std::string("protocol=ssh\nhost=github.com\n\n"),
        std::string("protocol=ext::sh\nhost=github.com\n\n"),
        "protocol=https\nhost=" + long_value + "\n\n",
        "protocol=https\nhost=github.com\n" + many + "\n",
        std::string("protocol=https\nhost=github.com\n\nhost=x\n"),
        "protocol=https\nhost=github.com\n" + std::string(git_credential_bytes_max, 'x') + "\n\n"})
    EXPECT_FALSE(parse_git_credential(text)) << text;
}

TEST(GitCredential, NothingOfTheRequestReachesTheHelpers) {
  EXPECT_EQ(fill_text(targets[1]), "protocol=https\nhost=git.example.org:8443\npath=team/lib\nusername=robot\n\n");
  EXPECT_EQ(fill_text(targets[0]), "protocol=https\nhost=github.com\npath=owner/app.git\n\n");
}

TEST(GitCredential, ReadsWhatTheHelpersSay) {
  const auto answer = parse_fill_answer("protocol=https\nhost=github.com\nusername=me\npassword=a=b c\n", targets[0]);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->username, "me");
  EXPECT_EQ(answer->password.view(), "a=b c");
  for (const char* text : {"", "username=me\n", "password=x\n", "host=evil.org\nusername=me\npassword=x\n",
                           "protocol=http\nusername=me\npassword=x\n", "username=me\npassword=x\rhost=y\n", "junk\n"})
    EXPECT_FALSE(parse_fill_answer(text, targets[0])) << text;
  EXPECT_FALSE(
      parse_fill_answer("username=me\npassword=" + std::string(git_password_bytes_max + 1, 'x') + '\n', targets[0]));
}

}  // namespace
}  // namespace bailey::credentials
