#include "session/terminal_filter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>

#include "session/terminal_oracle.h"
#include "session/terminal_policy.h"

namespace bailey::session {
namespace {

std::string filtered(std::string_view text) { return TerminalFilter().filter(text); }

TEST(TerminalFilter, OrdinaryOutputIsUnchanged) {
  for (const std::string text :
       {"plain text\r\n", "tab\tbell\abackspace\b", "Grüße, 世界 🎉", "\x1b[1;31mred\x1b[0m", "\x1b[38;5;196mx\x1b[m",
        "\x1b[38:2::1:2:3m\x1b[4:3m", "\x1b[2J\x1b[H\x1b[10;20H", "\x1b[5;20r\x1b[S\x1b[2T", "\x1b[?1049h\x1b[?25l",
        "\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[?2026h", "\x1b[K\x1b[1K\x1b[2P\x1b[3@\x1b[4X",
        "\x1b\x37\x1b\x38\x1b[s\x1b[u", "\x1b(0lqk\x1b(B", "\x1b[4 q", "\x1b[!p", "\x1b=\x1b>",
        "\x1bM\x1b"
        "D",
        "\x1b[4h\x1b[4l"})
    EXPECT_EQ(filtered(text), text) << visible(text);
}

// The positive control of every attack below is in client_test.cc: without the filter the bytes arrive.
TEST(TerminalFilter, WhatMakesTheTerminalTypeLeakOrActIsDropped) {
  for (const std::string attack : {
           "\x1b]52;c;cm0gLXJmIH4K\a",
           "\x1b]52;c;?\x1b\\",  // clipboard write and read
           "\x1b]0;title\a",
           "\x1b]2;title\x1b\\",
           "\x1bktitle\x1b\\",  // titles, which can be read back
           "\x1b[21t",
           "\x1b[20t",
           "\x1b[18t",
           "\x1b[14t",
           "\x1b[8;10;10t",
           "\x1b[2t",
           "\x1b[22;0t",  // window
           "\x1b[c",
           "\x1b[>c",
           "\x1b[=c",
           "\x1bZ",
           "\x05",  // attributes, answerback
           "\x1b[5n",
           "\x1b[6n",
           "\x1b[?6n",
           "\x1b[?15n",
           "\x1b[x",  // status
           "\x1b[>q",
           "\x1b[?2026$p",
           "\x1b[4$p",
           "\x1b[1;1;1;1;1;1*y",  // XTVERSION, DECRQM, DECRQCRA
           "\x1bP$qm\x1b\\",
           "\x1bP+q544e\x1b\\",
           "\x1bPq#0~\x1b\\",  // DECRQSS, XTGETTCAP, sixel
           "\x1bP0;0|17/726d\x1b\\",
           "\x1bPtmux;\x1b\x1b]52;c;eA==\a\x1b\\",  // DECUDK, tmux passthrough
           "\x1b]10;?\a",
           "\x1b]11;?\x1b\\",
           "\x1b]4;1;?\a",
           "\x1b]8;;https://evil.example\a",
           "\x1b]1337;File=name=eA==:AAAA\a",
           "\x1b]9;hello\a",
           "\x1b]777;notify;a;b\a",
           "\x1b]99;;x\x1b\\",
           "\x1b_Gf=24;AAAA\x1b\\",
           "\x1b^pm\x1b\\",
           "\x1bXsos\x1b\\",
           "\x1b[i",
           "\x1b[5i",
           "\x1b[?5i",
           "\x1b[4i",  // media copy
           "\x1b[?u",
           "\x1b[>1u",
           "\x1b[=1;1u",
           "\x1b[<u",
           "\x1b[>4;2m",
           "\x1b[?4m",  // keyboard modes
           "\x1b[3J",
           "\x1b[2h",
           "\x1b[20h",
           "\x1b[12l",
           "\x1b[?2l",
           "\x1b[?3h",
           "\x1b[?38h",
           "\x1b[?1001h",
           "\x1b%@",
           "\x1b%G",
           "\x1b G",
           "\x1b F",
           "\x1b[62;1\"p",
           "\x1b[1;2;3;4;5T",
           "\x1b[1;2s",
           "\x1b[3q",
           "\x1b[2;1y",
           "\x1b[?1S",
           "\x1b[?1r",
           "\x1b[?1s",
           "\x1b]P0ff0000",
           "\x1bN",
           "\x1bO",
           "\x1bl",
       })
    EXPECT_EQ(filtered(attack + "\x18ok"), "ok") << visible(attack);
}

TEST(TerminalFilter, EveryFormOfControlFunctionIsSafeOrGone) {
  const std::string intermediates = " !\"#$%&'()*+,-./";
  for (int final = 0x30; final < 0x7F; ++final) {
    for (std::size_t i = 0; i <= intermediates.size(); ++i) {
      const std::string end = intermediates.substr(i, 1) + static_cast<char>(final);
      EXPECT_EQ(unsafe_for_terminal(filtered("\x1b" + end)), "") << end;
      for (const char* prefix : {"", "?", ">", "=", "<", "!"})
        for (const char* parameters : {"", "0", "1", "2", "3", "6", "20", "52", "1001", "2;1", "1;2;3;4;5", "4:3"})
          ASSERT_EQ(unsafe_for_terminal(filtered(std::string("\x1b[") + prefix + parameters + end)), "")
              << prefix << parameters << end;
    }
  }
}

TEST(TerminalFilter, C1ControlsCountAsTheirEscapesInUtf8AndAsGarbageWhenRaw) {
  EXPECT_EQ(filtered("a\xC2\x9D"
                     "52;c;eA==\ab"),
            "ab");  // OSC … BEL
  EXPECT_EQ(filtered("a\xC2\x90q\xC2\x9C"
                     "b"),
            "ab");  // DCS … ST
  EXPECT_EQ(filtered("\xC2\x9B"
                     "31mred"),
            "\x1b[31mred");  // CSI becomes 7-bit
  EXPECT_EQ(filtered("\xC2\x85"),
            "\x1b"
            "E");
  EXPECT_EQ(filtered("\x9D"
                     "52;c;eA==\a"),
            "\xEF\xBF\xBD"
            "52;c;eA==\a");
  EXPECT_EQ(filtered("\x9B"
                     "21t"),
            "\xEF\xBF\xBD"
            "21t");
}

TEST(TerminalFilter, BrokenUtf8BecomesReplacementCharacters) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(filtered("\xC3(\xE4\xB8x\xF0\x9F\x8E"), r + "(" + r + "x") << "the last one is not complete yet";
  EXPECT_EQ(filtered("\xC0\x9B\x65"), r + r + "e") << "overlong";
  EXPECT_EQ(filtered("\xED\xA0\x80"), r + r + r) << "surrogate";
  EXPECT_EQ(filtered("\xF4\x90\x80\x80\xFF"), r + r + r + r + r) << "beyond Unicode";
}

TEST(TerminalFilter, ASequenceThatIsCutOpenByAnotherCannotSmuggleOne) {
  EXPECT_EQ(filtered("\x1b[2\x1b]52;c;eA==\a1t"), "1t");
  EXPECT_EQ(filtered("\x1b]0;\x1b[21t\a"), "\a") << "ESC ends a string, and what it begins is judged by itself";
  EXPECT_EQ(filtered("\x1b[3\n1m"), "\n\x1b[31m") << "controls inside a sequence happen before it";
  EXPECT_EQ(filtered("\x1b[1é\x1b(é"), "éé") << "text ends a sequence";
  EXPECT_EQ(filtered("\x1b\x1b[c\x1b"), "");
  EXPECT_EQ(filtered("\x1b[1$2m\x1b[m"), "\x1b[m");
}

TEST(TerminalFilter, OverlongSequencesAreDroppedInConstantMemory) {
  EXPECT_EQ(filtered("\x1b[" + std::string(csi_parameter_bytes_max, '1') + "mx").substr(0, 2), "\x1b[");
  EXPECT_EQ(filtered("\x1b[" + std::string(csi_parameter_bytes_max + 1, '1') + "mx"), "x");
  EXPECT_EQ(filtered("\x1b]" + std::string(1 << 20, 'x') + "\ay"), "y");
  std::string many = "\x1b[1";
  for (std::size_t i = 0; i < parameters_max; ++i) many += ";1";
  EXPECT_EQ(filtered(many + "mx"), "x");
  EXPECT_EQ(filtered("\x1b[99999999999999999999A"), "\x1b[9999A");
}

TEST(TerminalFilter, ModesThatMayNotBeSetAreTakenOutOfAList) {
  EXPECT_EQ(filtered("\x1b[?1000;1001;1006h"), "\x1b[?1000;1006h");
  EXPECT_EQ(filtered("\x1b[?1001;3h"), "");
}

TEST(TerminalFilter, AFullResetBecomesAClearScreenInTheUsualModes) {
  EXPECT_EQ(filtered("\x1b[?1003h\x1b[?1049h\x1b"
                     "c"),
            "\x1b[?1003h\x1b[?1049h\x1b[?1003l\x1b[?1049l\x1b[!p\x1b[2J\x1b[H");
}

TEST(TerminalFilter, CommonQuestionsAreAnsweredToTheAgent) {
  TerminalFilter filter({.rows = 30, .columns = 100});
  const auto answer = [&](std::string_view question) {
    EXPECT_EQ(filter.filter(question), "") << "nothing reaches the terminal";
    return filter.take_answers();
  };
  EXPECT_EQ(answer("\x1b[c"), "\x1b[?62;22c");
  EXPECT_EQ(answer("\x1b[0c\x1bZ"), "\x1b[?62;22c\x1b[?62;22c");
  EXPECT_EQ(answer("\x1b[>c"), "\x1b[>0;0;0c");
  EXPECT_EQ(answer("\x1b[5n"), "\x1b[0n");
  EXPECT_EQ(answer("\x1b[18t"), "\x1b[8;30;100t");
  EXPECT_EQ(answer("\x1b[?2026$p"), "\x1b[?2026;2$y");
  EXPECT_EQ(answer("\x1b[?4711$p"), "\x1b[?4711;0$y");
  EXPECT_EQ(answer("\x1b[?u\x1b[>q\x1b]11;?\a\x1b[21t\x05"), "");
  (void)filter.filter("\x1b[999;999H");
  EXPECT_EQ(answer("\x1b[6n"), "\x1b[30;100R") << "how resize(1) finds the size";
}

TEST(TerminalFilter, AFloodOfQuestionsIsNotAFloodOfAnswers) {
  TerminalFilter filter;
  for (int i = 0; i < 100'000; ++i) (void)filter.filter("\x1b[c");
  EXPECT_LE(filter.take_answers().size(), pending_answer_bytes_max);
  EXPECT_EQ(filter.dropped_count(), 100'000U);
}

TEST(TerminalFilter, TheCursorIsFollowedThroughTextWrapsAndScrolling) {
  const auto position = [](std::string_view output) {
    TerminalFilter filter({.rows = 5, .columns = 10});
    (void)filter.filter(std::string(output) + "\x1b[6n");
    return filter.take_answers();
  };
  EXPECT_EQ(position(""), "\x1b[1;1R");
  EXPECT_EQ(position("abc\r\nde"), "\x1b[2;3R");
  EXPECT_EQ(position("0123456789"), "\x1b[1;10R") << "wraps with the next character only";
  EXPECT_EQ(position("0123456789x"), "\x1b[2;2R");
  EXPECT_EQ(position("世界"), "\x1b[1;5R");
  EXPECT_EQ(position("e\xCC\x81"), "\x1b[1;2R") << "combining";
  EXPECT_EQ(position("\n\n\n\n\n\n\n"), "\x1b[5;1R") << "scrolls at the bottom";
  EXPECT_EQ(position("\x1b[2;4r\x1b[4;1H\n"), "\x1b[4;1R") << "scrolls at the margin";
  EXPECT_EQ(position("\x1b[3;4H\x1b\x37\x1b[H\x1b\x38"), "\x1b[3;4R");
  EXPECT_EQ(position("\t\b"), "\x1b[1;8R");
}

TEST(TerminalFilter, LeavingUndoesWhatTheAgentSwitchedOnAndNothingElse) {
  TerminalFilter filter;
  EXPECT_EQ(filter.modes().leave_sequence(), "");
  (void)filter.filter(
      "\x1b[?1049h\x1b[?25l\x1b[?1003;1006h\x1b[?2004h\x1b[31m\x1b[?2026h\x1b[5 q\x1b[2;5r\x1b=\x0e\x1b[4h");
  EXPECT_EQ(
      filter.modes().leave_sequence(),
      "\x1b[?2026l\x1b[?6l\x1b\x37\x1b[r\x1b\x38\x1b[?25h\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[4l\x1b>\x0f\x1b(B\x1b)B"
      "\x1b[ q\x1b[0m\x1b[?1049l");
  TerminalFilter viewer;
  (void)viewer.filter(filter.modes().enter_sequence());
  EXPECT_TRUE(viewer.modes().is_alternate_screen());
  EXPECT_EQ(viewer.modes().private_state(1003), TerminalModes::State::set);
  EXPECT_EQ(viewer.modes().private_state(25), TerminalModes::State::reset);
  (void)filter.filter(filter.modes().leave_sequence());
  EXPECT_EQ(filter.modes().leave_sequence().find("\x1b[?"), std::string::npos) << "leaving twice changes nothing";
}

TEST(TerminalFilter, ForATerminalThatIsNotInUtf8OnlyAsciiIsLeft) {
  TerminalFilter filter({}, Charset::ascii);
  EXPECT_EQ(filter.filter("\xC3\x9D"
                          "52;c;x \x1b[31mé\x9B"),
            "?52;c;x \x1b[31m??")
      << "the second byte of a letter is OSC in Latin-1";
}

TEST(TerminalFilter, TakesLinearTime) {
  const auto started = std::chrono::steady_clock::now();
  std::string out;
  TerminalFilter filter;
  for (int i = 0; i < 1000; ++i) filter.feed(std::string(16 << 10, '\x1b') + "[" + std::string(16 << 10, ';'), out);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20)) << "32 MB of the worst";
}

// Control functions of every form, whole and cut, between text: random bytes would seldom get past the first.
rc::Gen<std::string> hostile_piece() {
  const auto word = [](const char* characters, int most) {
    return rc::gen::mapcat(rc::gen::inRange(0, most + 1), [=](int length) {
      return rc::gen::container<std::string>(static_cast<std::size_t>(length),
                                             rc::gen::elementOf(std::string(characters)));
    });
  };
  const auto final =
      rc::gen::map(rc::gen::inRange(0x30, 0x7F), [](int c) { return std::string(1, static_cast<char>(c)); });
  const auto sequence = rc::gen::map(
      rc::gen::tuple(word("?>=<!", 1), word("0123456789;:", 6), word(" !\"$'()*+#%", 1), final),
      [](const auto& parts) { return std::apply([](auto... part) { return "\x1b[" + (part + ...); }, parts); });
  const auto escape = rc::gen::map(rc::gen::pair(word(" !#%()*+", 1), final),
                                   [](const auto& p) { return "\x1b" + p.first + p.second; });
  static const std::vector<std::string> others = {"\x1b",
                                                  "\x1b[",
                                                  "\x1b]52;c;",
                                                  "\x1bP",
                                                  "\x1b_",
                                                  "\x1b\\",
                                                  "\a",
                                                  "\x18",
                                                  "\x1a",
                                                  "\x05",
                                                  "\n",
                                                  "\r",
                                                  "\xC2",
                                                  "\xC2\x9B",
                                                  "\xC2\x9D",
                                                  "\xC2\x90",
                                                  "\xC2\x9C",
                                                  "\x9B",
                                                  "\x9D",
                                                  "\x80",
                                                  "\xFF",
                                                  "\xE2",
                                                  "\xF0\x9F",
                                                  "\x7f",
                                                  "\x1b[?1049h",
                                                  "\x1b[6n",
                                                  "\x1b[21t",
                                                  "\x1b"
                                                  "c",
                                                  "é",
                                                  "世",
                                                  "text",
                                                  "1",
                                                  ";",
                                                  "m",
                                                  "n"};
  return rc::gen::weightedOneOf<std::string>({{3, sequence}, {1, escape}, {3, rc::gen::elementOf(others)}});
}

rc::Gen<std::string> hostile_text() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(hostile_piece()),
                      [](const std::vector<std::string>& chosen) {
                        std::string text;
                        for (const auto& piece : chosen) text += piece;
                        return text;
                      });
}

RC_GTEST_PROP(TerminalFilterProperty, NothingUnsafeComesOut, ()) {
  const auto text = *hostile_text();
  RC_ASSERT(unsafe_for_terminal(filtered(text)).empty());
}

RC_GTEST_PROP(TerminalFilterProperty, ChunksDoNotMatterAndEndOnBoundaries, ()) {
  const auto text = *hostile_text();
  TerminalFilter filter;
  std::string pieces;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = *rc::gen::inRange<std::size_t>(1, 6);
    pieces += filter.filter(std::string_view(text).substr(i, length));
    RC_ASSERT(unsafe_for_terminal(pieces).empty());
    i += length;
  }
  RC_ASSERT(pieces == filtered(text));
}

RC_GTEST_PROP(TerminalFilterProperty, FilteringTwiceChangesNothing, ()) {
  const std::string once = filtered(*hostile_text());
  RC_ASSERT(filtered(once) == once);
}

}  // namespace
}  // namespace bailey::session
