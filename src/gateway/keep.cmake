# The keep's side of the gateway: where secrets go, and how they are found where they must not be. No sockets, no loop.
find_package(ZLIB REQUIRED)
bailey_room(gateway_keep
  SOURCES
    pattern_set.cc
    canary.cc
    inflater.cc
    body_canary.cc
  DEPS gateway_http gateway_values credentials policy json base ZLIB::ZLIB OpenSSL::Crypto)
bailey_room_test(gateway_keep_test
  SOURCES
    canary_test.cc
    body_canary_test.cc
  DEPS gateway_keep rapidcheck)
