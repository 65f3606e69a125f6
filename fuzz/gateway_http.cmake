bailey_fuzz(http1_request_fuzz SOURCE http1_request_fuzz.cc DEPS gateway_http)
bailey_fuzz(http1_response_fuzz SOURCE http1_response_fuzz.cc DEPS gateway_http)
bailey_fuzz(http1_chunked_fuzz SOURCE http1_chunked_fuzz.cc DEPS gateway_http)
bailey_fuzz(client_hello_fuzz SOURCE client_hello_fuzz.cc DEPS gateway_http)
