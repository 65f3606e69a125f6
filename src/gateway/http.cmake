# HTTP and TLS of inspected connections: codecs without I/O first, then what carries them. Opens no sockets.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
bailey_room(gateway_http
  SOURCES http_fields.cc http1_head.cc http1_body.cc http1_write.cc client_hello.cc certificate_authority.cc
          plain_transport.cc tls_context.cc tls_transport.cc
          http1_connection.cc http1_server_session.cc http1_client_session.cc http2_session.cc http2_stream.cc
          http2_callbacks.cc request_rules.cc git_guard.cc upstream_pool.cc bandwidth.cc exchange.cc inspected_connection.cc
  DEPS gateway_link gateway_values credentials event json OpenSSL::SSL OpenSSL::Crypto PkgConfig::NGHTTP2)
bailey_room_test(gateway_http_test
  SOURCES http1_head_test.cc http1_body_test.cc client_hello_test.cc certificate_authority_test.cc tls_transport_test.cc
          http_lab_test_support.cc exchange_test.cc flow_test.cc git_guard_test.cc
  DEPS gateway_http os rapidcheck)
