bailey_fuzz(approval_request_fuzz SOURCE ${CMAKE_CURRENT_LIST_DIR}/approval_request_fuzz.cc DEPS approval)
