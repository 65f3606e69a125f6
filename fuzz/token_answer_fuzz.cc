// What token servers answer, what a sealed record and an order hold, a login's file: never a crash, never a token that
// is none.
#include <cstdlib>
#include <string_view>

#include "credentials/github_app.h"
#include "credentials/login_renewal.h"
#include "credentials/oauth_client.h"
#include "credentials/token_order.h"
#include "credentials/token_record.h"

using namespace bailey;
using namespace bailey::credentials;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr UnixSeconds now = 1'800'000'000;
  const Permissions asked = {{"contents", "read"}};
  for (const int status : {200, 201, 422}) {
    const HttpAnswer answer{status, SecretText(text)};
    if (const auto token = parse_installation_token(answer, {"owner", "app"}, asked, now);
        token && (!is_token(token->minted.token.view()) || (token->excess.empty() && token->minted.expires <= now)))
      std::abort();
    (void)parse_installation(answer, {"owner", "app"});
    if (const auto token = parse_client_token(answer, {"read"}, now); token && !is_token(token->minted.token.view()))
      std::abort();
    if (const auto renewal = parse_renewal(answer, now); renewal && !is_token(renewal->access.view())) std::abort();
  }
  (void)parse_curl_output(text);
  (void)decode_order(text);
  (void)decode_answer(text);
  (void)parse_token_record(text);
  policy::OAuthLogin where;
  where.access = "/a";
  where.refresh = "/r";
  (void)read_login(text, where);
  (void)expiry_of_web_token(text);
  (void)repository_for("https://api.github.com", "github.com", text);
  return 0;
}
