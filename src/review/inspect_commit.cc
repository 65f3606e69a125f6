#include "base/text.h"
#include "review/inspect.h"

namespace bailey::review {

void inspect_commit(Collector& out, const Subject& subject, const CommitText& commit) {
  if (commit.author.email != commit.committer.email) {
    const std::string author(commit.author.name_and_email.substr(0, 100));
    const std::string committer(commit.committer.name_and_email.substr(0, 100));
    out.add(Check::other_identity, subject,
            {.words = "Author " + visible(author) + ", committer " + visible(committer) + ".",
             .same = author + '\0' + committer});
  }
  std::string text(commit.message);
  for (const auto header : commit.other_headers) (text += '\n') += header;
  if (!commit.other_headers.empty()) {
    const auto first = commit.other_headers.front();
    out.add(Check::hidden_header, subject,
            {.excerpt = out.masker().excerpt(first, 0), .same = std::string(first.substr(0, first.find(' ')))});
  }
  // A commit's text is prose: of the rules only those about secrets, and hidden characters, mean something in it.
  Subject message = subject;
  message.comparable = "commit-message.txt";
  const AddedText added = AddedText::whole(text);
  inspect_text(out, message, added);
  inspect_hidden(out, message, added);
}

}  // namespace bailey::review
