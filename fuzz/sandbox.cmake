if(TARGET bailey_sandbox)
  bailey_fuzz(refused_traffic_fuzz SOURCE ${CMAKE_CURRENT_LIST_DIR}/refused_traffic_fuzz.cc DEPS sandbox)
endif()
