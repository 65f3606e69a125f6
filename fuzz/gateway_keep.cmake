bailey_fuzz(canary_fuzz SOURCE canary_fuzz.cc DEPS gateway_keep)
bailey_fuzz(injector_fuzz SOURCE injector_fuzz.cc DEPS gateway_keep)
