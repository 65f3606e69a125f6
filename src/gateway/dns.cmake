# DNS: the codec, the decision about a query, and the server on the loop.
bailey_room(gateway_dns SOURCES dns_name.cc dns_message.cc dns_encode.cc dns_query.cc name_table.cc asked_name.cc
            dns_answer.cc dns_log.cc dns_responder.cc dns_connection.cc dns_server.cc DEPS event base)
if(BAILEY_TESTS)
  find_library(BAILEY_LDNS ldns REQUIRED)  # the oracle: only the test sees it
  bailey_room_test(gateway_dns_test SOURCES dns_message_test.cc dns_ldns_test.cc dns_query_test.cc name_table_test.cc
                   dns_answer_test.cc dns_log_test.cc dns_server_test.cc DEPS gateway_dns ${BAILEY_LDNS})
endif()
