# The keep's side of the gateway: where secrets go, and how they are found where they must not be. No sockets, no loop.
bailey_room(gateway_keep
  SOURCES
    pattern_set.cc
    canary.cc
    unpacker.cc
    body_canary.cc
    keep_index.cc
    credential_fields.cc
    injector.cc
    scrubber.cc
    aws_signature.cc
    json_field.cc
    websocket_frames.cc
    kept_request.cc
  DEPS gateway_http gateway_values credentials policy json base archive::zlib archive::zstd OpenSSL::Crypto)
bailey_room_test(gateway_keep_test
  SOURCES
    canary_test.cc
    body_canary_test.cc
    injector_test.cc
    scrubber_test.cc
    aws_signature_test.cc
    websocket_frames_test.cc
    kept_request_test.cc
    http_lab_test_support.cc
  DEPS gateway_keep os rapidcheck)
