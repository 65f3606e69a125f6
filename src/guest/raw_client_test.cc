// A guest that speaks the protocol by hand: whatever it sends, only its own branch can move, and only to whole history.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

#include "git/git_lab.h"
#include "git/pkt_line.h"
#include "os/files.h"
#include "os/socket.h"

namespace bailey::git {
namespace {

const std::string zero(40, '0');
const std::string capabilities = std::string(1, '\0') + " report-status side-band-64k object-format=sha1 agent=raw";

class RawClient : public ::testing::Test {
 protected:
  void SetUp() override {
    lab.guest_bin = GUEST_BIN;
    lab.make_host();
    lab.make_quarantine("shell/one");
    lab.make_work("shell/one");
    lab.config.limits.time_max = std::chrono::seconds(5);
    lab.serve();
    lab.out("cd work && echo b >b && git add b && git commit -q -m second");
    old_tip = lab.out("git -C work rev-parse HEAD~1");
    new_tip = lab.out("git -C work rev-parse HEAD");
  }

  // Sends everything, closes its half, returns all that came back.
  std::string talk(const std::string& request, const std::string& bytes) const {
    const auto socket = os::connect_unix(lab.socket(), os::SocketKind::stream);
    EXPECT_TRUE(socket);
    (void)os::write_all(socket->get(), request);
    (void)os::write_all(socket->get(), bytes);
    ::shutdown(socket->get(), SHUT_WR);
    return os::read_all(socket->get()).value_or("");
  }
  std::string push(const std::string& bytes) const { return talk("git-receive-pack\n", bytes); }
  // A pack of exactly these objects (names as git rev-parse takes them).
  std::string pack(const std::string& objects) const {
    lab.out("cd work && git rev-parse " + objects + " | git pack-objects --stdout -q >../pack");
    return *os::read_file(lab.path("pack"));
  }
  std::string whole_pack() const { return pack("HEAD HEAD^{tree} HEAD:b"); }
  static std::string packets(const std::vector<std::string>& lines) {
    std::string bytes;
    for (const auto& line : lines) append_pkt(bytes, line);
    append_flush(bytes);
    return bytes;
  }
  std::string good_command() const { return old_tip + ' ' + new_tip + " refs/heads/shell/one" + capabilities; }
  std::string state() const {
    return lab.out("for r in host quarantine; do git -C $r for-each-ref --format='%(refname) %(objectname)'; done");
  }
  GitLab lab;
  std::string old_tip;
  std::string new_tip;
};

TEST_F(RawClient, TheControlAWellFormedPushLands) {
  const auto answer = push(packets({good_command()}) + whole_pack());
  EXPECT_NE(answer.find("ok refs/heads/shell/one"), std::string::npos) << answer;
  EXPECT_EQ(lab.out("git -C host rev-parse shell/one"), new_tip);
}

TEST_F(RawClient, TheAdvertisementShowsOneBranchAndWhatIsOffered) {
  lab.out(
      "git -C host branch hidden-name; git -C host tag hidden-tag; cd host && echo z >z && git add z && git commit -q "
      "-m z");
  const auto answer = push("0000");
  EXPECT_NE(answer.find(old_tip + " refs/heads/shell/one"), std::string::npos);
  EXPECT_EQ(answer.find("hidden"), std::string::npos);
  for (const char* word : {"push-options", "atomic", "push-cert", "landed"})
    EXPECT_EQ(answer.find(word), std::string::npos) << word;
}

TEST_F(RawClient, ForceByDeleteAndCreateInOnePush) {
  const std::string before = state();
  const auto answer = push(packets(
      {old_tip + ' ' + zero + " refs/heads/shell/one" + capabilities, zero + ' ' + new_tip + " refs/heads/shell/one"}));
  EXPECT_NE(answer.find("ng refs/heads/shell/one one ref at a time"), std::string::npos) << answer;
  EXPECT_EQ(state(), before);
}

TEST_F(RawClient, RefsThatAreNoRefs) {
  const std::string before = state();
  for (const char* ref : {"refs/heads/../../config", "../../host/.git/HEAD", "HEAD", "refs/heads/shell/one/../../main",
                          "refs/heads/shell/one.lock", "refs/heads/shell/one ", "refs/heads/main\x1b[2J", "",
                          "/etc/passwd", "refs/heads/shell/on\xC3\xA9"}) {
    const auto answer = push(packets({zero + ' ' + new_tip + ' ' + ref + capabilities}) + whole_pack());
    EXPECT_EQ(answer.find("\x01"
                          "ok "),
              std::string::npos)
        << ref;
    EXPECT_EQ(state(), before) << ref;
  }
}

TEST_F(RawClient, PushOptionsCertificatesAndAtomicByHand) {
  const std::string before = state();
  const std::string command =
      old_tip + ' ' + new_tip + " refs/heads/shell/one" + std::string(1, '\0') + "report-status side-band-64k ";
  for (const char* capability : {"push-options", "atomic", "push-cert=x", "object-format=sha256"}) {
    const auto answer = push(packets({command + capability}) + packets({"option"}) + whole_pack());
    EXPECT_NE(answer.find("ng refs/heads/shell/one"), std::string::npos) << capability;
    EXPECT_EQ(state(), before) << capability;
  }
  push(packets({"push-cert" + capabilities, "certificate version 0.1", "pusher x"}) + whole_pack());
  EXPECT_EQ(state(), before);
}

TEST_F(RawClient, AHistoryWithHolesIsRefused) {
  const std::string before = state();
  for (const char* objects : {"HEAD", "HEAD HEAD^{tree}", "HEAD^{tree} HEAD:b"}) {
    const auto answer = push(packets({good_command()}) + pack(objects));
    EXPECT_NE(answer.find("ng refs/heads/shell/one"), std::string::npos) << objects << answer;
    EXPECT_EQ(state(), before) << objects;
  }
}

TEST_F(RawClient, BranchesNameCommitsOnly) {
  const std::string before = state();
  const std::string blob = lab.out("git -C work rev-parse HEAD:b");
  push(packets({old_tip + ' ' + blob + " refs/heads/shell/one" + capabilities}) + pack("HEAD:b"));
  EXPECT_EQ(state(), before);
}

TEST_F(RawClient, PacksThatAreDamagedCutOffOrNone) {
  const std::string good = whole_pack();
  const std::string before = state();
  std::string flipped = good;
  flipped[30] = static_cast<char>(flipped[30] ^ 0x40);
  std::string more = good;
  more[11] = 127;
  for (const std::string& bad :
       {std::string(), good.substr(0, 5), good.substr(0, 12), good.substr(0, good.size() - 1), flipped, more,
        std::string("not a pack at all"), good.substr(0, 8) + "\xff\xff\xff\xff"}) {
    push(packets({good_command()}) + bad);
    EXPECT_EQ(state(), before) << bad.size();
  }
  EXPECT_EQ(lab.out("ls quarantine/objects | grep tmp_ || true"), "") << "nothing is left of them";
  push(packets({good_command()}) + good);
  EXPECT_EQ(lab.out("git -C host rev-parse shell/one"), new_tip) << "control";
}

TEST_F(RawClient, NonsenseAndSilenceEndTheConnection) {
  const std::string before = state();
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("0003"), std::string("ffff"), std::string("00010002"),
        std::string(100000, '0'), std::string("0032want ") + old_tip + "\n0000"}) {
    push(bytes);
    EXPECT_EQ(state(), before);
  }
  std::string endless;
  for (int i = 0; i < 3000; ++i) append_pkt(endless, zero + ' ' + new_tip + " refs/heads/x" + std::to_string(i));
  push(endless);
  EXPECT_EQ(state(), before);

  const auto silent = os::connect_unix(lab.socket(), os::SocketKind::stream);
  (void)os::write_all(silent->get(), "git-receive-pack\n00");
  const auto begin = std::chrono::steady_clock::now();
  (void)os::read_all(silent->get());
  const auto waited = std::chrono::steady_clock::now() - begin;
  EXPECT_GT(waited, std::chrono::seconds(3));
  EXPECT_LT(waited, std::chrono::seconds(15)) << "a guest that says nothing is left after the time limit";
}

TEST_F(RawClient, OtherServicesAreNotThere) {
  for (const char* request :
       {"git-upload-archive\n", "git-receive-pack /etc\n", "git-receive-pack\0x\n", "sh -c id\n", "\n"})
    EXPECT_EQ(talk(request, "0000"), "") << request;
}

TEST_F(RawClient, FetchGivesNamedCommitsOnly) {
  const std::string blob = lab.out("git -C host rev-parse HEAD:a");
  const std::string secret = lab.out(
      "cd host && git checkout -q -b other && echo s >s && git add s && git commit -q -m s && git rev-parse HEAD && "
      "git checkout -q main");
  for (const auto& wanted : {blob, secret}) {
    std::string bytes;
    append_pkt(bytes, "want " + wanted + " side-band-64k\n");
    append_flush(bytes);
    append_pkt(bytes, "done\n");
    EXPECT_EQ(talk("git-upload-pack\n", bytes).find("PACK"), std::string::npos);
  }
  std::string bytes;
  append_pkt(bytes, "want " + old_tip + " side-band-64k\n");
  append_flush(bytes);
  append_pkt(bytes, "done\n");
  const auto answer = talk("git-upload-pack\n", bytes);
  EXPECT_NE(answer.find("PACK"), std::string::npos) << "control" << answer;
}

}  // namespace
}  // namespace bailey::git
