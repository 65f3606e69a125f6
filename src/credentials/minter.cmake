# Tokens that are made for a session: the values that the supervisor knows, and bailey-minter, which makes them.
bailey_room(tokens
  SOURCES fields.cc minted.cc token_order.cc token_record.cc token_store.cc token_event.cc minter.cc repository.cc login.cc
  DEPS credentials audit os base archive::sodium)

find_package(OpenSSL REQUIRED)
bailey_room(minter
  SOURCES http_request.cc github_app.cc oauth_client.cc carry_out.cc issuer_world.cc rs256.cc login_renewal.cc renew_login.cc sweep.cc
  DEPS tokens credentials audit json os base OpenSSL::Crypto)
add_executable(bailey-minter minter_main.cc)
target_link_libraries(bailey-minter PRIVATE bailey_minter)
bailey_self_contained(bailey-minter)
bailey_room_test(minter_test
  SOURCES http_request_test.cc github_app_test.cc oauth_client_test.cc carry_out_test.cc token_store_test.cc login_test.cc
          rs256_test.cc
  DEPS minter)
