if(TARGET bailey_session)
  bailey_fuzz(terminal_filter_fuzz SOURCE ${CMAKE_CURRENT_LIST_DIR}/terminal_filter_fuzz.cc DEPS session)
  bailey_fuzz(protocol_fuzz SOURCE ${CMAKE_CURRENT_LIST_DIR}/protocol_fuzz.cc DEPS session)
endif()
