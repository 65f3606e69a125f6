if(TARGET bailey_gateway_dns)
  bailey_fuzz(dns_message_fuzz SOURCE ${CMAKE_CURRENT_LIST_DIR}/dns_message_fuzz.cc DEPS gateway_dns)
  bailey_fuzz(dns_answer_fuzz SOURCE ${CMAKE_CURRENT_LIST_DIR}/dns_answer_fuzz.cc DEPS gateway_dns)
endif()
